#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fragments on the wire: both ways, in every order, translated, exempt and for the host itself, in each
# mode, with and without a user's rules that make the kernel track connections.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

fragments() { tests/net/fragments.py "$@"; }

make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	private_behind_uplink
	# After a flood the kernel takes no fragments of its own until these have timed out.
	sysctl -q net.ipv4.ipfrag_time=1
	at inside ping -q -c 1 -W 2 192.0.2.1 >/dev/null
	at net ping -q -c 1 -W 2 $OUTSIDE >/dev/null
}

user_rules() {
	nft 'table ip user { chain post { type nat hook postrouting priority 100; oif "up0" ip daddr != 172.16.0.0/12 masquerade; }; }'
}

# Bytes of all maps of the programs, and sessions.
table_sizes() {
	local pin
	for pin in $(jq -r '.tc[0].ingress' $STATE); do
		for id in $(bpftool -j prog show id "$pin" | jq -r '.map_ids[]'); do
			bpftool -j map show id "$id" | jq -r '"\(.name) \(.bytes_memlock)"'
		done
	done | grep -e '^fragments ' -e '^held '
}

case_flood() {
	local before
	before=$(table_sizes)
	note "$(awk '{ sum += $2 } END { print sum / 1024, "KB in", NR, "tables" }' <<<"$before")"
	fragments flood
	equal "$(table_sizes)" "$before" "the tables"
	[ "$(erxdp nat show -j | jq length)" -lt 50 ] || fail "a flood of fragments made sessions"
}

run_mode() { # MODE RULES
	TAP_NAME="fragments $1, $2"
	tap_case "attach" erxdp attach -c $CONFIG --mode "$1"
	tap_case "translated, both ways, every order [RFC 4787 REQ-14]" fragments translated
	tap_case "64 KB backwards, both ways" fragments many
	tap_case "an echo's, both ways, every order" fragments echo
	tap_case "exempt, both ways, every order" fragments exempt
	tap_case "this host's own, every order" fragments own
	# Where conntrack runs, its reassembly is what a flood fills.
	[ "$2" != "no rules" ] ||
		tap_case "a flood of incomplete ones, then all orders [RFC 4787 REQ-14a]" case_flood
	tap_case "detach" erxdp detach
}

tap_begin "fragments"
make_network
for mode in $TEST_MODES; do
	run_mode $mode "no rules"
done
user_rules
for mode in $TEST_MODES; do
	run_mode $mode "a MASQUERADE rule"
done
tap_end
