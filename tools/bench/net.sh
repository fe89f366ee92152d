# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The benchmark's network: for each contender a router in a namespace of its own, all of them there at
# the same time, so that measuring one after the other in turn costs no set-up.
#
#     namespace gen            router                          namespace sink
#     g-NAME ---------------- in0  10.79.0.1/16
#                             up0  203.0.113.2/24 ------------- s-NAME  "203.0.113.1"
#
# Or the inside is a VLAN, and in0.VID has the address.
#
# Nothing but XDP lives in gen and in sink, and neighbours are static. A veth has two queues, for two
# CPUs. Redirects into a veth need XDP or GRO on its far end.

# The routers' holders: a file with a process id for each.
HOLDERS=/run/bench

ROUTER_MAC=02:00:00:00:00:01 GATEWAY_MAC=02:00:00:00:00:02
UPLINK_INDEX=10

make_ends() {
	mkdir -p /run/netns $HOLDERS
	make_namespace gen
	make_namespace sink
}

# IPv6 would solicit routers now and then, from whatever CPU its timer runs on; the receiver's queue is
# then that CPU's until it has the time, and overflows.
make_namespace() {
	ip netns add "$1"
	ip netns exec "$1" sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
}

# A router's processes, routes and translations live in a network namespace, and its /run and bpf file
# system in a mount namespace, that a sleeping process holds.
make_router() { # NAME [VID]
	make_namespace "r-$1"
	ip netns exec "r-$1" unshare --mount sh -c '
		mount -t tmpfs tmpfs /run && mount -t bpf bpf /sys/fs/bpf && touch /run/ready && exec sleep infinity' &
	echo $! >"$HOLDERS/$1"
	until in_router "$1" test -e /run/ready 2>/dev/null; do sleep 0.02; done
	make_cables "$1"
	make_inside "$1" "${2:-}"
	make_uplink "$1"
	in_router "$1" sysctl -q net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	in_router "$1" ip route add default via 203.0.113.1
}

in_router() { # NAME COMMAND...
	nsenter -t "$(cat "$HOLDERS/$1")" --net --mount "${@:2}"
}

make_cables() { # NAME
	local name=$1
	ip -n "r-$name" link add in0 address $ROUTER_MAC numtxqueues 2 numrxqueues 2 type veth \
		peer name "g-$name" netns gen numtxqueues 2 numrxqueues 2
	ip -n "r-$name" link add up0 index $UPLINK_INDEX address $ROUTER_MAC numtxqueues 2 numrxqueues 2 type veth \
		peer name "s-$name" netns sink address $GATEWAY_MAC numtxqueues 2 numrxqueues 2
	ip -n gen link set "g-$name" up
	ip -n sink link set "s-$name" up
	in_router "$name" ip link set in0 up
	in_router "$name" ip link set up0 up
	in_router "$name" ethtool -K in0 gro on tx off >/dev/null
	in_router "$name" ethtool -K up0 gro on tx off >/dev/null
}

# Tags are in the frames, as the XDP programs at both ends want them.
make_inside() { # NAME [VID]
	local device=in0
	if [ "$2" ]; then
		device=in0.$2
		in_router "$1" ethtool -K in0 txvlan off rxvlan off >/dev/null
		in_router "$1" ip link add "$device" link in0 type vlan id "$2"
		in_router "$1" ip link set "$device" up
	fi
	in_router "$1" ip addr add 10.79.0.1/16 dev "$device"
	all_hosts "$device" | in_router "$1" ip -batch -
}

make_uplink() { # NAME
	in_router "$1" ip addr add 203.0.113.2/24 dev up0
	in_router "$1" ip neigh replace 203.0.113.1 lladdr $GATEWAY_MAC nud permanent dev up0
}

# The inside hosts, as frame.h has them.
all_hosts() { # DEVICE
	local i
	for i in $(seq 2 251); do
		echo "neigh replace 10.79.0.$i lladdr $GATEWAY_MAC nud permanent dev $1"
	done
}

# No router at all: what the generator and the sink cost by themselves.
make_direct() { # NAME
	ip -n gen link add "g-$1" numtxqueues 2 numrxqueues 2 type veth \
		peer name "s-$1" netns sink address $GATEWAY_MAC numtxqueues 2 numrxqueues 2
	ip -n gen link set "g-$1" up
	ip -n sink link set "s-$1" up
}
