#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Real packets between namespaces, from one device to another (redirect), in each mode: what leaves is
# translated, what is exempt is not, a killed daemon stops nothing and its successor keeps the
# sessions. The VM has the bond and the VLANs; this is the part that any machine can run.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

PROBER=tests/net/prober.py

make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	private_behind_uplink
	at net $PROBER echo $SERVER &
	serve net $SERVER $PRIVATE
}

# answered SEEN-AS FAST-AT-LEAST ask's arguments...
answered() {
	local before seen
	before=$(fast)
	seen=$(ask "${@:3}")
	equal "$seen" "$1"
	[ $(($(fast) - before)) -ge "$2" ] || fail "only $(($(fast) - before)) packets were fast"
}

case_attach() {
	erxdp attach -c $CONFIG --mode "$1"
	# The first packet finds no neighbour yet.
	ask udp 10.79.0.2 39999 $SERVER
	ask udp 10.79.0.3 39998 $SERVER
}

case_translated() {
	answered "$OUTSIDE 40000" 2 udp 10.79.0.2 40000 $SERVER
	answered "$OUTSIDE 40000" 4 tcp 10.79.0.2 40000 $SERVER
	at inside ping -q -c 3 -i 0.2 -W 2 $SERVER
}

case_exempt() {
	answered "10.79.0.2 40001" 2 udp 10.79.0.2 40001 $PRIVATE
	answered "10.79.0.2 40001" 4 tcp 10.79.0.2 40001 $PRIVATE
}

case_same_port() { # tcp|udp
	local second
	begin_flow first "$1" 10.79.0.2 40002 $SERVER
	second=$(ask "$1" 10.79.0.3 40002 $SERVER)
	end_flow first
	equal "$(flow_seen first)" "$OUTSIDE 40002"
	[ "${second% *}" = $OUTSIDE ] && [ "${second#* }" != 40002 ] || fail "the second was seen as $second"
}

case_closed_port() {
	at inside python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3)
s.connect(('$SERVER', 9)); s.send(b'?')
try: s.recv(9)
except ConnectionRefusedError: raise SystemExit(0)
raise SystemExit('not refused')"
}

# This host's own traceroutes: nobody but the session that is made where the probe leaves knows of a raw
# socket's, and a socket bound to a device is found in the name of that device only.
case_own_errors() {
	$PROBER raw $OUTSIDE $SERVER
	$PROBER bound up0 $SERVER
}

case_gre() {
	local before
	before=$(fast)
	equal "$(at inside $PROBER gre 10.79.0.2 $SERVER)" $OUTSIDE
	[ $(($(fast) - before)) -ge 2 ] || fail "only $(($(fast) - before)) packets were fast"
	fails at inside $PROBER gre 10.79.0.3 $SERVER
	erxdp nat show -p gre | grep -E '^gre +open +10.79.0.2 +'
	equal "$($PROBER gre $OUTSIDE $SERVER)" $OUTSIDE "this host's own come first"
	erxdp nat flush -p gre
}

case_fragments() {
	at inside ping -q -c 3 -i 0.2 -W 2 -s 4000 $SERVER
}

case_killed() {
	local sessions
	begin_flow flow tcp 10.79.0.2 40003 $SERVER
	kill_daemon
	answered "$OUTSIDE 40004" 4 tcp 10.79.0.2 40004 $SERVER
	sessions=$(erxdp nat show -j | jq length)
	erxdp attach -c $CONFIG --mode "$1"
	[ "$(erxdp nat show -j | jq length)" -ge "$sessions" ] || fail "sessions were lost"
	end_flow flow
	erxdp status
}

case_route_moves() {
	answered "$OUTSIDE 40005" 4 tcp 10.79.0.2 40005 $SERVER
	ip route add blackhole $SERVER
	wait_until 2 eval "erxdp route get $SERVER | grep -q agree"
	fails ask udp 10.79.0.2 40006 $SERVER
	ip route del blackhole $SERVER
	answered "$OUTSIDE 40007" 4 tcp 10.79.0.2 40007 $SERVER
}

programs_agree() { erxdp route get "$1" >/dev/null; }

# What an engineer feels: from the kernel's table to the first packet that could use the route. Each
# question to erxdp costs some milliseconds too, so that the truth is below what is measured. On an
# emulated machine it costs more than the route: there tests/vm/cases/change.sh measures by packets.
case_route_delay() {
	local i begin delays=()
	for i in $(seq 21); do
		ip route add 203.0.113."$i"/32 via 192.0.2.1
		begin=${EPOCHREALTIME/./}
		until programs_agree 203.0.113."$i"; do :; done
		delays+=($(((${EPOCHREALTIME/./} - begin) / 1000)))
	done
	ip route flush root 203.0.113.0/24
	mapfile -t delays < <(printf '%s\n' "${delays[@]}" | sort -n)
	note "median ${delays[10]} ms, worst ${delays[20]} ms"
	[ "${delays[10]}" -lt 50 ] || fail "a route takes more than 50 ms to the programs"
}

case_forwarding_off() {
	sysctl -q net.ipv4.ip_forward=0
	wait_until 2 eval "! ask udp 10.79.0.2 40008 $SERVER >/dev/null 2>&1"
	sysctl -q net.ipv4.ip_forward=1
	wait_until 5 eval "ask udp 10.79.0.2 40009 $SERVER"
}

