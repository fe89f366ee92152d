/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs, the daemon and the command line agree on besides the maps' contents.
 *
 * A binary adopts pinned maps only where `struct control`.abi equals ERXDP_ABI; any change of a
 * struct in this directory, of a map's type or of a verdict's number raises it.
 */
#ifndef ERXDP_ABI_H
#define ERXDP_ABI_H

#define ERXDP_ABI 8

/* All pins live below this directory of a bpf file system; maps are pinned under their own names.
 */
#define ERXDP_PIN_DIR "/sys/fs/bpf/erxdp"
/* State that outlives the daemon but not a reboot: what was attached, what is to be restored. */
#define ERXDP_RUN_DIR	  "/run/erxdp"
#define ERXDP_CONFIG_FILE "/etc/erxdp/erxdp.conf"

/*
 * Two bits of skb->mark, owned by erxdp while it is attached (configuration key `mark-shift` moves
 * them). TRACKED_BY_US keeps conntrack, and with it the user's MASQUERADE rule, off a packet whose
 * translation is erxdp's; FORWARDED tells TC egress that TC ingress has already done everything.
 * Both together are REFUSED: no session could be made, and erxdp's nft table answers with ICMP.
 */
#define ERXDP_MARK_NOTRACK	 0x1
#define ERXDP_MARK_FORWARDED	 0x2
#define ERXDP_MARK_REFUSED	 0x3
#define ERXDP_MARK_BITS		 0x3
#define ERXDP_MARK_SHIFT_DEFAULT 24

#endif
