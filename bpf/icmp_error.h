/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether an ICMP error is to be believed. Its sender is anybody's guess, since each router on the
 * way may send one; but what it quotes must have been sent (RFC 5508 section 4, RFC 5927). An error
 * that is not believed has no effect: it is dropped. None ever changes a session (REQ-6).
 */
#ifndef BPF_ICMP_ERROR_H
#define BPF_ICMP_ERROR_H

#include <linux/in.h>
#include <bpf/bpf_endian.h>

#include "ctx.h"
#include "nat.h"
#include "parse.h"
#include "port.h"

#define CHECKSUM_CHUNK	64
#define CHECKSUM_CHUNKS 24 /* errors are 576 bytes at most (RFC 1812 section 4.3.2.3), mostly */

#define ICMP_FRAG_NEEDED 4
#define ICMP_MTU_OFF	 6
/* Linux takes no smaller path MTU (net.ipv4.route.min_pmtu). */
#define ICMP_MTU_MIN 552

#define TCP_SEQ_OFF 4
/* What can be under way before anything is acknowledged: a SYN, and data with it (RFC 7413). */
#define TCP_FIRST_FLIGHT 0xffff

/* Is the Internet checksum over `len` bytes, not 0, at `off` right? Yes for what is longer than 1.5
 * KB: not looked at. Nothing needs to lie in the linear part of the packet. */
static __noinline bool checksum_ok(ctx_t *ctx, __u32 off, __u32 len)
{
	__u32 word[CHECKSUM_CHUNK / 4] = {};
	__u32 last, sum = 0;

	for (int i = 0; i < CHECKSUM_CHUNKS && len > CHECKSUM_CHUNK; i++) {
		if (ctx_load(ctx, off, word, CHECKSUM_CHUNK))
			return false;
		sum = bpf_csum_diff(NULL, 0, word, CHECKSUM_CHUNK, sum);
		off += CHECKSUM_CHUNK;
		len -= CHECKSUM_CHUNK;
	}
	if (len > CHECKSUM_CHUNK)
		return true;
	/* In assembler, because the verifier asks for it; see ctx_at. */
	last = len - 1;
	asm volatile("%0 &= %1" : "+r"(last) : "i"(CHECKSUM_CHUNK - 1));
	__builtin_memset(word, 0, sizeof(word));
	if (ctx_load(ctx, off, word, last + 1))
		return false;
	sum = bpf_csum_diff(NULL, 0, word, CHECKSUM_CHUNK, sum);
	return csum_fold(sum) == 0xffff;
}

/* RFC 5508 REQ-3 and REQ-3a. Of a fragment only its own part is here. */
static __always_inline bool icmp_checksums_ok(ctx_t *ctx, const struct pkt *pkt)
{
	if (!(pkt->flags & PKT_FRAGMENT_FIRST) &&
	    !checksum_ok(ctx, pkt->l4, pkt->tot_len - (pkt->l4 - pkt->l3)))
		return false;
	return checksum_ok(ctx, pkt->inner_l3, pkt->inner_l4 - pkt->inner_l3);
}

/* "Fragmentation needed" for an MTU that no link has. 0 is an old router's, which does not say it
 * (RFC 1191 section 5), and moves no host further than 552 does. */
static __always_inline bool icmp_mtu_possible(ctx_t *ctx, const struct pkt *pkt)
{
	__u8 *icmp = ctx_at(ctx, pkt->l4, ICMP_MTU_OFF + 2);
	__u16 mtu;

	if (!icmp || icmp[0] != ICMP_DEST_UNREACH || icmp[1] != ICMP_FRAG_NEEDED)
		return icmp;
	mtu = bpf_ntohs(*(__be16 *)(icmp + ICMP_MTU_OFF));
	return !mtu || mtu >= ICMP_MTU_MIN;
}

/*
 * RFC 5927 section 4.1: can `said` have a segment with this number under way to `other`? From what
 * the other side has acknowledged to what was sent; a segment without data has the number behind
 * it, a keep-alive the one before (RFC 9293 section 3.8.4). What is not known is not judged. The
 * last number sent is always taken: it may be the SYN of a connection that begins anew, beside
 * which the old one has what its window allows under way.
 */
static __always_inline bool icmp_seq_possible(const struct tcp_side *said,
					      const struct tcp_side *other, __u32 seq)
{
	__u32 end = said->end, low;

	if (!(said->flags & TCP_SIDE_SENT))
		return true;
	if (end - seq <= 1)
		return true;
	if (!(other->flags & TCP_SIDE_ACKED)) {
		low = other->window > TCP_FIRST_FLIGHT ? other->window : TCP_FIRST_FLIGHT;
		return end - seq <= low;
	}
	low = other->ack - 1;
	if (said->flags & TCP_SIDE_ANEW)
		end = other->ack + other->window;
	if ((__s32)(end - other->ack) < 0)
		end = other->ack; /* acknowledged by another way than through here */
	return seq - low <= end - low;
}

static __always_inline bool icmp_seq_known_possible(ctx_t *ctx, const struct pkt *pkt, int out)
{
	struct flow inside = out ? flow_inward(&pkt->inner, pkt->inner_proto)
				 : flow_outward(&pkt->inner_nat, pkt->inner_proto);
	struct session *session = session_get(&inside);
	__be32 *seq = ctx_at(ctx, pkt->inner_l4 + TCP_SEQ_OFF, sizeof(*seq));

	if (!session || !seq)
		return true;
	return out ? icmp_seq_possible(&session->in, &session->out, bpf_ntohl(*seq))
		   : icmp_seq_possible(&session->out, &session->in, bpf_ntohl(*seq));
}

/* An error about a packet of a session, to its inside host or (`out`) from there: CONTINUE, or why
 * it cannot be true. */
__noinline int icmp_error_judge(ctx_t *ctx, struct pkt *pkt, int out)
{
	if (!pkt)
		return V_DROP_REWRITE;
	if (!icmp_checksums_ok(ctx, pkt))
		return V_DROP_ICMP_CHECKSUM;
	if (!icmp_mtu_possible(ctx, pkt))
		return V_DROP_ICMP_FORGED;
	if (pkt->inner_proto == IPPROTO_TCP && !icmp_seq_known_possible(ctx, pkt, out))
		return V_DROP_ICMP_FORGED;
	return CONTINUE;
}

/* Of what the stages before have translated, before rewrite writes it. */
static __always_inline int icmp_error_check(ctx_t *ctx, struct pkt *pkt)
{
	__u16 both = PKT_ICMP_ERROR | PKT_TRANSLATED;

	if ((pkt->flags & both) != both)
		return CONTINUE;
	return icmp_error_judge(ctx, pkt, !(pkt->flags & PKT_TRANSLATE_IN));
}

#endif
