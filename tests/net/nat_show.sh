#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `erxdp nat show` where there are a million sessions: what is looked for is found at once, the order
# is right over all of them, and the whole list takes seconds. (Forms and filters: commands.sh.)
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

FILL=build/tests/net/fill_sessions
N=1000000

# timed LIMIT-IN-MS ARGUMENT...: of `nat show`; its output is in /run/out. Generous, since others are at work.
timed() {
	local from=${EPOCHREALTIME/./} took
	erxdp nat show "${@:2}" >/run/out
	took=$(((${EPOCHREALTIME/./} - from) / 1000))
	note "${*:2}=${took}ms"
	[ "$took" -lt "$1" ] || fail "nat show ${*:2} took $took ms"
}

# Octets of IP packets: a question has one of payload, an answer is the address and port, and a newline.
case_bytes() {
	erxdp attach -c $CONFIG --mode native
	ask udp 10.79.0.2 40000 $SERVER
	erxdp nat show -j | jq -e '.count == 1 and (.sessions[0] | has("bytes") | not)'
	fails erxdp nat show --sort bytes
	# What it advises is enough.
	erxdp nat show --sort bytes 2>&1 | grep 'accounting = yes.*erxdp reload'
	printf '[nat]\naccounting = yes\n' >>$CONFIG
	erxdp reload
	# By the session that there is, and by new ones, in the programs and through the kernel.
	ask udp 10.79.0.2 40000 $SERVER
	ask udp 10.79.0.2 40001 $SERVER
	ask udp 10.79.0.2 40001 $SERVER
	ask tcp 10.79.0.3 40002 $SERVER
	erxdp nat show --sort bytes
	erxdp nat show --sort bytes | head -1 | grep -q 'EXPIRES    BYTES$'
	equal "$(erxdp nat show --sort bytes -p udp -j | jq -c '[.sessions[] | [.inside.port, .bytes.out, .bytes.in]]')" \
		"[[40001,58,88],[40000,29,44]]"
	erxdp nat show --sort bytes -n 1 -j | jq -e '.sessions[0] | .protocol == "tcp" and .bytes.out > 200 and .bytes.in > 150'
	erxdp detach
}

case_filled() {
	printf 'max-sessions = %d\n' $N >>$CONFIG
	erxdp attach -c $CONFIG --mode native
	$FILL $N
	equal "$(erxdp status -j | jq .sessions.count)" $N
}

# Session n is of host 10.16.0.0 + n / 64, but every sixteenth one of the first.
case_filter() {
	timed 2000 -s 10.16.1.1
	equal "$(wc -l </run/out)" 61
	timed 2000 -a 10.16.1.1 --port 53 -p udp
	equal "$(wc -l </run/out)" 21
	timed 2000 --port 1025
	# n = 1 modulo 60000.
	equal "$(wc -l </run/out)" 18
}

# It began n seconds ago modulo 1000: a thousand are the oldest.
case_sorted() {
	timed 3000 --sort age -n 1000
	equal "$(sed 1d /run/out | awk '{ print $NF }' | sort -u)" "$(sed -n 2p /run/out | awk '{ print $NF }')"
	timed 3000 --sort age -n 1001 -j
	jq -e '.count == 1001 and (.sessions | .[0].age == .[999].age and .[999].age == .[1000].age + 1)' /run/out
	timed 3000 --sort age -r -n 1001 -j
	jq -e '.sessions | .[0].age == .[999].age and .[999].age == .[1000].age - 1' /run/out
}

case_by_bytes() {
	timed 3000 --sort bytes -n 3 -j
	equal "$(jq -c '[.sessions[].bytes.out]' /run/out)" "[1000000,999999,999998]"
	timed 3000 --sort bytes -r -n 2
	equal "$(awk '{ print $NF }' /run/out | tr '\n' ' ')" "BYTES 3 6 "
}

case_limit() {
	timed 1000 -n 3
	equal "$(wc -l </run/out)" 4
}

# All of them, and nobody who reads them: it ends.
case_all() {
	timed 20000
	equal "$(wc -l </run/out)" $((N + 1))
	timed 30000 -j
	equal "$(tail -n 1 /run/out)" '], "count": 1000000 }'
	fails eval 'set -o pipefail; timeout 10 "$ERXDP" nat show -j | head -n 1'
}

make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	serve net $SERVER
}

tap_prepare network make_network
tap_begin nat-show
tap_case "bytes are counted where that was asked for, exactly" case_bytes
tap_case "a million sessions" case_filled
tap_case "filters find a host and a port among them" case_filter
tap_case "the oldest and the youngest, and no more than asked for" case_sorted
tap_case "those with the most bytes" case_by_bytes
tap_case "a limit ends the list" case_limit
tap_case "the whole list" case_all
erxdp detach >&2
tap_end
