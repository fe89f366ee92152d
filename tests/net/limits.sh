#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What cannot be translated is refused with an answer: the sender learns at once (ICMP type 3 code 13)
# instead of waiting, in each mode; old flows go on, and the log says what was refused.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	# The kernel's own limit on ICMP would make the cases wait for each other.
	sysctl -q net.ipv4.icmp_ratelimit=0
	serve net $SERVER
}

sessions() { erxdp nat show -j | jq .count; }

configure() { # LINES OF [nat]
	printf '[interfaces]\nuplink = up0\ninside = in0\n[nat]\n%b\n' "$1" >$CONFIG
}

# The first packet finds no neighbour yet.
case_attach() { # MODE
	# What an earlier case handed to the kernel would be taken over, with its ports.
	conntrack -F
	erxdp attach -c $CONFIG --mode "$1"
	ask udp 10.79.0.2 39999 $SERVER
	erxdp nat flush
	equal "$(sessions)" 0
}

# What a client sees: the error of connect() or of the first receive, and the ICMP behind it.
refused() { # tcp|udp SOURCE-PORT [SOURCE]
	at inside python3 -IS - "$1" "$2" $SERVER "${3:-10.79.0.2}" <<-'END'
		import errno, socket, struct, sys
		kind, port, server = sys.argv[1], int(sys.argv[2]), sys.argv[3]
		s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
		s.settimeout(2)
		if kind == "udp":
		    s.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
		s.bind((sys.argv[4], port))
		try:
		    s.connect((server, 5000))
		    s.send(b"?")
		    s.recv(64)
		except OSError as e:
		    if e.errno != errno.EHOSTUNREACH:
		        raise SystemExit(f"not refused but {e!r}")
		else:
		    raise SystemExit("served")
		if kind == "udp":
		    _, extra, _, _ = s.recvmsg(64, 256, socket.MSG_ERRQUEUE)
		    _, _, icmp_type, code = struct.unpack_from("IBBB", extra[0][2])
		    if (icmp_type, code) != (3, 13):
		        raise SystemExit(f"ICMP type {icmp_type} code {code}")
	END
}

fill() {
	ask udp 10.79.0.2 40000 $SERVER
	ask udp 10.79.0.2 40001 $SERVER
	equal "$(sessions)" 2
}

case_refused() {
	fill
	refused udp 40002
	refused tcp 40002
	at inside ping -c 1 -W 2 $SERVER | tee "$TAP_DIR/ping" || :
	grep -q 'Packet filtered' "$TAP_DIR/ping"
	equal "$(sessions)" 2
}

case_old_goes_on() {
	equal "$(ask udp 10.79.0.2 40000 $SERVER)" "$OUTSIDE 40000"
	equal "$(ask udp 10.79.0.2 40001 $SERVER)" "$OUTSIDE 40001"
}

case_counted() {
	erxdp stats --once -j | jq -c .verdicts | tee "$TAP_DIR/counted"
	grep -qi 'refused' "$TAP_DIR/counted"
}

case_hosts() {
	erxdp nat hosts
	equal "$(erxdp nat hosts -j | jq -c '.hosts[] | [.address, .sessions]')" '["10.79.0.2",2]'
}

case_room_again() {
	erxdp nat flush
	equal "$(ask tcp 10.79.0.2 40003 $SERVER)" "$OUTSIDE 40003"
}

case_table_flushed() {
	erxdp nat flush
	fill
	nft flush ruleset
	fails timeout 1 at inside python3 -IS "$TALKER" ask udp 10.79.0.2 40002 $SERVER
	wait_until 5 nft list table ip erxdp
	refused udp 40002
}

# Nothing of ours stays, and what leaves for the user's own reasons is rejected by nobody.
case_detach() {
	erxdp detach
	fails nft list table ip erxdp
}

case_no_port() {
	equal "$(ask udp 10.79.0.2 40000 $SERVER)" "$OUTSIDE 40000"
	refused udp 40000 10.79.0.3
}

# What the log says, once a second.
case_logged() {
	configure 'max-sessions = 2'
	conntrack -F
	erxdp run -c $CONFIG --mode native 2>"$TAP_DIR/log.daemon" &
	local daemon=$! i
	# Emulated, the programs' verification alone takes 20 s, and each question takes some from it.
	wait_until 15 eval "erxdp status >/dev/null"
	ask udp 10.79.0.2 39999 $SERVER
	erxdp nat flush
	fill
	for i in 1 2 3 4 5; do
		refused udp 40002
	done
	wait_until 3 grep "session table full: udp $SERVER:5000 from 10.79.0.2 (" "$TAP_DIR/log.daemon"
	[ "$(grep -c 'refused in the last second' "$TAP_DIR/log.daemon")" -le 3 ]
	cat "$TAP_DIR/log.daemon"
	kill $daemon
	wait $daemon || :
	erxdp detach
}

run_mode() {
	TAP_NAME="limits $1"
	configure 'max-sessions = 2'
	tap_case "attach" case_attach "$1"
	tap_case "a full table: the client is told at once, UDP, TCP and ping [RFC 5508 REQ-8]" case_refused
	tap_case "what was answered goes on" case_old_goes_on
	tap_case "refusals are counted" case_counted
	tap_case "nat hosts" case_hosts
	tap_case "flushed sessions make room" case_room_again
	tap_case "without the nft table nothing leaks, and it comes back" case_table_flushed
	tap_case "detach" case_detach
	configure 'ports = 40000-40000'
	tap_case "attach with one port" case_attach "$1"
	tap_case "no port left: told at once too" case_no_port
	tap_case "detach with one port" case_detach
}

tap_begin "limits"
make_network
for mode in $TEST_MODES; do
	run_mode $mode
done
TAP_NAME="limits"
tap_case "the log names the last one, once a second [RFC 6888 REQ-11c]" case_logged
tap_end
