#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Attaching to a host that translates already, and detaching from it, breaks no connection: all keep the
# address and port that their peers know, also where that is another port than their own. Two clients with the
# same source ports talk to one server, so that half of all connections have such a port; these would not
# survive by luck. They carry bytes that are compared, numbered datagrams, or nothing for a while; and
# others begin all the time.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

PEER=$(realpath tests/net/hitless.py)
# With ERXDP_TEST_SCALE there are fewer connections and one mode, and the programs are verified once.
SCALE=${ERXDP_TEST_SCALE:-1}
[ "$SCALE" = 1 ] || TEST_MODES=${TEST_MODES%% *}
# Of each client; a third of them idle, a third half-closed.
NFLOWS=$((SCALE > 1 ? 9 : 45))
INTERVAL=$((SCALE > 1 ? 250 : 50))e-3
FLOWS=$((2 * NFLOWS))

make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	ip -n net addr add 192.0.2.9/24 dev eth0
	# A host that erxdp does not serve, as a container is.
	far_end container dk0
	ip addr add 172.18.0.1/24 dev dk0
	ip -n container addr add 172.18.0.2/24 dev eth0
	ip -n container route add default via 172.18.0.1
	nft "table ip user {
		chain post { type nat hook postrouting priority 100; oif up0 masquerade; }
		chain pre {
			type nat hook prerouting priority -100
			iif up0 tcp dport 8080 dnat to 10.79.0.2:6000
			iif up0 udp dport 8080 dnat to 10.79.0.2:6000
		}
	}"
	printf '[forward]\n%s uplink:8080 = 10.79.0.2:6000\n%s uplink:8080 = 10.79.0.2:6000\n' tcp udp >>$CONFIG
	# On kernels before 6.6 (without tcx) each qdisc that comes or goes stops the device for a moment.
	tc qdisc add dev up0 clsact
	tc qdisc add dev in0 clsact
	# Else packets that conntrack should not have missed would be let pass.
	sysctl -q net.netfilter.nf_conntrack_tcp_be_liberal=0
}

begin_talk() {
	TALK=$TAP_DIR/talk
	rm -rf "$TALK"
	mkdir "$TALK"
	ip netns exec net "$PEER" serve "$TALK" $SERVER >"$TALK/server" 2>&1 &
	SERVER_PID=$!
	wait_until 10 eval '[ "$(at net ss -Hltn "sport = :5000")" ]'
	ip netns exec inside "$PEER" talk "$TALK" $SERVER $NFLOWS $INTERVAL 10.79.0.2 10.79.0.3 >"$TALK/out" 2>&1 &
	TALK_PID=$!
	ip netns exec inside "$PEER" echo 10.79.0.2 6000 >"$TALK/echo" 2>&1 &
	ECHO_PID=$!
	wait_until 10 eval '[ "$(at inside ss -Hltn "sport = :6000")" ]'
	ip netns exec net "$PEER" echo $SERVER 6001 >"$TALK/echo" 2>&1 &
	ECHO_PID="$ECHO_PID $!"
	wait_until 10 eval '[ "$(at net ss -Hltn "sport = :6001")" ]'
	OTHERS=()
	other call-container ip netns exec container "$PEER" call "$TALK" tcp 172.18.0.2 $SERVER 6001
	for kind in tcp udp; do
		other call-$kind ip netns exec net "$PEER" call "$TALK" $kind 192.0.2.9 $OUTSIDE 8080
	done
	# The same identifier, as above the same ports.
	for host in 2 3; do
		other ping-$host ip netns exec inside ping -q -i 0.2 -W 1 -e 77 -I 10.79.0.$host $SERVER
	done
}

other() { # NAME COMMAND...: in the background
	"${@:2}" >"$TALK/$1" 2>&1 &
	OTHERS+=("$1 $!")
}

# What was called from outside, or by the container, goes on, and so do the pings.
others_go_on() {
	local other
	for other in "${OTHERS[@]}"; do
		kill -0 "${other#* }" || fail "$other: $(cat "$TALK/${other% *}")"
	done
}

# Sets POKED, LOST_OUT, LOST_IN, BROKEN, SHORT, MOVED, MOVED_UDP.
look() {
	read -r POKED LOST_OUT LOST_IN BROKEN SHORT MOVED MOVED_UDP <"$TALK/seen"
}
# All idle connections have carried a block more.
poked() { look && [ "$POKED" -ge "$1" ]; }
more_short() { look && [ "$SHORT" -gt "$1" ]; }

