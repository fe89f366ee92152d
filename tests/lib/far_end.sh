# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Namespaces with a host each, for a test in a sandbox of its own (sandbox.sh), and flows between them.

TALKER=tests/net/talker.py
# Beyond the uplink: a public address, and one of a range that is exempt by default.
SERVER=198.51.100.10 PRIVATE=172.16.9.9
# The router's, on the uplink.
OUTSIDE=192.0.2.2

at() { ip netns exec "$@"; }

# A far end on a veth pair. XDP redirects into a veth need GRO on its peer, and checksums must be whole.
far_end() { # NAMESPACE DEVICE
	mkdir -p /run/netns
	ip netns add "$1"
	ip link add "$2" type veth peer name eth0 netns "$1"
	at "$1" ethtool -K eth0 tx off gro on >/dev/null
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
	ip link set "$2" up
}

# The router with its uplink up0, behind which "net" has SERVER, and with in0 towards the namespace
# "inside", which is the hosts 10.79.0.2 and 10.79.0.3. Configures erxdp so.
uplink_and_inside() {
	far_end net up0
	far_end inside in0
	ip addr add $OUTSIDE/24 dev up0
	ip addr add 10.79.0.1/24 dev in0
	ip -n net addr add 192.0.2.1/24 dev eth0
	ip -n net addr add $SERVER/32 dev lo
	ip -n inside addr add 10.79.0.2/24 dev eth0
	ip -n inside addr add 10.79.0.3/24 dev eth0
	ip -n inside route add default via 10.79.0.1
	ip route add default via 192.0.2.1
	sysctl -q net.ipv4.ip_forward=1
	printf '[interfaces]\nuplink = up0\ninside = in0\n' >"$CONFIG"
}

# "net" has PRIVATE too, and knows the way back to inside hosts that are not translated.
private_behind_uplink() {
	ip -n net addr add $PRIVATE/32 dev lo
	ip -n net route add 10.79.0.0/24 via $OUTSIDE
}

# All that a namespace serves; it listens when this returns.
serve() { # NAMESPACE ADDRESS...
	local address
	for address in "${@:2}"; do
		at "$1" $TALKER serve "$address" &
	done
	wait_until 30 serving "$1" $(($# - 1)) || exit 1
}

serving() { # NAMESPACE NUMBER
	[ "$(at "$1" ss -Hltn 'sport = :5000' | wc -l)" = "$2" ]
}

# One connection of an inside host; prints as whom the server sees it.
ask() { at inside $TALKER ask "$@"; } # tcp|udp SOURCE PORT SERVER

# The same in the background, until end_flow; it has been answered when this returns.
begin_flow() { # NAME ask's arguments
	rm -f "$TAP_DIR/$1" "$TAP_DIR/$1.stop"
	ask "${@:2}" "$TAP_DIR/$1.stop" >"$TAP_DIR/$1" 2>"$TAP_DIR/$1.err" &
	echo $! >"$TAP_DIR/$1.pid"
	wait_until 5 test -s "$TAP_DIR/$1"
}

# As whom it is seen.
flow_seen() { cat "$TAP_DIR/$1"; }

# Fails where the flow had failed or had changed as whom it was seen.
end_flow() {
	touch "$TAP_DIR/$1.stop"
	wait "$(cat "$TAP_DIR/$1.pid")" || fail "$1: $(cat "$TAP_DIR/$1.err")"
}

# It must have ended itself: another address or port, or no answer. (In this shell, whose child it is.)
flow_ended() {
	touch "$TAP_DIR/$1.stop"
	if wait "$(cat "$TAP_DIR/$1.pid")"; then
		fail "$1 went on: $(flow_seen "$1")"
	fi
	grep -q -e 'flow changed' -e Timeout "$TAP_DIR/$1.err"
}
