#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The mirror answers every address as the kernel does, whatever is done to routes, nexthops, links,
# addresses and rules. Hundreds of operations, drawn from a seed, go to the kernel in batches; after
# each the maps are compared with RTM_GETROUTE for many addresses, and the model with a fresh dump.
#
#     tests/net/mirror.sh             the usual seeds
#     SEEDS="7 8" BATCHES=50 tests/net/mirror.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh

[ "$(id -u)" = 0 ] || {
	echo "1..0 # SKIP needs root"
	exit 0
}
[ "${INSIDE:-}" ] || INSIDE=1 exec unshare --mount --net "$0" "$@"

PROBE=${PROBE:-build/tests/net/mirror_probe}
SEEDS=${SEEDS:-1 2 3}
BATCHES=${BATCHES:-12}
WORK=$(mktemp -d)
FAR=

cleanup() {
	[ -z "$FAR" ] || kill "$FAR" 2>/dev/null
	rm -rf "$WORK"
}
trap cleanup EXIT

# A router with an uplink and three inside links, each of them a cable with both ends here.
make_links() {
	local link
	for link in up0 in0 in1 in2; do
		ip link add $link type veth peer name $link-far
		ip link set $link up
		ip link set $link-far up
	done
	ip link set lo up
	ip addr add 192.0.2.1/24 dev up0
	ip addr add 10.79.0.1/24 dev in0
	ip addr add 10.79.1.1/24 dev in1
	ip addr add 10.79.2.1/24 dev in2
	ip route add default via 192.0.2.254
}

remove_links() {
	local link
	for link in up0 in0 in1 in2; do
		ip link del $link 2>/dev/null || true
	done
	ip route flush table all 2>/dev/null || true
	ip nexthop flush >/dev/null 2>&1 || true
	ip rule del pref 100 2>/dev/null || true
}

start_probe() {
	coproc PROBE_IO { exec "$PROBE" up0 in0 in1 in2 2>"$WORK/probe.log"; }
	PROBE_PID=$PROBE_IO_PID
	# Copies, because bash closes the coprocess' own in subshells.
	exec {TO}>&"${PROBE_IO[1]}" {FROM}<&"${PROBE_IO[0]}"
	exec {PROBE_IO[1]}>&-
}

stop_probe() {
	exec {TO}>&-
	wait "$PROBE_PID" || fail "the probe failed: $(cat "$WORK/probe.log")"
}

# ask COMMAND [ARGUMENT]: prints the answer.
ask() {
	local line
	echo "$*" >&"$TO" || fail "the probe is gone: $(cat "$WORK/probe.log")"
	while read -r line <&"$FROM"; do
		[ "$line" != end ] || return 0
		echo "$line"
	done
	fail "the probe is gone: $(cat "$WORK/probe.log")"
}

expect() { # PATTERN COMMAND...
	local pattern=$1 answer
	shift
	answer=$(ask "$@")
	grep -qE "$pattern" <<<"$answer" || fail "$*: expected $pattern, got: $answer"
}

# expect_within MILLISECONDS PATTERN COMMAND...: serves what comes until the answer fits.
expect_within() {
	local end=$(($(date +%s%3N) + $1)) pattern=$2 answer
	shift 2
	while :; do
		answer=$(ask "$@")
		! grep -qE "$pattern" <<<"$answer" || return 0
		[ "$(date +%s%3N)" -lt "$end" ] || fail "$*: expected $pattern, got: $answer"
	done
}

# What every case ends with. It may take a while, since the kernel itself follows a cable up to a
# second later (linkwatch_do_dev()).
compare() {
	local end=$(($(date +%s%3N) + 3000)) answer
	while :; do
		ask quiet
		answer=$(ask same; ask check "$WORK/addresses")
		[ "$(grep -cE 'different 0( |$)' <<<"$answer")" != 2 ] || return 0
		[ "$(date +%s%3N)" -lt "$end" ] || fail "the mirror and the kernel differ: $answer"
	done
}

addresses() {
	local a b
	for a in 0 1 2 3; do
		for b in 0 1 2 3 200; do
			echo 10.$a.$b.0 10.$a.$b.1 10.$a.$b.127 10.$a.$b.128 10.$a.$b.255
		done
	done | tr ' ' '\n'
	printf '%s\n' 10.79.0.1 10.79.0.2 10.79.0.255 10.79.1.1 10.79.1.77 10.79.2.9 10.79.2.0 \
		192.0.2.1 192.0.2.254 192.0.2.255 198.51.100.1 203.0.113.9 127.0.0.1 127.1.2.3 8.8.8.8
}

with_router() {
	remove_links
	make_links
	start_probe
	"$@"
	compare
	stop_probe
}

# --- random operations -----------------------------------------------------------------------------

