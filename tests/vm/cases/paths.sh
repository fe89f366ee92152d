# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Ways that the seed's network does not have: two nexthops for one prefix, installed by FRR, and more
# VLANs on the bond, of one tag and of two, which come and go while erxdp is attached. Each case
# brings its far ends along, and takes them away again, also when it fails.

LINK=10.79.31 # .1 and .2: two more gateways on bond0's wire; .195 the router
SHARED="192.0.2.0/24 172.20.0.0/24" # behind both; one is translated, the other exempt
# Of flows that go on all the time, and of what is measured meanwhile; .11 to .74 are for pings.
RUNNING="192.0.2.1 172.20.0.1"
MEASURED="192.0.2.2 172.20.0.2"
INNER=192.168.20.2 # the host in the additional VLAN; the router is .1

listens_at() {
	at "$1" ss -Hltn 'sport = :80' | grep -q "$2:"
}

# serve_in NS ADDRESS...: HTTP and echo, until serve_end.
serve_in() {
	local ns=$1
	shift
	netpeer serve "${@/#/$ns/}" >"$TAP_DIR/$ns.log" 2>&1 &
	echo $! >"$TAP_DIR/$ns.server"
	wait_for 60 "the services of $ns listen" listens_at "$ns" "${*: -1}"
}

serve_end() {
	[ -e "$TAP_DIR/$1.server" ] || return 0
	kill "$(cat "$TAP_DIR/$1.server")"
	rm "$TAP_DIR/$1.server"
}

# ---- two nexthops ----
#
#   bond0's wire -- path1 10.79.31.1 --.
#              \                        far 192.0.2.0/24, 172.20.0.0/24
#               `-- path2 10.79.31.2 --'
#
# Both paths announce far's prefixes to the router by BGP; far answers by path1.

# path_add N: a gateway with a MAC address of its own, which counts what it forwards to far.
path_add() {
	local ns=path$1
	ip netns add "$ns"
	ip -n provider link add "$ns" link up0 type macvlan mode bridge
	ip -n provider link set "$ns" netns "$ns" name wan
	ip -n "$ns" addr add "$LINK.$1/24" dev wan
	ip -n "$ns" link set wan up
	ip -n "$ns" route add default via $LINK.195
	ip link add far netns "$ns" type veth peer name "$ns" netns far
	ip -n "$ns" addr add "10.79.32.$1/32" peer 10.79.32.10 dev far
	ip -n "$ns" link set far up
	ip -n far addr add 10.79.32.10/32 peer "10.79.32.$1" dev "$ns"
	ip -n far link set "$ns" up
	at "$ns" sysctl -qw net.ipv4.ip_forward=1
	path_add_routes "$ns"
}

path_add_routes() {
	local prefix
	for prefix in $SHARED; do
		ip -n "$1" route add "$prefix" via 10.79.32.10
	done
	at "$1" nft -f - <<-END
		table ip lab {
			counter running { }
			counter measured { }
			chain passing {
				type filter hook forward priority 0
				iifname != "wan" accept
				ip daddr { ${RUNNING/ /, } } counter name running accept
				counter name measured
			}
		}
	END
}

# path_packets N running|measured: how many went to far.
path_packets() {
	at "path$1" nft -j list counter ip lab "$2" | jq '.nftables[].counter.packets? // empty'
}

# path_announce N: real BGP; zebra is not needed there.
path_announce() {
	local ns=path$1
	install -d -o frr -g frr -m 755 "/run/frr/$ns"
	cat >"/run/frr/$ns/bgpd.conf" <<-END
		router bgp 64600
		 bgp router-id $LINK.$1
		 no bgp ebgp-requires-policy
		 no bgp network import-check
		 neighbor $LINK.195 remote-as 64580
		 neighbor $LINK.195 ebgp-multihop 2
		 neighbor $LINK.195 timers connect 1
		 address-family ipv4 unicast
		  network ${SHARED/ /$'\n'  network }
		  neighbor $LINK.195 route-map announce out
		 exit-address-family
		exit
		route-map announce permit 10
		exit
	END
	at "$ns" /usr/lib/frr/bgpd -d -N "$ns" -Z -f "/run/frr/$ns/bgpd.conf" --log "file:/run/frr-$ns.log"
}

