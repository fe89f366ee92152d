# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the seed's article shows of its router: BGP, routes, traceroute, addresses seen from outside.

# The article's table, less its times.
ARTICLE_ROUTES='K>* 0.0.0.0/0 [0/0] via 147.75.94.194, bond0 onlink
K>* 10.0.0.0/8 [0/0] via 10.79.30.128, bond0
B>* 10.0.0.0/16 [20/0] via 192.168.0.2, bond0.1000, weight 1
B>* 10.1.0.0/16 [20/0] via 192.168.0.2, bond0.1000, weight 1
C>* 10.79.30.128/31 is directly connected, bond0
C>* 147.75.94.194/31 is directly connected, bond0
S>* 192.168.0.0/24 [1/0] is directly connected, bond0.1000, weight 1
C>* 192.168.0.0/30 is directly connected, bond0.1000
S>* 192.168.100.0/24 [1/0] unreachable (blackhole), weight 1'
ARTICLE_HOPS="10.0.2.4 192.168.0.1 169.254.137.1 10.253.105.52 10.253.104.12 $INET1"

case_bgp() {
	bgp_is_established
	equal "$(bgp_json "ipv4 unicast neighbors 192.168.0.2 advertised-routes" |
		jq -r '.advertisedRoutes | keys | join(" ")')" "192.168.0.0/24 192.168.100.0/24"
	equal "$(at msee ip -j route show default proto bgp | jq -r '.[0].gateway')" 192.168.0.1
}

refreshes_received() {
	bgp_json "neighbors 192.168.0.2" | jq '."192.168.0.2".messageStats.routeRefreshRecv'
}

bgp_was_asked_since() {
	[ "$(refreshes_received)" -gt "$1" ]
}

# The MSEE asks for the announcements again. Its packets end here, with a TTL of 1.
case_bgp_packets() {
	local before
	before=$(refreshes_received)
	stats_begin_still
	at msee vtysh -N msee -c "clear bgp * in"
	wait_for 10 "the MSEE's question is here" bgp_was_asked_since "$before"
	expect_none_fast pass-ttl 1
}

case_route_table() {
	equal "$(vtysh -c 'show ip route' | sed -n 's/, [0-9:]*$//; /^[A-Z]>\*/p')" "$ARTICLE_ROUTES"
}

# curl_shows HOST ADDRESS EXPECTED
case_curl_shows() {
	stats_begin
	equal "$(curl_from "$1" "$2")" "$3"
	# Handshake, request, answer, end: five packets up and four down at the least.
	expect_only_fast 8
}

case_traceroute() {
	stats_begin
	equal "$(at az1 traceroute -n -q 1 -N 1 -w 3 "$@" $INET1 |
		awk 'NR > 1 { printf "%s%s", sep, $2; sep = " " }')" "$ARTICLE_HOPS"
	# The probe that ends at the router is the kernel's to answer; four others pass, as do their answers.
	expect_only_fast 8 pass-ttl 1
}

case_exempted() {
	stats_begin
	equal "$(curl_from az1 "$1")" $AZ1 "source seen by $1"
	expect_only_fast 8
}

case_private_to_azure() {
	stats_begin
	equal "$(curl_from private $AZ1)" 10.99.0.10
	equal "$(curl_from private $AZ2)" 10.99.0.10
	expect_only_fast 16
}

# No answer and no ICMP error either.
null0_is_silent() {
	local said
	said=$(at "$1" ping -n -c 3 -i 0.2 -W 1 192.168.100.5) && fail "an answer came from the Null0 prefix"
	grep -q '3 packets transmitted, 0 received, 100% packet loss' <<<"$said" || fail "$said"
}

case_null0() {
	stats_begin_still
	null0_is_silent az1
	null0_is_silent private
	expect_none_fast drop-blackhole 6
}

run_routing() {
	local address
	frames_begin routing
	tap_case "BGP to the MSEE is up, with the article's announcements" case_bgp
	tap_case "BGP's packets reach FRR" case_bgp_packets
	tap_case "the route table is the article's" case_route_table
	for address in $INET1 $INET2; do
		tap_case "curl from Azure to $address shows the router's address" case_curl_shows az1 "$address" $PUBLIC
		tap_case "curl from Azure's other network to $address, too" case_curl_shows az2 "$address" $PUBLIC
	done
	tap_case "traceroute (UDP) shows the article's hops" case_traceroute
	tap_case "traceroute (ICMP) shows the article's hops" case_traceroute -I
	tap_case "traceroute (TCP) shows the article's hops" case_traceroute -T -p 80
	for address in $PRIVATE; do
		tap_case "exempted destination $address sees Azure's source" case_exempted "$address"
	done
	tap_case "private hosts reach Azure, untranslated" case_private_to_azure
	tap_case "the Null0 prefix is silent" case_null0
	frames_case routing
}
