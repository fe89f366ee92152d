# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Which way did the packets of a case take? stats_begin, traffic, then expect_*. With MODE=kernel
# there is nobody to ask, and all of them agree.

# What came since stats_begin, by "in", "fast", "passed" and "dropped", and by the verdicts that
# occurred; "slow/VERDICT" is what TC did with packets that were passed, "background" see below.
declare -A STATS=()

# Verdicts of what goes on without any case: LACP, ARP, IPv6's neighbours, and BGP, whose packets from
# the MSEE bear a TTL of 1.
BACKGROUND="pass-l2 pass-arp pass-ipv6 pass-multicast pass-ttl"

# What STATS is made of, from the JSON before and after. Each packet must have been counted once, and by
# a verdict with a name. All in one program: jq's start is what takes time in an emulated machine.
STATS_SINCE='
	def balanced: .packets.in == .packets.fast + .packets.passed + .packets.dropped and
		.packets.in == ([.verdicts[].packets] | add);
	def flat: .packets + (.verdicts | map_values(.packets)) +
		(.slow | with_entries({ key: "slow/\(.key)", value: .value.packets }));
	if ($now | balanced) then . else error("packets are missing: \($now.packets) \($now.verdicts)") end |
	($before | flat) as $before | $now | flat | to_entries[] | "\(.key) \(.value - $before[.key])"'

stats_begin() {
	[ "$MODE" = kernel ] || STATS_BEFORE=$(erxdp stats --once -j)
}

# What is left of an earlier case's connections is over.
stats_begin_still() {
	[ "$MODE" = kernel ] || wait_for 10 "nothing takes the fast path" fast_path_is_still
}

fast_path_is_still() {
	stats_begin
	stats_since
	[ "${STATS[fast]}" = 0 ]
}

# Fills STATS.
stats_since() {
	local now text name number
	now=$(erxdp stats --once -j)
	text=$(jq -nr --argjson before "$STATS_BEFORE" --argjson now "$now" "$STATS_SINCE")
	while read -r name number; do
		STATS[$name]=$number
	done <<<"$text"
	STATS[background]=0
	for name in $BACKGROUND; do
		STATS[background]=$((STATS[background] + STATS[$name]))
	done
	echo "since stats_begin: $(grep -v ' 0$' <<<"$text" | paste -sd' ')"
}

# expect_counted COUNTER N...: at least so many packets.
expect_counted() {
	[ "$MODE" = kernel ] && return
	stats_since
	while [ $# -gt 0 ]; do
		[ "${STATS[$1]}" -ge "$2" ] ||
			fail "expected at least $2 packets counted as $1, not ${STATS[$1]}"
		shift 2
	done
}

expect_fast() { expect_counted fast "$1"; }

# expect_slow N [VERDICT]: the kernel got so many packets, for this reason.
expect_slow() { expect_counted "${2:-passed}" "$1"; }
expect_dropped() { expect_counted dropped "$1"; }

# expect_only_fast N [COUNTER N]...: and nothing but the background went to the kernel.
expect_only_fast() {
	expect_counted fast "$@"
	[ "$MODE" = kernel ] || [ "${STATS[passed]}" = "${STATS[background]}" ] ||
		fail "of ${STATS[passed]} packets that went to the kernel only ${STATS[background]} should have"
}

# expect_none_fast COUNTER N...: and nothing at all took the fast path.
expect_none_fast() {
	expect_counted "$@"
	[ "$MODE" = kernel ] || [ "${STATS[fast]}" = 0 ] || fail "${STATS[fast]} packets took the fast path"
}

# expect_fast_percent P: of all packets but the background's, which is the more the slower the machine.
expect_fast_percent() {
	local all
	[ "$MODE" = kernel ] && return
	stats_since
	note "in=${STATS[in]} fast=${STATS[fast]} passed=${STATS[passed]} background=${STATS[background]}"
	all=$((STATS[in] - STATS[background]))
	[ $((STATS[fast] * 100)) -ge $((all * $1)) ] ||
		fail "${STATS[fast]} of $all packets took the fast path: less than $1 %"
}

# ---- the counters against somebody else's: each device counts what it received ----
#
# Native XDP sees each frame, and generic XDP keeps GRO from merging them: there, every packet between
# frames_begin and frames_expect_all must have been counted. TC comes after GRO, and after the bond
# and the VLAN device have refused what they do not want: it needs GRO off, and links that stay up.
#
# LACP never rests, so it is counted apart: by nft here, as pass-l2 by XDP. It does not come to bond0's
# TC, being for the slaves.

# Once, before the host's state is compared.
frames_watch() {
	nft list counter netdev lab lacp >/dev/null 2>&1 || nft -f - <<-'END'
		table netdev lab {
			counter lacp { }
			chain slaves {
				type filter hook ingress devices = { eth0, eth1 } priority 0
				ether type 0x8809 counter name lacp
			}
		}
	END
}

# Of the builtins alone: what is read slowly is never read at one moment.
slaves_received() {
	local eth0 eth1
	read -r eth0 </sys/class/net/eth0/statistics/rx_packets
	read -r eth1 </sys/class/net/eth1/statistics/rx_packets
	SLAVES=$((eth0 + eth1))
}

# Sets RECEIVED: all but LACP. Fails if a frame came between the two counters.
frames_received() {
	local lacp all
	slaves_received
	all=$SLAVES
	[[ $(nft list counter netdev lab lacp) =~ packets\ ([0-9]+) ]]
	lacp=${BASH_REMATCH[1]}
	slaves_received
	RECEIVED=$((all - lacp))
	[ "$SLAVES" = "$all" ]
}

# Writes "RECEIVED COUNTED" to the file. Fails if a frame came between the two.
frames_read() {
	local received counted
	frames_received || return
	received=$RECEIVED
	counted=$(erxdp stats --once -j)
	frames_received || return
	[ "$RECEIVED" = "$received" ] || return
	echo "$received $(jq '.packets.in - .verdicts["pass-l2"].packets' <<<"$counted")" >"$1"
}

# frames_begin NAME: several may be counted at once.
frames_begin() {
	[ "$MODE" = kernel ] || wait_for 20 "a moment without frames" frames_read "$TAP_DIR/$1.frames"
}

frames_all_counted() {
	local -a before now
	frames_read "$TAP_DIR/now.frames" || return
	read -ra before <"$TAP_DIR/$1.frames"
	read -ra now <"$TAP_DIR/now.frames"
	FRAMES="received=$((now[0] - before[0])) counted=$((now[1] - before[1]))"
	[ $((now[0] - before[0])) = $((now[1] - before[1])) ]
}

# frames_expect_all NAME: each frame since frames_begin has been counted, once.
frames_expect_all() {
	local FRAMES="no quiet moment"
	[ "$MODE" = kernel ] && return
	wait_for 20 "as many frames are counted as received" frames_all_counted "$1" || fail "$FRAMES"
	note "$FRAMES"
}

# frames_case NAME: as a case at the end of a group of them, where that can be exact.
frames_case() {
	case $MODE in
	native | generic) tap_case "each frame of the group \"$1\" was counted once" frames_expect_all "$1" ;;
	esac
}