# path_weigh N SHARE: announces a link bandwidth, of which FRR makes the nexthop's weight.
path_weigh() {
	at "path$1" vtysh -N "path$1" -c "configure terminal" -c "route-map announce permit 10" \
		-c "set extcommunity bandwidth $2" -c end -c "clear bgp * soft out"
}

path_withdraw() {
	local pid
	pid=$(cat "/run/frr/path$1/bgpd.pid")
	kill "$pid"
	wait_for 10 "path$1's bgpd is gone" process_is_gone "$pid"
	rm -r "/run/frr/path$1"
}

process_is_gone() {
	! kill -0 "$1" 2>/dev/null
}

router_configure() {
	local line arguments=(-c "configure terminal")
	for line; do
		arguments+=(-c "$line")
	done
	vtysh "${arguments[@]}"
}

router_add_neighbour() {
	router_configure "router bgp 64580" \
		"neighbor $1 remote-as 64600" "neighbor $1 ebgp-multihop 2" "neighbor $1 timers connect 1" \
		"address-family ipv4 unicast" \
		"neighbor $1 route-map rmap-bogon-asns in" "neighbor $1 route-map rmap-azure-asns out"
}

multipath_build() {
	local n prefix
	# A connected route: the weights of nexthops that are resolved by any other are lost in FRR 8.4.
	ip addr add $LINK.195/24 dev bond0
	ip netns add far
	ip -n far link set lo up
	for prefix in $SHARED; do
		ip -n far route add local "$prefix" dev lo
	done
	for n in 1 2; do
		path_add $n
		router_add_neighbour $LINK.$n
	done
	ip -n far route add default via 10.79.32.1
	# shellcheck disable=SC2086
	serve_in far $RUNNING $MEASURED
}

shared_routes_are_gone() {
	local prefix
	for prefix in $SHARED; do
		! ip route show "$prefix" | grep . || return
	done
}

multipath_remove() {
	local n
	set +e
	for n in 1 2; do
		router_configure "router bgp 64580" "no neighbor $LINK.$n"
		[ ! -e /run/frr/path$n/bgpd.pid ] || path_withdraw $n
	done
	wait_for 10 "FRR has removed the routes" shared_routes_are_gone
	serve_end far
	for n in 1 2; do
		ip -n path$n link del wan
		ip -n path$n link del far
		ip netns del path$n
	done
	ip netns del far
	ip addr del $LINK.195/24 dev bond0
}

# shared_hops_are LIST: the gateways, with their weights where there are several.
shared_hops_are() {
	local prefix
	for prefix in $SHARED; do
		[ "$(shared_hops "$prefix")" = "$1" ] || return
	done
}

shared_hops() {
	ip -j route show "$1" | jq -r '.[0] | [(.nexthops // [.])[] |
		"\(.gateway)\(if .weight then "*\(.weight)" else "" end)"] | sort | join(" ")'
}

# Sets WENT1 and WENT2: what each path has forwarded of the measured flows since paths_begin.
paths_begin() {
	BEGAN1=$(path_packets 1 measured) BEGAN2=$(path_packets 2 measured)
}

paths_since() {
	WENT1=$(($(path_packets 1 measured) - BEGAN1)) WENT2=$(($(path_packets 2 measured) - BEGAN2))
	echo "since paths_begin: path1 $WENT1, path2 $WENT2"
}

# One echo to each of 64 destinations; under the default hash policy each is a flow of its own. (The
# static program starts ten times as fast as Debian's ping. Eight at a time: each of them is handed
# the answers of all, and its buffer is small.)
ping_many() {
	local each="busybox ping -q -c 1 -W 5 $2.\$i & [ \$((i % 8)) != 0 ] || wait"
	at "$1" busybox sh -c "for i in \$(seq 11 74); do $each; done; wait" >"$TAP_DIR/pings"
	equal "$(grep -c ' 1 packets received' "$TAP_DIR/pings")" 64 "pings that were answered"
}

