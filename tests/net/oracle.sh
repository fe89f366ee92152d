#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The oracle: the same random packets through two routers that are alike but for one thing, that one
# forwards and masquerades by the kernel and the other has erxdp attached; all that comes out is
# compared, byte by byte (tests/oracle). In each mode, because each is a data path of its own.
#
#	ORACLE_PACKETS	in all, over the modes [102000]
#	ORACLE_SEED	[SEED, or drawn afresh: a red run says how to replay it]
#	ORACLE_MODES	[ERXDP_TEST_MODES, or native tc generic]
#	ORACLE_TIMEOUT	seconds after which idle sessions end, in both routers [4]; a sequence that
#			takes longer than this less 2 s is cut short, so a slow machine wants more
#	ORACLE		the driver [build/tests/oracle/oracle]
#	ORACLE_LOG	a file that takes what it says [none]
#	ORACLE_ARGS	more arguments for it
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
sandbox_enter "$0" "$@"

ORACLE=$(realpath "${ORACLE:-build/tests/oracle/oracle}")
read -ra MODES <<<"${ORACLE_MODES:-$TEST_MODES}"
PACKETS=$((${ORACLE_PACKETS:-102000} / ${#MODES[@]}))
SEED=${ORACLE_SEED:-${SEED:-$(date +%s)}}
TIMEOUT=${ORACLE_TIMEOUT:-4}
read -ra ARGS <<<"${ORACLE_ARGS:-}"

in_netns() { ip netns exec "$@"; }

# A router's link, with its far end: link NAMESPACE-OF-THE-ROUTER NAME FAR-NAME ROUTER-MAC FAR-MAC. XDP
# redirects into a veth need GRO on its peer; checksums must be whole.
make_link() {
	ip link add "$2" netns "$1" address "$4" type veth peer name "$3" netns far address "$5"
	in_netns "$1" ethtool -K "$2" tx off >/dev/null
	in_netns far ethtool -K "$3" tx off gro on >/dev/null
	ip -n far link set "$3" up
	ip -n "$1" link set "$2" up
}

# Both answer as often as they are asked, believe whatever source, and forget soon.
configure_router() {
	local timeout conf
	sysctl -q net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0
	for conf in all in0 up0; do
		sysctl -q net.ipv4.conf.$conf.rp_filter=0 net.ipv4.conf.$conf.send_redirects=0
	done
	# What waits for lost fragments must not fill the memory for the others, in one router first.
	sysctl -q net.ipv4.ipfrag_high_thresh=268435456 net.ipv4.ipfrag_time=2
	# By default conntrack leaves untranslated what has a wrong transport checksum, which would keep
	# the most tender part, a wrong checksum that stays as wrong, from being compared.
	sysctl -q net.netfilter.nf_conntrack_checksum=0
	for timeout in udp_timeout udp_timeout_stream icmp_timeout generic_timeout tcp_timeout_syn_sent \
		tcp_timeout_syn_recv tcp_timeout_fin_wait tcp_timeout_close_wait tcp_timeout_last_ack \
		tcp_timeout_time_wait tcp_timeout_close gre_timeout gre_timeout_stream; do
		sysctl -q net.netfilter.nf_conntrack_$timeout="$TIMEOUT" 2>/dev/null
	done
}

# The seed's router: exempt ranges, the rest masqueraded.
make_rules() {
	nft 'table ip nat { chain postrouting {
		type nat hook postrouting priority srcnat
		ip daddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } return
		oifname "up0" masquerade
	}; }'
}

