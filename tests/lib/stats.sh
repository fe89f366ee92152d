# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Which way did the packets of a case take? stats_begin, traffic, then expect_*. With MODE=kernel
# there is nobody to ask, and all of them agree.

# Prints "in fast passed dropped"; each packet must have been counted once.
stats_read() {
	local in fast passed dropped
	read -r in fast passed dropped < <(erxdp stats --once -j |
		jq -r '.packets | "\(.in) \(.fast) \(.passed) \(.dropped)"')
	[ "$in" = $((fast + passed + dropped)) ] ||
		fail "stats: in=$in is not fast=$fast + passed=$passed + dropped=$dropped"
	echo "$in $fast $passed $dropped"
}

stats_begin() {
	[ "$MODE" = kernel ] || STATS_BEFORE=$(stats_read)
}

# Sets IN FAST PASSED DROPPED to what came since stats_begin.
stats_since() {
	local -a before now
	local text
	text=$(stats_read)
	read -ra before <<<"$STATS_BEFORE"
	read -ra now <<<"$text"
	IN=$((now[0] - before[0])) FAST=$((now[1] - before[1]))
	PASSED=$((now[2] - before[2])) DROPPED=$((now[3] - before[3]))
	echo "since stats_begin: in=$IN fast=$FAST passed=$PASSED dropped=$DROPPED"
}

# at_least COUNTER N
stats_at_least() {
	[ "$MODE" = kernel ] && return
	stats_since
	[ "${!1}" -ge "$2" ] || fail "expected at least $2 packets counted as $1, not ${!1}"
}

expect_fast() { stats_at_least FAST "$1"; }
expect_slow() { stats_at_least PASSED "$1"; }
expect_dropped() { stats_at_least DROPPED "$1"; }

# expect_fast_percent P: of all packets, among them the few of LACP and BGP.
expect_fast_percent() {
	[ "$MODE" = kernel ] && return
	stats_since
	note "in=$IN fast=$FAST passed=$PASSED"
	[ $((FAST * 100)) -ge $((IN * $1)) ] || fail "$FAST of $IN packets took the fast path: less than $1 %"
}