# both_are_used FROM PREFIX LEAST1: every path has its part of 64 flows, path1 at least so much.
both_are_used() {
	paths_begin
	stats_begin
	ping_many "$1" "$2"
	expect_fast 120
	paths_since
	note "$2: $WENT1 + $WENT2"
	equal $((WENT1 + WENT2)) 64 "flows on both paths"
	[ "$WENT1" -ge "$3" ] || fail "path1 had $WENT1 flows of 64, less than $3"
	[ "$WENT2" -ge 1 ] || fail "path2 had no flow of 64"
}

# Sets USED to the path that a flow from az1 takes; it takes no other.
one_flow_one_path() {
	paths_begin
	stats_begin
	at az1 netpeer upload udp ${MEASURED% *} 100000
	expect_fast 80
	paths_since
	USED=$((WENT1 ? 1 : 2))
	[ "$WENT1" = 0 ] || [ "$WENT2" = 0 ] || fail "one flow took both paths: $WENT1 and $WENT2 packets"
}

path_carries() {
	[ "$(path_packets "$1" running)" -ge "$2" ]
}

# left_path_is_quiet N: whatever took that path takes the other one now.
left_path_is_quiet() {
	local other=$((3 - $1)) address before
	paths_begin
	stats_begin
	for address in $MEASURED; do
		at az1 netpeer upload udp "$address" 100000
	done
	expect_fast 160
	paths_since
	before=$(path_packets "$1" running)
	wait_for 10 "the running flows take path$other" path_carries $other $(($(path_packets $other running) + 20))
	equal $(($1 == 1 ? WENT1 : WENT2)) 0 "packets on the path that was withdrawn"
	equal "$(path_packets "$1" running)" "$before" "packets of running flows on that path"
}

wait_for_hops() {
	wait_for 30 "the route has the nexthops $1" shared_hops_are "$1" || {
		ip route show proto bgp
		vtysh -c "show ip route bgp"
		fail "not the nexthops that were expected"
	}
}