make_routes() {
	ip addr add 192.0.2.2/24 dev up0
	ip addr add 10.79.30.129/31 dev up0
	ip addr add 192.168.0.1/30 dev in0
	ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:12 dev up0 nud permanent
	ip neigh add 10.79.30.128 lladdr 02:00:00:00:00:12 dev up0 nud permanent
	ip neigh add 192.168.0.2 lladdr 02:00:00:00:00:11 dev in0 nud permanent
	ip route add default via 192.0.2.1
	ip route add 10.0.0.0/8 via 10.79.30.128
	ip route add 10.0.0.0/16 via 192.168.0.2
	ip route add 10.1.0.0/16 via 192.168.0.2
	ip route add 198.51.100.64/26 via 192.0.2.1 mtu lock 1400
	ip route add blackhole 192.168.100.0/24
	ip route add unreachable 203.0.113.192/27
	ip route add prohibit 203.0.113.224/27
}

make_router() {
	ip link set lo up
	make_rules
	configure_router
	make_routes
}

make_namespaces() {
	local r
	mkdir -p /run/netns
	touch /run/netns/erxdp
	mount --bind /proc/self/ns/net /run/netns/erxdp
	ip netns add far
	ip netns add kernel
	for r in far kernel erxdp; do
		in_netns $r sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
	for r in kernel erxdp; do
		make_link $r in0 ${r:0:1}i 02:00:00:00:00:01 02:00:00:00:00:11
		make_link $r up0 ${r:0:1}u 02:00:00:00:00:02 02:00:00:00:00:12
	done
}

make_config() {
	cat >$CONFIG <<-END
		[interfaces]
		uplink = up0
		inside = in0
		[timeouts]
		udp = $TIMEOUT
		tcp-established = 2h
		tcp-transitory = $TIMEOUT
		icmp = $TIMEOUT
		other = $TIMEOUT
	END
}

oracle() {
	"$ORACLE" --reset "$ERXDP nat flush >/dev/null" --idle $((TIMEOUT + 2)) \
		--limit $((TIMEOUT - 2)) "${ARGS[@]}" "$@"
}

case_attach() { # MODE
	"$ERXDP" attach -c $CONFIG --mode "$1"
}

case_random() { # MODE
	oracle --packets "$PACKETS" --seed "$SEED" --idle-every 20 >"$TAP_DIR/random" ||
		{ cat "$TAP_DIR/random"; fail "replay: ORACLE_SEED=$SEED ORACLE_MODES=$1 $0"; }
	[ -z "${ORACLE_LOG:-}" ] || cat "$TAP_DIR/random" >>"$ORACLE_LOG"
	note "$(sed -n 's/^# \([0-9]* packets in .*packets.s\);.*/\1/p' "$TAP_DIR/random"), seed $SEED"
}

# What is known and not meant is not passed over in silence.
case_fault() { # LINE
	skip "known fault: ${1#\# FAULT }"
}

faults() {
	local line
	while read -r line; do
		tap_case "no known fault was met" case_fault "$line"
	done < <(grep '^# FAULT .*: [1-9][0-9]* times' "$TAP_DIR/random")
}

# A comparison that cannot fail is worth nothing: one byte is changed in what erxdp sent.
case_sabotage() {
	fails oracle --packets 2000 --seed "$SEED" --sabotage --shrink 20 >"$TAP_DIR/out"
	grep -q '^# shrunk to [1-3] steps' "$TAP_DIR/out" || { cat "$TAP_DIR/out"; fail "not shrunk"; }
}

case_replay() {
	local file
	for file in tests/oracle/cases/*.case; do
		oracle --replay "$file" || fail "$file"
	done
	note "$(ls tests/oracle/cases/*.case | wc -l) sequences"
}

run_mode() {
	TAP_NAME="oracle $1"
	tap_case "attach" case_attach "$1"
	tap_case "random packets leave both routers alike" case_random "$1"
	faults
	tap_case "cases that once differed" case_replay
	tap_case "a changed byte is found, and its sequence shrunk" case_sabotage
	tap_case "detach" "$ERXDP" detach
}

tap_begin "oracle"
make_namespaces
make_router
# The same script again, in the other namespace.
export -f make_router make_rules configure_router make_routes
export TIMEOUT
in_netns kernel bash -c make_router
make_config
for mode in "${MODES[@]}"; do
	run_mode "$mode"
done
tap_end