pick() { # WORDS...
	shift $((RANDOM % $#))
	echo "$1"
}

LINKS=(up0 in0 in1 in2)
NETS=(192.0.2 10.79.0 10.79.1 10.79.2)

draw_prefix() {
	local a=$((RANDOM % 4)) b=$((RANDOM % 4))
	pick 10.$a.0.0/16 10.$a.$b.0/24 10.$a.$b.0/25 10.$a.$b.128/25 10.$a.$b.1/32 10.$a.0.0/22 \
		10.0.0.0/8 0.0.0.0/0
}

draw_hop() { # a gateway and its device
	local n=$((RANDOM % 4))
	pick "via ${NETS[n]}.$((2 + RANDOM % 5)) dev ${LINKS[n]}" \
		"via ${NETS[n]}.$((2 + RANDOM % 5)) dev ${LINKS[n]}" \
		"dev ${LINKS[n]}" "via 172.16.$n.1 dev ${LINKS[n]} onlink"
}

draw_paths() {
	local i
	for ((i = 0; i < 2 + RANDOM % 3; i++)); do
		echo -n "nexthop $(draw_hop) weight $((1 + RANDOM % 5)) "
	done
}

draw_target() {
	case $((RANDOM % 12)) in
	0 | 1 | 2 | 3 | 4) draw_hop ;;
	5 | 6) draw_paths ;;
	7 | 8 | 9) echo "nhid $((1 + RANDOM % 12))" ;;
	10) echo "nhid $((21 + RANDOM % 4))" ;;
	11) echo "$(draw_hop) mtu $((1000 + RANDOM % 500))" ;;
	esac
}

draw_order() {
	pick "" "" "" "metric $((RANDOM % 3 * 10))" "metric 20" "tos 0x10" "table 253" "table 77"
}

draw_route() {
	local verb prefix
	verb=$(pick add add append prepend replace replace change)
	prefix=$(draw_prefix)
	case $((RANDOM % 8)) in
	0) echo "route $verb $(pick blackhole unreachable prohibit throw) $prefix $(draw_order)" ;;
	*) echo "route $verb $prefix $(draw_order) $(draw_target)" ;;
	esac
}

draw_nexthop() {
	local id=$((1 + RANDOM % 12)) group=$((21 + RANDOM % 4))
	case $((RANDOM % 8)) in
	0) echo "nexthop del id $id" ;;
	1) echo "nexthop del id $group" ;;
	2) echo "nexthop replace id $id blackhole" ;;
	3 | 4) echo "nexthop replace id $group group $((1 + RANDOM % 6)),$((1 + RANDOM % 9))/$((7 + RANDOM % 6))" ;;
	*) echo "nexthop replace id $id $(draw_hop)" ;;
	esac
}

draw_address() {
	local n=$((RANDOM % 4)) address
	address=$(pick "${NETS[n]}.1/24" "${NETS[n]}.9/24" "10.80.$n.1/30" "10.80.$n.2/30" "10.81.$n.1/32")
	echo "addr $(pick add add del) $address dev ${LINKS[n]}"
}

draw_operation() {
	local link
	link=$(pick in0 in1 in2)
	case $((RANDOM % 40)) in
	0) echo "link set $link down" ;;
	1 | 2) echo "link set $link up" ;;
	3) echo "link set $link-far down" ;;
	4 | 5) echo "link set $link-far up" ;;
	6 | 7) draw_address ;;
	8 | 9 | 10 | 11 | 12 | 13) draw_nexthop ;;
	14 | 15 | 16 | 17 | 18 | 19) echo "route del $(draw_prefix)" ;;
	20) echo "neigh replace ${NETS[1]}.3 lladdr 02:00:00:00:00:0$((RANDOM % 9)) dev in0" ;;
	21) echo "link set $link mtu $((1400 + RANDOM % 100))" ;;
	*) draw_route ;;
	esac
}

# Most of the drawn operations are legal; those that are not are part of it.
run_batch() {
	local i
	for ((i = 0; i < 25; i++)); do
		draw_operation
	done >"$WORK/batch"
	[ -z "${LOSSY:-}" ] || kill -STOP "$PROBE_PID"
	ip -force -batch "$WORK/batch" >/dev/null 2>&1 || true
	[ -z "${LOSSY:-}" ] || kill -CONT "$PROBE_PID"
}

