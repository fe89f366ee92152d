# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What a configuration can ask of the translation: mappings by behaviour "rfc", forwardings, pools and
# fixed addresses, a second uplink, exemptions of an uplink's own, limits; and outside addresses that
# come and go. Where iptables can do the same, the kernel alone is asked for it, too (MODE=kernel).

WIRE=$HERE/nat-wire
NAT_CONFIG=/run/nat.conf
NAT_SAVED=/run/nat.iptables
POOL=198.18.5.12 # and the three addresses behind it
FIXED=198.18.6.9
# By way of the second provider: SECOND is translated, SECOND_EXEMPT is not.
SECOND=198.18.7.1 SECOND_EXEMPT=198.18.7.2

wire() { "$WIRE" "$@"; }

# The next daemon reads the configuration on standard input; programs and sessions stay.
configure() {
	local pid
	cat >$NAT_CONFIG
	pid=$(daemon_pid)
	kill "$pid"
	wait_for 10 "the daemon is gone" daemon_is_gone "$pid"
	erxdp attach -c $NAT_CONFIG --mode "$MODE"
	reaches az1 $INET1
	reaches az2 $INET2
}

# From the rules on standard input, with chains of their own before the router's.
iptables_anew() {
	iptables-save -t nat >$NAT_SAVED
	iptables-restore --noflush
}

iptables_as_before() {
	iptables-restore <$NAT_SAVED
}

# The internet knows the way to what the cases add.
nat_routes() { # add|del
	local prefix
	for prefix in 198.18.0.0/16 10.0.0.0/15; do
		ip -n t2 route "$1" $prefix via 10.253.104.13
		ip -n t1 route "$1" $prefix via 10.253.105.53
	done
	ip -n provider route "$1" $POOL/30 via $PUBLIC
}

# ---- an outside address goes ----

# address_add N, and an internet network by way of it.
address_add() {
	ip -n provider addr add "198.18.$1.194/31" dev up0
	ip addr add "198.18.$1.195/31" dev bond0
	ip route replace 198.51.100.0/24 via "198.18.$1.194"
}

address_remove() {
	ip addr del "198.18.$1.195/31" dev bond0
	ip -n provider addr del "198.18.$1.194/31" dev up0
}

addresses_as_before() {
	set +e
	address_remove 1
	address_remove 2
	ip route del 198.51.100.0/24
	nat_routes del
}

seen_as() {
	[ "$(curl_from "$1" "$2")" = "$3" ]
}

# It has failed by itself, or is somebody else by now. (In this shell, whose child it is.)
flow_has_ended() {
	touch "$TAP_DIR/$1.stop"
	if wait "$(cat "$TAP_DIR/$1.pid")"; then
		fail "$1 went on: $(flow_seen "$1")"
	fi
	rm "$TAP_DIR/$1.pid"
}

case_address_replaced() {
	trap addresses_as_before EXIT
	nat_routes add
	address_add 1
	wait_for 5 "the new address is used" seen_as az1 $INET2 198.18.1.195
	flow_begin lives az1 tcp $INET1 --from-port 45000
	flow_begin tcp az1 tcp $INET2 --from-port 45000
	flow_begin udp az2 udp $INET2 --from-port 45000
	equal "$(flow_seen udp)" "198.18.1.195 45000"
	address_remove 1
	address_add 2
	wait_for 5 "the new address is used" seen_as az1 $INET2 198.18.2.195
	flow_has_ended tcp
	flow_has_ended udp
	stats_begin
	equal "$(curl_from az2 $INET2)" 198.18.2.195
	equal "$(at az2 netpeer talk udp $INET2 --from-port 45001)" "198.18.2.195 45001"
	flow_end lives
	equal "$(flow_seen lives)" "$PUBLIC 45000"
	expect_only_fast 12
}

# ---- mappings and forwardings ----

case_configure_mappings() {
	configure <<-END
		[nat]
		behaviour = rfc
		[inside 10.1.0.0/16]
		filtering = address
		[forward]
		tcp uplink:8080 = $AZ1:80
		tcp uplink:8000 = $AZ1:5000
		udp uplink:8000 = $AZ1:5000
	END
}