case_multipath() {
	trap multipath_remove EXIT
	multipath_build
	path_announce 1
	wait_for_hops $LINK.1
	# As netfilter would: the address of the nexthop's network.
	equal "$(curl_from az1 ${MEASURED% *})" $LINK.195
	equal "$(curl_from az1 ${MEASURED#* })" $AZ1
	flow_begin translated az1 tcp ${RUNNING% *}
	flow_begin exempt az1 udp ${RUNNING#* }
	path_announce 2
	wait_for_hops "$LINK.1*1 $LINK.2*1"
	# By chance alone 16 of 64 or fewer are had once in 20,000 times.
	both_are_used az1 192.0.2 16
	path_weigh 1 300
	path_weigh 2 100
	wait_for_hops "$LINK.1*75 $LINK.2*25"
	both_are_used az2 172.20.0 33
	one_flow_one_path
	path_withdraw $USED
	wait_for_hops $LINK.$((3 - USED))
	left_path_is_quiet $USED
	flow_end translated
	flow_end exempt
}

# ---- another VLAN, which comes and goes ----

# tags_add NS DEVICE PROTOCOL ID...: VLAN devices one above the other, outermost tag first.
tags_add() {
	local ns=$1 device=$2
	shift 2
	while [ $# -gt 0 ]; do
		ip -n "$ns" link add "$device.$2" link "$device" type vlan protocol "$1" id "$2"
		ip -n "$ns" link set "$device.$2" up
		device=$device.$2
		shift 2
	done
	echo "$device"
}

# Sets VLAN to the router's new device, FAR to the other end's.
vlan_add() {
	ip netns add inner
	FAR=$(tags_add provider up0 "$@")
	ip -n provider link set "$FAR" netns inner
	ip -n inner addr add $INNER/30 dev "$FAR"
	ip -n inner link set lo up
	ip -n inner link set "$FAR" up
	ip -n inner route add default via 192.168.20.1
	VLAN=$(tags_add router bond0 "$@")
	ip addr add 192.168.20.1/30 dev "$VLAN"
	ip -n provider route add 192.168.20.0/30 via 10.79.30.129
	serve_in inner $INNER
}

# vlan_remove ID: with the outermost device those above it go, too.
vlan_remove() {
	set +e
	serve_end inner
	ip link del "bond0.$1" 2>/dev/null
	ip -n provider route del 192.168.20.0/30 via 10.79.30.129
	# A namespace's devices linger for a while after it; the next case wants the tags.
	ip -n inner link del "$FAR"
	ip -n provider link del "up0.$1" 2>/dev/null
	ip netns del inner
}

# What erxdp has in the kernel, whatever the traffic: that changes the memory of its maps, and the
# references to a qdisc while the daemon looks at it.
erxdp_snapshot() {
	bpftool prog list
	bpftool -j map list | jq -c '.[] | [.id, .type, .name]'
	bpftool link list
	find /sys/fs/bpf
	erxdp status -j | jq '{ports, xdp, tc, offloads}'
	tc qdisc show | sed -n 's/ refcnt.*//; s/ *$//; /clsact/p'
	for map in ifaces tx_ports; do
		bpftool map dump pinned /sys/fs/bpf/erxdp/$map
	done
}

erxdp_serves() {
	erxdp status -j | jq -e --arg device "$1" '.good and any(.tc[]; .device == $device)'
}

erxdp_is_as_before() {
	erxdp_snapshot >"$TAP_DIR/erxdp-after"
	cmp "$TAP_DIR/erxdp-before" "$TAP_DIR/erxdp-after"
}

vlan_is_noticed() {
	[ "$MODE" = kernel ] || wait_for 20 "erxdp serves $VLAN" erxdp_serves "$VLAN"
}

vlan_is_forgotten() {
	[ "$MODE" != kernel ] || return 0
	wait_for 20 "erxdp has nothing of $VLAN left" erxdp_is_as_before || {
		diff -u "$TAP_DIR/erxdp-before" "$TAP_DIR/erxdp-after"
		fail "something is left"
	}
	fails grep -F "$VLAN" <(erxdp route show)
}

# Private addresses keep their source in both directions; towards the internet it is translated.
vlan_carries_connections() {
	# The first packet resolves the neighbour, which is the kernel's work.
	reaches az1 $INNER
	stats_begin
	equal "$(curl_from az1 $INNER)" $AZ1
	equal "$(curl_from inner $AZ2)" $INNER
	equal "$(curl_from inner $INET1)" $PUBLIC
	equal "$(curl_from inner 10.99.0.10)" $INNER
	ping_from inner $INET2
	ping_from az2 $INNER
	expect_only_fast 40
}

# Segments of the full size, through the VLAN and out of it.
vlan_carries_bulk() {
	stats_begin
	at inner netpeer upload tcp $INET1 500000
	at inner netpeer download tcp $INET1 500000
	at az1 netpeer upload tcp $INNER 500000
	at az1 netpeer download udp $INNER 200000
}

bulk_is_fast() {
	expect_fast_percent 90
}

# XDP cannot send a frame with two tags that is longer than one with one tag may be: that is left to
# the kernel, who can.
full_size_is_slow() {
	case $MODE in
	kernel | tc) bulk_is_fast ;;
	*)
		expect_slow 600 pass-too-big
		note "too-big=${STATS[pass-too-big]} fast=${STATS[fast]}"
		# The data that does not go there; how many acknowledgements there are, the receivers decide.
		expect_fast 480
		;;
	esac
}

# case_vlan EXPECTATION PROTOCOL ID...: the tags, outermost first, and what bulk traffic must have done.
case_vlan() {
	local expectation=$1
	shift
	# shellcheck disable=SC2064
	trap "vlan_remove $2" EXIT
	[ "$MODE" = kernel ] || erxdp_snapshot >"$TAP_DIR/erxdp-before"
	vlan_add "$@"
	vlan_is_noticed
	flow_begin running inner udp $INET1
	vlan_carries_connections
	vlan_carries_bulk
	"$expectation"
	flow_end running
	ip link del "bond0.$2"
	vlan_is_forgotten
	reaches az1 $INET1
}

run_paths() {
	tap_case "two nexthops by BGP: equal, three to one, one alone" case_multipath
	tap_case "a VLAN comes and goes" case_vlan bulk_is_fast 802.1Q 2000
	tap_case "an 802.1ad VLAN comes and goes" case_vlan bulk_is_fast 802.1ad 300
	tap_case "a VLAN in an 802.1ad VLAN comes and goes" case_vlan full_size_is_slow 802.1ad 300 802.1Q 7
}