case_policy_rule() {
	ip rule add from 10.79.0.9 lookup 100 priority 100
	wait_until 2 eval "erxdp status -j | jq -e '.sync.trusted == false or .trusted == false'"
	equal "$(ask tcp 10.79.0.2 40010 $SERVER)" "$OUTSIDE 40010" "translated in TC meanwhile"
	ip rule del priority 100
	wait_until 2 eval "erxdp status >/dev/null"
	answered "$OUTSIDE 40011" 4 tcp 10.79.0.2 40011 $SERVER
}

# A way out that is not erxdp's, chosen by a rule: there the user's MASQUERADE translates, which a packet
# marked for erxdp would escape with its private source.
make_other_way() {
	far_end other other0
	ip addr add 192.0.3.2/24 dev other0
	ip -n other addr add 192.0.3.1/24 dev eth0
	ip -n other addr add $SERVER/32 dev lo
	serve other $SERVER
	ip route add default via 192.0.3.1 table 100
	nft 'table ip user { chain post { type nat hook postrouting priority 100; oif "other0" masquerade; }; }'
}

case_other_way() {
	ip rule add from 10.79.0.2 lookup 100 priority 100
	wait_until 2 eval "! erxdp status >/dev/null"
	equal "$(ask tcp 10.79.0.2 40020 $SERVER)" "192.0.3.2 40020"
	equal "$(ask udp 10.79.0.2 40020 $SERVER)" "192.0.3.2 40020"
	equal "$(ask tcp 10.79.0.3 40020 $SERVER)" "$OUTSIDE 40020"
	ip rule del priority 100
	wait_until 2 eval "erxdp status >/dev/null"
}

# One port with native XDP and one without: what XDP cannot redirect goes through the kernel.
make_slow_port() {
	far_end inside2 in1
	ip link add link in1 name slow0 type macvlan mode bridge
	ip link set slow0 up
	ip addr add 10.80.0.1/24 dev slow0
	ip -n inside2 addr add 10.80.0.2/24 dev eth0
	ip -n inside2 route add default via 10.80.0.1
	printf '[interfaces]\nuplink = up0\ninside = in0 slow0\n' >$CONFIG
}

case_mixed_ports() {
	erxdp attach -c $CONFIG --mode auto
	erxdp status -j | jq -c .ports
	equal "$(at inside2 $TALKER ask udp 10.80.0.2 40030 $SERVER)" "$OUTSIDE 40030"
	equal "$(at inside2 $TALKER ask tcp 10.80.0.2 40030 $SERVER)" "$OUTSIDE 40030"
	equal "$(at inside2 $TALKER ask tcp 10.80.0.2 40031 $SERVER)" "$OUTSIDE 40031"
	answered "$OUTSIDE 40032" 4 tcp 10.79.0.2 40032 $SERVER
	erxdp detach
}

# The counters against somebody else's: each device counts what it received.
received() {
	echo $(($(cat /sys/class/net/up0/statistics/rx_packets) + $(cat /sys/class/net/in0/statistics/rx_packets)))
}

counted_all() { # RECEIVED-BEFORE IN-BEFORE
	[ $(($(received) - $1)) = $(($(erxdp stats --once -j | jq .packets.in) - $2)) ]
}

# Sets before and in: nothing came while both were read.
read_both() {
	before=$(received)
	in=$(erxdp stats --once -j | jq .packets.in)
	[ "$(received)" = "$before" ]
}

case_counted() {
	local before in i
	wait_until 5 read_both
	for i in 1 2 3 4 5; do
		ask tcp 10.79.0.2 $((40100 + i)) $SERVER >/dev/null
		ask udp 10.79.0.2 $((40100 + i)) $PRIVATE >/dev/null
	done
	at inside ping -q -c 20 -i 0.01 $SERVER
	wait_until 3 counted_all "$before" "$in" ||
		fail "devices received $(($(received) - before)), erxdp counted $(($(erxdp stats --once -j | jq .packets.in) - in))"
}

case_balance() {
	erxdp stats --once -j | jq -e '.packets | .in == .fast + .passed + .dropped and .in > 0'
}

run_mode() {
	TAP_NAME="forward $1"
	tap_case "attach" case_attach "$1"
	tap_case "UDP and TCP are translated, fast" case_translated
	tap_case "exempt destinations are not" case_exempt
	tap_case "two hosts with one source port, TCP" case_same_port tcp
	tap_case "two hosts with one source port, UDP" case_same_port udp
	tap_case "a closed port's ICMP error comes back" case_closed_port
	tap_case "this host's own probes get their ICMP errors" case_own_errors
	tap_case "GRE: one inside host a peer, and this host before it" case_gre
	tap_case "fragments both ways" case_fragments
	tap_case "a killed daemon stops nothing; the next one adopts" case_killed "$1"
	tap_case "a blackhole bites and goes" case_route_moves
	[ "${ERXDP_TEST_PATIENCE:-1}" != 1 ] ||
		tap_case "a route reaches the programs in under 50 ms" case_route_delay
	tap_case "ip_forward=0 stops the fast path" case_forwarding_off
	tap_case "a policy rule suspends the fast path; translation goes on" case_policy_rule
	tap_case "a rule that leads elsewhere: the kernel's translation there" case_other_way
	tap_case "every packet that the devices received is counted once" case_counted
	tap_case "in = fast + passed + dropped" case_balance
	tap_case "detach" erxdp detach
}

tap_begin "forward"
make_network
make_other_way
for mode in $TEST_MODES; do
	run_mode $mode
done
make_slow_port
tap_case "ports with and without native XDP side by side" case_mixed_ports
tap_end
