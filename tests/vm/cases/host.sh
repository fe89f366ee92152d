# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The router's own services and connections, ping, and ICMP errors: none of it may be disturbed.

ssh_banner() {
	# -t: how long to wait for the answer after the end of our (empty) input.
	at "$1" socat -t 5 - "TCP:$2:22,connect-timeout=5" </dev/null 2>&1 | head -n 1 | cut -c 1-8
}

case_ssh() {
	stats_begin_still
	equal "$(ssh_banner inet1 $PUBLIC)" SSH-2.0-
	equal "$(ssh_banner az1 192.168.0.1)" SSH-2.0-
	expect_none_fast pass-local 6
}

case_own_udp_service() {
	stats_begin_still
	equal "$(at inet1 netpeer talk udp $PUBLIC --port 53 | cut -d' ' -f1)" $INET1
	equal "$(at az1 netpeer talk udp 192.168.0.1 --port 53 | cut -d' ' -f1)" $AZ1
	expect_none_fast pass-local 2
}

case_own_connections() {
	stats_begin_still
	equal "$(curl_from router $INET1)" $PUBLIC
	equal "$(curl_from router 10.99.0.10)" 10.79.30.129
	equal "$(curl_from router $AZ1)" 192.168.0.1
	at router netpeer download tcp $INET2 500000
	expect_none_fast pass-local 20
}

case_ping_through() {
	stats_begin
	ping_from az1 $INET1
	ping_from az2 $INET3
	ping_from az1 10.99.0.10
	ping_from private $AZ2
	expect_only_fast 24
}

case_ping_router() {
	stats_begin_still
	ping_from inet1 $PUBLIC
	ping_from az1 192.168.0.1
	ping_from az1 $PUBLIC
	ping_from private 10.79.30.129
	ping_from router $INET1
	# No socket holds the identifier of the router's own ping: a session does.
	expect_none_fast pass-local 12 pass-own-session 3
}

# IPv6 is the kernel's alone: it must come through untouched.
case_ipv6() {
	stats_begin_still
	ping_from provider 2001:db8:94::195
	ping_from router 2001:db8:94::194
	expect_none_fast pass-ipv6 6
}

refused_udp() {
	local said
	said=$(at "$1" netpeer talk udp "$2" --port 9 2>&1) && fail "a closed port answered"
	grep -q 'Connection refused' <<<"$said" || fail "$said"
}

case_closed_ports() {
	local status=0
	stats_begin
	refused_udp az1 $INET1
	refused_udp az1 10.99.0.10
	expect_only_fast 4
	refused_udp inet1 $PUBLIC
	at az1 curl -s --max-time 5 $INET1:9 || status=$?
	equal "$status" 7 "curl's code for a refused connection"
	expect_counted fast 6 pass-local 1
}

case_host_unreachable() {
	stats_begin
	at az1 ping -n -c 1 -W 6 34.117.118.99 >"$TAP_DIR/ping" && fail "a host that is not there answered"
	grep 'From 10.253.104.12 .*Destination Host Unreachable' "$TAP_DIR/ping" || fail "$(cat "$TAP_DIR/ping")"
	expect_only_fast 2
}

run_host() {
	frames_begin host
	tap_case "ssh to the router, from both sides" case_ssh
	tap_case "a UDP service of the router's own, from both sides" case_own_udp_service
	tap_case "the router's own connections" case_own_connections
	tap_case "ping through the router" case_ping_through
	tap_case "ping to and from the router" case_ping_router
	tap_case "IPv6 to and from the router" case_ipv6
	tap_case "closed ports refuse: the ICMP error finds its way back" case_closed_ports
	tap_case "an unreachable host is reported by the transit router" case_host_unreachable
	frames_case host
}