# Everybody talks on, idle ones too; what was lost since the last time.
talks_on() {
	local out_before in_before again_before links_before pokes
	read -r out_before in_before again_before links_before <"$TALK/lost"
	pokes=$(($(cat "$TALK/poke" 2>/dev/null || echo 0) + 1))
	echo $pokes >"$TALK/poke.new"
	mv "$TALK/poke.new" "$TALK/poke"
	wait_until 10 poked $pokes || fail "only $POKED of $pokes times have the idle ones answered; $(broken)"
	look
	wait_until 10 more_short $((SHORT + 4)) || fail "short connections do not end; $(broken)"
	look
	equal "$BROKEN" 0 "connections that broke"
	[ ! -e "$TALK/broken" ] || fail "$(broken)"
	others_go_on
	note "datagrams lost: $((LOST_OUT - out_before)) out, $((LOST_IN - in_before)) in; segments sent again: $(($(sent_again) - again_before));" \
		"packets that the links dropped: $(($(links_dropped) - links_before))"
	echo "$LOST_OUT $LOST_IN $(sent_again) $(links_dropped)" >"$TALK/lost"
}
sent_again() {
	cat <(at inside nstat -asz TcpRetransSegs) <(at net nstat -asz TcpRetransSegs) |
		awk '/Retrans/ { n += $2 } END { print n + 0 }'
}
# A driver's own losses, as of veth when it changes between its ways of receiving.
links_dropped() {
	{
		ip -j -s link show
		ip -j -s -n net link show
		ip -j -s -n inside link show
	} | jq -s '[.[][].stats64 | .rx.dropped, .tx.dropped, .tx.carrier_errors] | add'
}
broken() { cat "$TALK/broken" "$TALK/out" 2>/dev/null; }

# Connections of the inside hosts that the kernel has.
in_conntrack() { conntrack -L -n 2>/dev/null | grep -c 'src=10\.79\.0\.' || true; }

case_kernel_alone() {
	wait_until 20 test -e "$TALK/ready" || fail "$(broken)"
	echo "0 0 $(sent_again) $(links_dropped)" >"$TALK/lost"
	talks_on
	[ "$MOVED" -ge $NFLOWS ] || fail "only $MOVED connections have another port"
	[ "$MOVED_UDP" -ge 1 ] || fail "no stream of UDP has another port"
}

# The number before WORD in the line about connections.
said() { sed -nE "s/^connections:.* ([0-9]+) $1.*/\1/p" "$TALK/said"; }

case_attach() { # MODE
	local fast
	erxdp attach -c $CONFIG --mode "$1" | tee "$TALK/said"
	[ "$(said 'taken over')" -ge $((FLOWS + 6)) ] || fail "fewer taken over than $((FLOWS + 6))"
	grep -q ' 1 not: 1 of hosts behind other interfaces' "$TALK/said"
	fast=$(fast)
	talks_on
	[ $(($(fast) - fast)) -ge $FLOWS ] || fail "only $(($(fast) - fast)) packets were fast"
	equal "$(erxdp stats --once -j | jq .packets.dropped)" 0 "packets that erxdp dropped"
	# The container's port is nobody else's, and nothing is left that could grow stale.
	equal "$(erxdp nat show -j | jq '[.sessions[] | select(.own and .remote.port == 6001)] | length')" 1
	equal "$(in_conntrack)" 0 "connections that the kernel has too"
	[ "$(erxdp nat show -j | jq '[.sessions[] | select(.inside.port != .outside.port)] | length')" -ge $((NFLOWS + 1)) ]
}

case_kill_and_attach() { # MODE
	kill_daemon
	talks_on
	erxdp attach -c $CONFIG --mode "$1" | tee "$TALK/said"
	grep -q '^took over' "$TALK/said"
	talks_on
}

# What is left of an attach that was killed when connections changed hands: enum control_flags.
hands() {
	local flags
	flags=$(($(bpftool -j map lookup pinned $PINS/control key 0 0 0 0 | jq -r '.value[5]') & 6))
	case $flags in
	2) echo aside ;;
	4) echo changeover ;;
	*) echo "no change of hands" ;;
	esac
}