case_forward_by_iptables() {
	iptables_anew <<-END
		*nat
		:LAB_IN -
		:LAB_OUT -
		-I PREROUTING -m addrtype --dst-type LOCAL -j LAB_IN
		-I POSTROUTING -m conntrack --ctstate DNAT -j LAB_OUT
		-A LAB_IN -p tcp --dport 8080 -j DNAT --to-destination $AZ1:80
		-A LAB_IN -p tcp --dport 8000 -j DNAT --to-destination $AZ1:5000
		-A LAB_IN -p udp --dport 8000 -j DNAT --to-destination $AZ1:5000
		-A LAB_OUT -o bond0.1000 -s 10.0.0.0/15 -j SNAT --to-source $PUBLIC
		COMMIT
	END
}

# expect_conversations PROTOCOL N [COUNTER N]...: all fast, so many of nat-wire's; of TCP that is the
# handshake, a question and its answer at the least.
expect_conversations() {
	local each=2
	[ "$1" = udp ] || each=5
	expect_only_fast $(($2 * each)) "${@:3}"
}

# The second host wants what is the first one's towards one server only: it gets one port for all.
case_one_mapping() {
	local first second
	stats_begin
	first=$(wire mapping "$1" az1 44000 $INET1)
	equal "$first" "$PUBLIC 44000"
	second=$(wire mapping "$1" az2 44000 $INET2 $INET1 $INET3 | uniq)
	note "the second one: $second,"
	equal "$(wc -l <<<"$second")" 1 "addresses and ports of one mapping"
	fails equal "$second" "$first" "address and port of the second host"
	equal "${second% *}" $PUBLIC
	[ "$1" = tcp ] || equal $((${second#* } % 2)) 0 "parity of the port"
	expect_conversations "$1" 4
}

case_open_filter() {
	stats_begin
	equal "$(wire filtering "$1" az1 44010 $INET1 inet2 inet3)" $'inet2 admitted\ninet3 admitted'
	expect_conversations "$1" 3
}

case_address_filter() {
	stats_begin
	equal "$(wire filtering "$1" az2 44010 $INET1 inet2 inet1)" $'inet2 shut out\ninet1 admitted'
	expect_conversations "$1" 2 drop-filtered 1
}

# az2 lets in only whom it has called.
case_hairpin() {
	stats_begin
	equal "$(wire hairpin "$1" az2 44020 az1 44022 $INET1)" "$PUBLIC 44020 $PUBLIC 44022"
	expect_conversations "$1" 3
}

case_forward() {
	stats_begin
	equal "$(curl_from inet1 $PUBLIC:8080)" $INET1
	equal "$(curl_from private 10.79.30.129:8080)" 10.99.0.10
	equal "$(at inet2 netpeer talk udp $PUBLIC --port 8000 | cut -d' ' -f1)" $INET2
	expect_only_fast 18
}

case_forward_bulk() {
	stats_begin
	note "$(at inet1 netpeer download tcp $PUBLIC 1000000 --port 8000)"
	note "$(at inet2 netpeer upload udp $PUBLIC 300000 --port 8000)"
	expect_fast_percent 98
}

case_forward_hairpin() {
	stats_begin
	equal "$(curl_from az2 $PUBLIC:8080)" $PUBLIC
	equal "$(curl_from az1 $PUBLIC:8080)" $PUBLIC
	equal "$(at az2 netpeer talk udp $PUBLIC --port 8000 | cut -d' ' -f1)" $PUBLIC
	# Each packet comes in and goes out on the same VLAN.
	expect_only_fast 18
}

# The host's ssh is where it was; a closed port is silent, so that whoever opens from both sides at
# once is not reset.
case_host_beside_mappings() {
	local status=0
	stats_begin_still
	equal "$(ssh_banner inet1 $PUBLIC)" SSH-2.0-
	equal "$(curl_from router $INET1)" $PUBLIC
	at inet1 curl -s --max-time 2 $PUBLIC:9 || status=$?
	equal "$status" 28 "curl's code for a connection that nobody answers"
	expect_none_fast pass-local 3 drop-filtered 1
}

# ---- pools, a second uplink, limits ----

# A provider of its own in VLAN 3000, who knows the way back to whoever is not translated.
second_uplink_add() {
	ip netns add isp2
	ip -n provider link add up0.3000 link up0 type vlan id 3000
	ip -n provider link set up0.3000 netns isp2
	ip -n isp2 addr add 198.18.8.1/30 dev up0.3000
	ip -n isp2 addr add $SECOND/32 dev lo
	ip -n isp2 addr add $SECOND_EXEMPT/32 dev lo
	ip -n isp2 link set lo up
	ip -n isp2 link set up0.3000 up
	ip -n isp2 route add $FIXED via 198.18.8.2
	ip -n isp2 route add 10.0.0.0/15 via 198.18.8.2
	ip link add bond0.3000 link bond0 type vlan id 3000
	ip addr add 198.18.8.2/30 dev bond0.3000
	ip link set bond0.3000 up
	ip route add 198.18.7.0/24 via 198.18.8.1
	serve_in isp2 $SECOND $SECOND_EXEMPT
}

second_uplink_remove() {
	serve_end isp2
	ip link del bond0.3000
	ip -n isp2 link del up0.3000
	ip netns del isp2
}

case_configure_uplinks() {
	nat_routes add
	second_uplink_add
	configure <<-END
		[uplink bond0]
		source = $POOL-198.18.5.15
		exempt-destination = 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 $INET3
		[uplink bond0.3000]
		source = $FIXED
		exempt-destination = $SECOND_EXEMPT
		exempt-source = 10.1.0.0/16
		[inside 10.1.0.0/16]
		max-sessions-per-host = 8
	END
	reaches az1 $SECOND
}

case_uplinks_by_iptables() {
	nat_routes add
	second_uplink_add
	iptables_anew <<-END
		*nat
		:LAB -
		-I POSTROUTING -j LAB
		-A LAB -o bond0 -d 10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,$INET3 -j ACCEPT
		-A LAB -o bond0 -s 10.0.0.0/15 -j SNAT --to-source $POOL-198.18.5.15 --persistent
		-A LAB -o bond0.3000 -d $SECOND_EXEMPT -j ACCEPT
		-A LAB -o bond0.3000 -s 10.1.0.0/16 -j ACCEPT
		-A LAB -o bond0.3000 -s 10.0.0.0/15 -j SNAT --to-source $FIXED
		COMMIT
	END
	reaches az1 $SECOND
}

# Two destinations, two protocols, one address of the pool.
case_paired() {
	local host first
	stats_begin
	for host in az1 az2; do
		first=$(curl_from $host $INET1)
		[[ $first =~ ^198\.18\.5\.1[2-5]$ ]] || fail "$host is seen as $first"
		equal "$(curl_from $host $INET2)" "$first"
		equal "$(wire mapping udp $host 44100 $INET1 $INET2 | cut -d' ' -f1 | uniq)" "$first"
		note "$host: $first,"
	done
	expect_only_fast 40
}

# Each by its own address, at the same time; a port that one has is free at the other.
case_two_uplinks() {
	stats_begin
	equal "$(curl_from az1 $SECOND)" $FIXED
	equal "$(wire mapping udp az1 44200 $SECOND)" "$FIXED 44200"
	equal "$(wire mapping udp az1 44200 $INET2 | cut -d' ' -f2)" 44200
	at az1 netpeer upload udp $SECOND 100000
	at az1 netpeer download tcp $SECOND 300000
	equal "$(curl_from private $AZ1)" 10.99.0.10
	# TC sees segments that GRO has merged.
	expect_only_fast 150
}

case_exemptions_of_uplinks() {
	stats_begin
	equal "$(curl_from az1 $SECOND_EXEMPT)" $AZ1
	equal "$(curl_from az2 $SECOND)" $AZ2
	equal "$(curl_from az1 $INET3)" $AZ1
	equal "$(curl_from az1 10.99.0.10)" $AZ1
	expect_only_fast 32
}

# The router's own connections leave by its own addresses, whatever the pool.
case_own_beside_pool() {
	stats_begin_still
	equal "$(curl_from router $INET1)" $PUBLIC
	equal "$(curl_from router $SECOND)" 198.18.8.2
	equal "$(ssh_banner inet1 $PUBLIC)" SSH-2.0-
	expect_none_fast pass-local 11
}

case_limit() {
	erxdp nat flush --src $AZ2
	stats_begin
	equal "$(wire limit az2 $INET1 8)" "ICMP 3/13 from 192.168.0.1"
	equal "$(erxdp nat hosts -j | jq -c ".hosts[] | select(.address == \"$AZ2\") | [.sessions, .refused]")" "[8,2]"
	# Nobody else notices.
	reaches az1 $INET1
	expect_counted fast 40 pass-refused 2
	equal "${STATS[passed]}" $((STATS[background] + 2)) "packets that went to the kernel"
}

# ---- as before ----

case_nat_as_before() {
	if [ "$MODE" = kernel ]; then
		iptables_as_before
	else
		configure </dev/null
		erxdp nat flush
	fi
	second_uplink_remove
	nat_routes del
	stats_begin
	equal "$(curl_from az1 $INET1)" $PUBLIC
	expect_fast 8
}

run_nat_forward() {
	tap_case "forwardings: from outside" case_forward
	tap_case "forwardings: bulk, both ways" case_forward_bulk
	tap_case "forwardings: from inside by the outside address" case_forward_hairpin
}

run_nat_uplinks() {
	tap_case "a pool: a host has one address for all [RFC 4787 REQ-2]" case_paired
	tap_case "a second uplink with a fixed address" case_two_uplinks
	tap_case "exemptions of an uplink's own, by destination and source" case_exemptions_of_uplinks
	tap_case "the router's own connections beside a pool" case_own_beside_pool
}

# What iptables can do.
run_nat_kernel() {
	tap_case "forwardings by iptables" case_forward_by_iptables
	run_nat_forward
	iptables_as_before
	tap_case "a pool and a second uplink by iptables" case_uplinks_by_iptables
	run_nat_uplinks
}

run_nat_erxdp() {
	tap_case "behaviour rfc and forwardings, by a daemon that takes over" case_configure_mappings
	tap_case "one mapping for all servers, udp [RFC 4787 REQ-1]" case_one_mapping udp
	tap_case "one mapping for all servers, tcp [RFC 5382 REQ-1]" case_one_mapping tcp
	tap_case "whoever calls a mapping gets through, udp [RFC 4787 REQ-8]" case_open_filter udp
	tap_case "whoever calls a mapping gets through, tcp [RFC 5382 REQ-3]" case_open_filter tcp
	tap_case "filtered by address, udp [RFC 4787 REQ-8]" case_address_filter udp
	tap_case "filtered by address, tcp [RFC 5382 REQ-3]" case_address_filter tcp
	tap_case "Azure machines call each other by outside addresses, udp [RFC 4787 REQ-9a]" case_hairpin udp
	tap_case "Azure machines call each other by outside addresses, tcp [RFC 5382 REQ-8]" case_hairpin tcp
	run_nat_forward
	tap_case "the router's own services beside mappings [RFC 5382 REQ-4]" case_host_beside_mappings
	tap_case "a pool, a second uplink and a limit, by a daemon that takes over" case_configure_uplinks
	run_nat_uplinks
	tap_case "a host's limit: refused at once, by ICMP [RFC 6888 REQ-4]" case_limit
}

run_nat() {
	frames_begin nat
	tap_case "an outside address is replaced: its sessions end, others live" case_address_replaced
	if [ "$MODE" = kernel ]; then
		run_nat_kernel
	else
		run_nat_erxdp
	fi
	tap_case "the plain configuration again" case_nat_as_before
	frames_case nat
}