random_operations() { # SEED
	local i
	RANDOM=$1
	# Only now: the kernel does not share its paths out anew when this changes.
	sysctl -qw "net.ipv4.conf.$(pick all in0 in1).ignore_routes_with_linkdown=$((RANDOM % 2))"
	for ((i = 1; i <= BATCHES; i++)); do
		run_batch
		# In a subshell, since a failure leaves it.
		(compare) 2>"$WORK/why" || {
			echo "seed $1, batch $i:"
			cat "$WORK/why" "$WORK/batch"
			ip route show table all
			ip nexthop
			ip addr
			ask status
			return 1
		}
	done
	note "operations=$((BATCHES * 25)) $(ask status | grep -o 'overruns [0-9]*' | tr ' ' =)"
	[ -z "${LOSSY:-}" ] || expect "overruns [1-9]" status
	# A restart finds old contents and ends with the same.
	ask stop
	run_batch
	ask start
}

# The same with notifications lost all the time.
random_losses() { # SEED
	ask buffer 2304
	LOSSY=1
	random_operations "$1"
}

case_random() { # FUNCTION SEED
	with_router "$@"
	sysctl -qw net.ipv4.conf.all.ignore_routes_with_linkdown=0
}

# --- single behaviours -----------------------------------------------------------------------------

types_and_order() {
	ip route add blackhole 10.0.0.0/16
	ip route add unreachable 10.1.0.0/16
	ip route add prohibit 10.2.0.0/16
	ip route add 10.3.0.0/16 via 10.79.0.2 metric 10
	ip route add throw 10.3.0.0/24
	ip route add 10.3.0.0/16 via 10.79.1.2 metric 5
	ip route append 10.3.0.0/16 via 10.79.2.2 metric 5
	ip route prepend 10.3.0.0/16 via 10.79.0.3 metric 5
	compare
	expect "via 10.79.0.3" get 10.3.1.1
	expect "kernel" get 10.3.0.1
	ip route replace 10.3.0.0/16 via 10.79.0.4 metric 5
	ask quiet
	expect "via 10.79.0.4" get 10.3.1.1
	ip route del 10.3.0.0/16 via 10.79.0.4 metric 5
	ask quiet
	expect "via 10.79.1.2" get 10.3.1.1
	expect "blackhole" get 10.0.0.1
	expect "unreachable" get 10.1.0.1
	expect "unreachable" get 10.2.0.1
}

# Carrier loss removes nexthop objects and the routes that use them without a word about either.
silent_flushes() {
	ip nexthop add id 1 via 10.79.0.2 dev in0
	ip nexthop add id 2 via 10.79.1.2 dev in1
	ip nexthop add id 3 group 1/2
	ip route add 10.0.0.0/16 nhid 1
	ip route add 10.1.0.0/16 nhid 3
	ip route add 10.2.0.0/16 via 10.79.0.7
	compare
	ip link set in0-far down
	compare
	ip link set in0-far up
	compare
	ip nexthop add id 1 via 10.79.0.2 dev in0
	ip route add 10.0.0.0/16 nhid 1
	ip link set in0 down
	compare
	ip link set in0 up
	ip route add 10.3.0.0/16 via 10.79.2.5
	ip addr del 10.79.2.1/24 dev in2
}

many_routes() { # GATEWAY-PHRASE
	local a b
	for ((a = 100; a < 140; a++)); do
		for ((b = 0; b < 250; b++)); do
			echo "route add 10.$a.$b.0/24 $1"
		done
	done
}

# One notification, ten thousand routes.
nexthop_of_many() {
	ip nexthop add id 1 via 10.79.0.2 dev in0
	many_routes "nhid 1" >"$WORK/many"
	ip -batch "$WORK/many"
	compare
	expect "via 10.79.0.2" get 10.120.7.1
	ip nexthop replace id 1 via 10.79.1.3 dev in1
	expect_within 1000 "via 10.79.1.3" get 10.120.7.1
	compare
	ip nexthop del id 1
	expect_within 1000 "via 192.0.2.254" get 10.120.7.1
	compare
	# Counted one by one, and kept as a number.
	expect " prefixes $(ask count | tr -dc 0-9) " status
}

# Lost notifications: the kernel path meanwhile, then everything anew.
overrun() {
	many_routes "via 10.79.0.2" >"$WORK/many"
	ask buffer 4096
	kill -STOP "$PROBE_PID"
	ip -batch "$WORK/many"
	kill -CONT "$PROBE_PID"
	ip route del 10.100.0.0/24
	ask quiet
	expect_within 5000 "^trusted 1 flag 1 " status
	expect "overruns [1-9]" status
	expect "resyncs [1-9]" status
	compare
	note "$(ask status | grep -o 'overruns [0-9]*' | tr ' ' =)"
}

policy_rule() {
	expect "^trusted 1 flag 1 " status
	ip rule add pref 100 from 198.51.100.0/24 lookup 77
	ask quiet
	expect "^trusted 0 flag 0 .*policy routing rule 100: from 198.51.100.0/24 lookup 77" status
	ip rule del pref 100
	ask quiet
	expect "^trusted 1 flag 1 " status
}