# A moment after the programs are attached, which the state says. In whatever was done by then everybody
# talks on, and goes on from there.
case_killed_while_attaching() { # MODE detach|attach
	local row=xdp attaching
	[ "$1" != tc ] || row=tc
	"$ERXDP" attach -c $CONFIG --mode "$1" &
	attaching=$!
	wait_until 60 grep -qs "\"$row\":\[{" $STATE
	kill_daemon
	fails wait $attaching
	note "killed in: $(hands)"
	talks_on
	if [ "$2" = attach ]; then
		erxdp attach -c $CONFIG --mode "$1"
		equal "$(hands)" "no change of hands"
		talks_on
	fi
	erxdp detach
	talks_on
}

programs() { jq -c '[.xdp[].program, (.tc[] | .ingress, .egress)]' $STATE; }

# To a daemon that finds programs of another build attached, its own are new.
case_upgrade() { # MODE
	local before
	before=$(programs)
	kill_daemon
	jq '.objects = "0123456789abcdef"' $STATE >"$TALK/state"
	cp "$TALK/state" $STATE
	erxdp attach -c $CONFIG --mode "$1" | tee "$TALK/said"
	grep -q '^took over' "$TALK/said"
	[ "$(jq -cn "$before - $(programs)")" = "$before" ] || fail "$before became $(programs)"
	talks_on
}

case_detach() {
	erxdp detach | tee "$TALK/said"
	[ "$(said 'handed over')" -ge $((FLOWS + 6)) ] || fail "fewer handed over than $((FLOWS + 6))"
	equal "$(said not)" "" "connections that were not"
	[ ! -e $PINS/control ]
	talks_on
	[ "$(in_conntrack)" -ge $((FLOWS + 6)) ] || fail "the kernel has $(in_conntrack)"
}

case_end() {
	touch "$TALK/stop"
	wait_until 20 process_gone $TALK_PID || fail "they do not end"
	cat "$TALK/out"
	[ ! -e "$TALK/broken" ] || fail "$(broken)"
	look
	equal "$BROKEN" 0 "connections that broke"
	note "$SHORT short connections, $(tail -n 1 "$TALK/out"), lost: $LOST_OUT out, $LOST_IN in"
	grep -q '^[0-9]* bytes' "$TALK/out"
	# In an emulated machine the datagrams may find no time in which they are read.
	[ "$SCALE" -gt 1 ] || equal "$LOST_OUT $LOST_IN" "0 0" "datagrams lost, out and in"
}

case_others() {
	local file
	for file in "$TALK"/ping-*; do
		awk '/received/ { print "ping: " $1 - $4 " lost;"; exit $4 < $1 - 2 }' "$file" >>"$TALK/pings" || fail "$(cat "$file")"
	done
	note "$(paste -sd' ' "$TALK/pings")"
	note "$(cat "$TALK"/call-* | paste -sd' ')"
	equal "$(grep -c answers "$TALK"/call-* | cut -d: -f2 | xargs)" "1 1 1"
}

end_others() {
	local other
	for other in "${OTHERS[@]}"; do
		case $other in
		ping*) kill -INT "${other#* }" ;;
		esac
		wait "${other#* }"
	done
}

end_talk() {
	kill $SERVER_PID $TALK_PID $ECHO_PID 2>/dev/null
	wait $SERVER_PID $TALK_PID $ECHO_PID 2>/dev/null
}

run_mode() {
	TAP_NAME="hitless $1"
	conntrack -F 2>/dev/null
	begin_talk
	tap_case "the kernel translates, half of all to other ports" case_kernel_alone
	if [ "$SCALE" = 1 ]; then
		tap_case "the daemon is killed while it attaches, and erxdp detached" case_killed_while_attaching "$1" detach
		tap_case "the same, and attached again" case_killed_while_attaching "$1" attach
	fi
	tap_case "attach: nothing breaks, all is taken over" case_attach "$1"
	tap_case "the daemon is killed, the next one takes over" case_kill_and_attach "$1"
	if [ "$SCALE" = 1 ]; then
		tap_case "another build's programs replace those that are attached" case_upgrade "$1"
		tap_case "detach: nothing breaks, all is handed over" case_detach
		tap_case "attach again" case_attach "$1"
	fi
	tap_case "detach: nothing breaks, all is handed over" case_detach
	tap_case "every byte was right" case_end
	end_others
	tap_case "so were pings, what a forwarding let in, and what stayed the kernel's" case_others
	end_talk
}

tap_begin "hitless"
make_network
for mode in $TEST_MODES; do
	run_mode $mode
done
tap_end
