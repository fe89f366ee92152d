# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the cases that run inside the lab's machine share: its addresses, running in its hosts,
# asking FRR, and flows that go on while something else happens.

# shellcheck source=tools/lab.d/guest/wait.sh
. /lab/wait.sh

PUBLIC=147.75.94.195
INET1=34.117.118.44
INET2=198.51.100.20
INET3=203.0.113.30 # behind the link with an MTU of 1400
PRIVATE="10.99.0.10 172.16.5.10 192.168.50.10"
AZ1=10.0.0.4
AZ2=10.1.0.4

# at HOST COMMAND...: "router" is the root namespace.
at() {
	ip netns exec "$@"
}

# curl_from HOST URL: the body; what it asks answers with the address of the asker.
curl_from() {
	at "$1" curl -sS --connect-timeout 5 --max-time 10 "$2"
}

reaches() {
	curl_from "$1" "$2" >/dev/null
}

# ping_from HOST ADDRESS [OPTION...]: every one of three must be answered.
ping_from() {
	at "$1" ping -n -q -c 3 -i 0.2 -W 2 "${@:3}" "$2" | grep '3 received'
}

bgp_json() {
	vtysh -c "show bgp $1 json"
}

bgp_is_established() {
	bgp_json summary | jq -e '.ipv4Unicast.peers["192.168.0.2"].state == "Established"'
}

msee_configure() {
	local line arguments=(-c "configure terminal")
	for line; do
		arguments+=(-c "$line")
	done
	at msee vtysh -N msee "${arguments[@]}"
}

route_is_there() {
	ip route show "$1" | grep -q .
}

route_is_gone() {
	! route_is_there "$1"
}

bgp_routes_are_back() {
	bgp_is_established && route_is_there 10.0.0.0/16 && route_is_there 10.1.0.0/16
}

bond_ports() {
	at "$1" awk '/Number of ports/ { print $NF }' "/proc/net/bonding/$2"
}

# Both ends agree on so many links in the aggregate.
bonds_have_ports() {
	[ "$(bond_ports router bond0)" = "$1" ] && [ "$(bond_ports provider up0)" = "$1" ]
}

# A flow that goes on until flow_end: flow_begin NAME HOST tcp|udp ADDRESS [OPTION...]
flow_begin() {
	local name=$1 host=$2
	rm -f "$TAP_DIR/$name".*
	at "$host" netpeer talk "${@:3}" --until "$TAP_DIR/$name.stop" >"$TAP_DIR/$name.out" 2>&1 &
	echo $! >"$TAP_DIR/$name.pid"
	wait_for 10 "flow $name is answered" test -s "$TAP_DIR/$name.out"
}

# The address and port that the server saw.
flow_seen() {
	head -n 1 "$TAP_DIR/$1.out"
}

# The flow must have worked to its end.
flow_end() {
	touch "$TAP_DIR/$1.stop"
	wait "$(cat "$TAP_DIR/$1.pid")" || fail "flow $1 broke: $(cat "$TAP_DIR/$1.out")"
	rm "$TAP_DIR/$1.pid"
}

# Ends the flows that a failed case has left.
tap_after() {
	local pid
	for pid in "$TAP_DIR"/*.pid; do
		[ -e "$pid" ] || continue
		touch "${pid%.pid}.stop"
		rm "$pid"
	done
}
