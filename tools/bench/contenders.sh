# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The contenders. Each function makes one router; the table says what is measured on it.

BENCH_OBJ=$(realpath "${BUILD:-build}/bench")
ERXDP=$(realpath "${BUILD:-build}/erxdp")

# NAME:ROUTER:KIND. Kinds: direct (no router), routed (to 172.16.0.0/12, which nobody translates), snat
# (to 198.18.0.0/15, which those that can translate do).
# shellcheck disable=SC2034
CONTENDERS=(
	direct:direct:direct
	redirect:redirect:routed
	fib:fib:routed
	erxdp-routed:erxdp-native:routed
	erxdp-snat:erxdp-native:snat
	erxdp-snat-generic:erxdp-generic:snat
	erxdp-snat-tc:erxdp-tc:snat
	kernel:kernel:routed
	iptables:iptables:snat
	nftables:nftables:snat
	redirect-tc:redirect-tc:routed
)

router_direct() { make_direct direct; }
router_kernel() { make_router kernel; }

# As in the seed: its last three rules are alternatives, so they exempt no source.
router_iptables() {
	local private
	make_router iptables
	for private in 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16; do
		in_router iptables iptables -t nat -A POSTROUTING -d $private -j RETURN
	done
	in_router iptables iptables -t nat -A POSTROUTING ! -s 10.79.0.1/32 -o up0 -j MASQUERADE
	in_router iptables iptables -t nat -A POSTROUTING ! -s 203.0.113.2/32 -o up0 -j MASQUERADE
	remember_flows iptables
}

router_nftables() {
	make_router nftables
	in_router nftables nft '
		table ip nat { chain post { type nat hook postrouting priority srcnat;
			oif up0 ip daddr != { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } masquerade; }; }'
	remember_flows nftables
}

# No flow may expire between two turns of its contender; erxdp's configuration says the same.
remember_flows() {
	in_router "$1" sysctl -q net.netfilter.nf_conntrack_udp_timeout=3600 net.netfilter.nf_conntrack_udp_timeout_stream=3600
}

router_redirect() {
	make_router redirect
	xdp_program redirect bench_redirect
}

router_fib() {
	make_router fib
	xdp_program fib bench_fib
}

router_redirect_tc() {
	make_router redirect-tc
	in_router redirect-tc tc qdisc add dev in0 clsact
	in_router redirect-tc tc filter add dev in0 ingress bpf direct-action object-pinned "$(pinned redirect-tc bench_redirect_tc)"
}

# Loads the contenders' programs into the router's bpf file system, and names the pin of one.
pinned() { # ROUTER PROGRAM
	in_router "$1" bpftool prog loadall "$BENCH_OBJ/redirect.bpf.o" /sys/fs/bpf/bench
	echo "/sys/fs/bpf/bench/$2"
}

xdp_program() { # ROUTER PROGRAM
	in_router "$1" ip link set in0 xdpdrv pinned "$(pinned "$1" "$2")"
}

router_erxdp_native() { router_erxdp native; }
router_erxdp_generic() { router_erxdp generic; }
router_erxdp_tc() { router_erxdp tc; }

# 32.0.0.0/4 is where the suite "routes" puts its routes, which are routed, not translated; the suite
# "stages" has packets for the blackhole.
router_erxdp() { # MODE
	make_router "erxdp-$1"
	in_router "erxdp-$1" sh -c 'cat >/run/bench.conf' <<-'EOF'
		[interfaces]
		uplink = up0
		inside = in0
		[nat]
		max-sessions = 1048576
		exempt-destination = 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 32.0.0.0/4
		[timeouts]
		udp = 1h
	EOF
	in_router "erxdp-$1" ip route add blackhole 192.0.2.0/24
	in_router "erxdp-$1" "$ERXDP" attach -c /run/bench.conf --mode "$1"
}

# What forgets all flows of a router.
forget_flows() { # ROUTER
	case $1 in
	erxdp-*) in_router "$1" "$ERXDP" nat flush ;;
	iptables | nftables) in_router "$1" conntrack -F ;;
	esac
}