# The programs go on while a new daemon reads the tables in: no lookup may see a gap.
restart() {
	local n
	# Resolved, or members would leave their group as the kernel fails to resolve them.
	for n in 0 1 2; do
		ip neigh add 10.79.$n.2 lladdr 02:00:00:00:00:01 dev in$n
	done
	ip nexthop add id 1 via 10.79.0.2 dev in0
	ip nexthop add id 2 via 10.79.1.2 dev in1
	ip nexthop add id 3 group 1/2
	ip route add 10.0.0.0/16 nhid 1
	ip route add 10.1.0.0/16 nhid 3
	ip route add 10.2.0.0/16 via 10.79.2.7
	ip route add 10.3.0.0/16 via 10.79.2.8
	ip route add blackhole 10.3.3.0/24
	ask quiet
	printf '%s\n' 10.0.1.1 10.1.1.1 10.2.1.1 10.3.3.1 8.8.8.8 192.0.2.1 >"$WORK/watched"
	ask watch "$WORK/watched"
	ask stop
	ip route del 10.3.0.0/16
	ip route add 10.200.0.0/16 via 10.79.2.9
	ip nexthop add id 9 via 10.79.2.9 dev in2
	ask start
	expect "wrong 0$" unwatch
	compare
	expect "via 192.0.2.254" get 10.3.1.1
	ask stop
	ask start
}

# From the kernel's table to the programs' in under 50 ms, the start of `ip` and of this script's
# question included. The median, since the host may be busy with other tests.
latency() {
	local i begin median
	ask quiet
	for i in 1 2 3 4 5 6 7 8 9 10; do
		begin=$(date +%s%3N)
		ip route replace 10.0.0.0/16 via 10.79.0.$((i + 10))
		expect_within 1000 "via 10.79.0.$((i + 10))$" get 10.0.0.1
		echo $(($(date +%s%3N) - begin))
	done >"$WORK/latencies"
	median=$(sort -n "$WORK/latencies" | sed -n 5p)
	note "median=${median}ms"
	[ "$median" -lt 50 ] || fail "$median ms"
}

# Traffic in XDP resolves nothing and refreshes nothing: the mirror asks the kernel to.
far_end() {
	unshare --net sleep 1000 &
	FAR=$!
	until [ "$(readlink /proc/$FAR/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
	ip link set in0-far netns $FAR
	nsenter -t $FAR -n ip link set in0-far up address 02:00:00:00:00:01
	nsenter -t $FAR -n ip addr add 10.79.0.2/24 dev in0-far
}

# expect_ticking SECONDS PATTERN COMMAND...: as expect_within, with the daemon's tick.
expect_ticking() {
	local end=$((SECONDS + $1)) pattern=$2 answer
	shift 2
	while :; do
		ask tick
		ask quiet
		answer=$(ask "$@")
		! grep -qE "$pattern" <<<"$answer" || return 0
		[ "$SECONDS" -lt "$end" ] || fail "$*: expected $pattern, got: $answer"
		read -rt 0.5 <> <(:) || true
	done
}

resolution() {
	far_end
	sysctl -qw net.ipv4.neigh.in0.base_reachable_time_ms=1000 \
		net.ipv4.neigh.in0.delay_first_probe_time=1
	ask quiet
	ip route add 10.0.0.0/16 via 10.79.0.2
	expect_within 2000 "^slot [0-9]+ resolved transmit .*dmac 02:00:00:00:00:01" nexthop 10.0.0.1
	# Another MAC, of which nobody tells: found by probing the stale entry.
	nsenter -t $FAR -n sysctl -qw net.ipv4.conf.in0-far.arp_notify=0
	nsenter -t $FAR -n ip link set in0-far address 02:00:00:00:00:02
	expect_ticking 15 "dmac 02:00:00:00:00:02" nexthop 10.0.0.1
	kill $FAR
	FAR=
}

PROBE=$(realpath "$PROBE") || exit 1
addresses >"$WORK/addresses"
tap_begin mirror
tap_case "blackhole, unreachable, prohibit, throw; metrics, append, prepend, replace" \
	with_router types_and_order
tap_case "what the kernel flushes in silence is noticed" with_router silent_flushes
tap_case "a nexthop object replaced and deleted under 10,000 routes" with_router nexthop_of_many
tap_case "lost notifications: resynchronised, and trusted again" with_router overrun
tap_case "a policy routing rule suspends the fast path, its end resumes it" with_router policy_rule
tap_case "a restart on old contents answers right throughout" with_router restart
tap_case "a changed route reaches the maps within 50 ms" with_router latency
tap_case "gateways are resolved, and followed to a new MAC, without traffic" with_router resolution
for seed in $SEEDS; do
	tap_case "random operations, seed $seed" case_random random_operations "$seed"
done
tap_case "random operations while notifications are lost" case_random random_losses 77
tap_end
