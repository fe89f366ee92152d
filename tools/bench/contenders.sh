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

# Those in the lab's machine, whose kernel has a flowtable and VLAN devices; the second half has the
# inside on VLAN 1000.
# shellcheck disable=SC2034
GUEST_CONTENDERS=(
	direct:direct:direct
	redirect:redirect:routed
	fib:fib:routed
	erxdp-routed:erxdp-native:routed
	erxdp-snat:erxdp-native:snat
	erxdp-snat-tc:erxdp-tc:snat
	kernel:kernel:routed
	iptables:iptables:snat
	nftables:nftables:snat
	flowtable:flowtable:snat
)
# shellcheck disable=SC2034
GUEST_TAGGED=(
	direct:direct:direct
	erxdp-routed:erxdp-vlan:routed
	erxdp-snat:erxdp-vlan:snat
	erxdp-snat-tc:erxdp-tc-vlan:snat
	kernel:kernel-vlan:routed
	iptables:iptables-vlan:snat
)
VID=1000

# The router of each contender, once; side by side, since most of it is waiting for the kernel.
make_routers() { # CONTENDER...
	local router job jobs=()
	while read -r router; do
		"router_${router//-/_}" </dev/null &
		jobs+=($!)
	done < <(printf '%s\n' "$@" | cut -d: -f2 | sort -u)
	for job in "${jobs[@]}"; do
		wait "$job"
	done
}

router_direct() { make_direct direct; }
router_kernel() { make_router kernel; }
router_kernel_vlan() { make_router kernel-vlan $VID; }

# As in the seed: its last three rules are alternatives, so they exempt no source.
router_iptables() {
	make_router iptables
	seed_rules iptables
}

router_iptables_vlan() {
	make_router iptables-vlan $VID
	seed_rules iptables-vlan
}

seed_rules() { # ROUTER
	local private
	for private in 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16; do
		in_router "$1" iptables -t nat -A POSTROUTING -d $private -j RETURN
	done
	in_router "$1" iptables -t nat -A POSTROUTING ! -s 10.79.0.1/32 -o up0 -j MASQUERADE
	in_router "$1" iptables -t nat -A POSTROUTING ! -s 203.0.113.2/32 -o up0 -j MASQUERADE
	remember_flows "$1"
}

router_nftables() {
	make_router nftables
	masquerade nftables
}

masquerade() { # ROUTER
	in_router "$1" nft '
		table ip nat { chain post { type nat hook postrouting priority srcnat;
			oif up0 ip daddr != { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } masquerade; }; }'
	remember_flows "$1"
}

# The same, and flows that have been answered take the short way.
router_flowtable() {
	make_router flowtable
	masquerade flowtable
	in_router flowtable nft '
		table ip short { flowtable flows { hook ingress priority 0; devices = { in0, up0 }; };
			chain forward { type filter hook forward priority 0; meta l4proto { tcp, udp } flow add @flows; }; }'
	in_router flowtable sysctl -q net.netfilter.nf_flowtable_udp_timeout=3600
}

# Fails unless all flows take it.
check_flowtable() { # FLOWS
	local short
	short=$(in_router flowtable conntrack -L 2>/dev/null | grep -c OFFLOAD)
	[ "$short" = "$1" ] || {
		echo "bench: of $1 flows $short are in the flowtable" >&2
		return 1
	}
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

router_erxdp_native() { router_erxdp erxdp-native native; }
router_erxdp_generic() { router_erxdp erxdp-generic generic; }
router_erxdp_tc() { router_erxdp erxdp-tc tc; }
router_erxdp_vlan() { router_erxdp erxdp-vlan native $VID; }
router_erxdp_tc_vlan() { router_erxdp erxdp-tc-vlan tc $VID; }

# 32.0.0.0/4 is where the suite "routes" puts its routes, which are routed, not translated; the suite
# "stages" has packets for the blackhole.
router_erxdp() { # ROUTER MODE [VID]
	make_router "$1" "${3:-}"
	in_router "$1" sh -c 'cat >/run/bench.conf' <<-EOF
		[interfaces]
		uplink = up0
		inside = in0${3:+.$3}
		[nat]
		max-sessions = ${BENCH_SESSIONS:-1048576}
		exempt-destination = 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 32.0.0.0/4
		[timeouts]
		udp = 1h
	EOF
	in_router "$1" ip route add blackhole 192.0.2.0/24
	in_router "$1" "$ERXDP" attach -c /run/bench.conf --mode "$2"
}

# What forgets all flows of a router.
forget_flows() { # ROUTER
	case $1 in
	erxdp-*) in_router "$1" "$ERXDP" nat flush ;;
	iptables | nftables | flowtable) in_router "$1" conntrack -F ;;
	esac
}
