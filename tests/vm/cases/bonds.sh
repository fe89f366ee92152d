# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Which slave of bond0 a flow leaves by: tagged ones towards az1 spread over both like untagged ones,
# each stays on one, and none is sent by a slave that is down or that LACP has taken out. What left by
# which slave is seen at the far ends of the cables, eth0's is sw0 and eth1's is sw1.

FLOWS=64
INSIDE_MANY=10.0.7.1 # the first of many addresses of az1

# One set for each slave and kind of frame, of the flows that came: towards az1 (tagged), and towards
# the servers (untagged), where they keep their port. Others have other ports.
bonds_watch() {
	local n
	for n in 0 1; do
		at provider nft -f - <<-END
			table netdev slave$n {
				set tagged { type ipv4_addr . inet_service; flags dynamic; size 1024; }
				set untagged { type ipv4_addr . inet_service; flags dynamic; size 1024; }
				chain seen {
					type filter hook ingress device "sw$n" priority 0
					vlan id 1000 udp dport 30000-30999 add @tagged { ip daddr . udp dport }
					udp sport 30000-30999 add @untagged { ip saddr . udp sport }
				}
			}
		END
	done
}

bonds_forget() {
	local n
	for n in 0 1; do
		at provider nft delete table netdev slave$n
	done
}

# Begins anew.
bonds_begin() {
	local n
	for n in 0 1; do
		at provider nft flush set netdev slave$n tagged
		at provider nft flush set netdev slave$n untagged
	done
}

# flows_seen N KIND: the flows, one a line.
flows_seen() {
	at provider nft -j list set netdev "slave$1" "$2" |
		jq -r '.nftables[].set.elem? // empty | .[].concat | join(":")' | sort
}

# Sets SEEN0, SEEN1 and SEEN_BOTH: how many flows of the kind left by each slave, and by both.
flows_count() {
	flows_seen 0 "$1" >"$TAP_DIR/seen0"
	flows_seen 1 "$1" >"$TAP_DIR/seen1"
	SEEN0=$(wc -l <"$TAP_DIR/seen0") SEEN1=$(wc -l <"$TAP_DIR/seen1")
	SEEN_BOTH=$(comm -12 "$TAP_DIR/seen0" "$TAP_DIR/seen1" | wc -l)
	echo "$1: $SEEN0 flows by eth0, $SEEN1 by eth1, $SEEN_BOTH by both"
}

# Each flow by one slave, and each slave has at least a quarter of them.
both_slaves_are_used() {
	local kind
	for kind in untagged tagged; do
		flows_count $kind
		equal "$SEEN_BOTH" 0 "$kind flows that left by both slaves"
		equal $((SEEN0 + SEEN1)) $FLOWS "$kind flows"
		if [ "$SEEN0" -lt $((FLOWS / 4)) ] || [ "$SEEN1" -lt $((FLOWS / 4)) ]; then
			fail "$kind: $SEEN0 of $FLOWS flows by eth0, $SEEN1 by eth1"
		fi
	done
}

# only_slave N: all flows left by that one.
only_slave() {
	local kind other=$((1 - $1))
	for kind in tagged untagged; do
		flows_count $kind
		equal "$(wc -l <"$TAP_DIR/seen$1")" $FLOWS "$kind flows by eth$1"
		equal "$(wc -l <"$TAP_DIR/seen$other")" 0 "$kind flows by eth$other"
	done
}

# stream_many HOST [OPTION...]: every datagram is echoed.
stream_many() {
	equal "$(at az1 netpeer stream "$1" $FLOWS --repeat 2 "${@:2}")" "sent=$((2 * FLOWS)) lost=0"
}

by_ports() {
	stream_many $INET1 --from-port 30000
}

# Not translated, or there would be one address.
by_addresses() {
	stream_many 10.99.0.10 --from-address $INSIDE_MANY --from-port 30000
}

# slave_packets eth0|eth1: sent by it, whoever looks.
slave_packets() {
	cat "/sys/class/net/$1/statistics/tx_packets"
}

fast_path_is() {
	[ "$MODE" = kernel ] || [ "$(erxdp status -j | jq .trusted)" = "$1" ]
}

# With a rule that may decide otherwise than the mirrored table, the kernel forwards everything.
suspend() {
	ip rule add from 203.0.113.99 lookup main priority 100
	wait_for 10 "the kernel forwards" fast_path_is false
}

resume() {
	ip rule del from 203.0.113.99 lookup main priority 100 || return 0
	wait_for 10 "erxdp forwards" fast_path_is true
}

spread_end() {
	resume
	ip link set bond0 type bond xmit_hash_policy layer3+4
	ip -n az1 route del local 10.0.7.0/24 dev lo
	bonds_forget
}

# case_spread POLICY TRAFFIC: each flow keeps its slave where the kernel forwards a part of it.
case_spread() {
	local eth0 eth1
	trap spread_end EXIT
	bonds_watch
	ip -n az1 route add local 10.0.7.0/24 dev lo
	ip link set bond0 type bond xmit_hash_policy "$1"
	# The first packet of a destination resolves its neighbour.
	"$2"
	bonds_begin
	eth0=$(slave_packets eth0) eth1=$(slave_packets eth1)
	stats_begin
	"$2"
	expect_fast $((4 * FLOWS))
	eth0=$(($(slave_packets eth0) - eth0)) eth1=$(($(slave_packets eth1) - eth1))
	note "packets=$eth0+$eth1"
	# A quarter of what all flows have sent, both ways.
	if [ "$eth0" -lt $FLOWS ] || [ "$eth1" -lt $FLOWS ]; then
		fail "eth0 sent $eth0 packets, eth1 $eth1"
	fi
	suspend
	stats_begin
	"$2"
	expect_slow $((4 * FLOWS)) pass-suspended
	both_slaves_are_used
	note "tagged=$SEEN0+$SEEN1"
}

slaves_back() {
	ip link set eth0 up
	ip link set eth1 up
	ip -n provider link set sw0 up
	ip -n provider link set sw1 up
	wait_for 30 "both slaves are back" bonds_have_ports 2
	# Some time after it has joined a slave distributes, at both ends.
	wait_for 30 "nothing is lost" nothing_is_lost
}

nothing_is_lost() {
	(by_ports)
}

traffic_by_both() {
	bonds_begin
	(by_ports && both_slaves_are_used)
}

only_slave_carries() {
	bonds_begin
	(by_ports && only_slave "$1")
}

# fail_link N: both ends of the cable, since a cable of the lab's has no carrier to lose.
fail_link() {
	ip -n provider link set "sw$1" down
	ip link set "eth$1" down
}

# Noted is what 16 flows have lost meanwhile, of their numbered datagrams.
case_slave_down() {
	local running
	trap 'touch "$TAP_DIR/stop"; slaves_back; bonds_forget' EXIT
	bonds_watch
	by_ports
	rm -f "$TAP_DIR/stop"
	at az1 netpeer stream $INET2 16 --from-port 32000 --until "$TAP_DIR/stop" >"$TAP_DIR/stream" &
	running=$!
	fail_link "$1"
	wait_for 20 "everything leaves by the other slave" only_slave_carries $((1 - $1))
	touch "$TAP_DIR/stop"
	wait $running
	note "$(cat "$TAP_DIR/stream")"
	slaves_back
	wait_for 30 "both slaves carry again" traffic_by_both
}

# The far end no longer speaks LACP, and the link stays up.
case_lacp_ends() {
	trap 'slaves_back; bonds_forget' EXIT
	bonds_watch
	by_ports
	ip -n provider link set "sw$1" down
	wait_for 20 "everything leaves by the other slave" only_slave_carries $((1 - $1))
	grep LOWER_UP <(ip link show "eth$1")
	slaves_back
	wait_for 30 "both slaves carry again" traffic_by_both
}

# Nobody tells the programs of a slave that fails: soon the bond chooses again.
case_daemon_hangs() {
	local pid
	pid=$(daemon_pid)
	# shellcheck disable=SC2064
	trap "kill -CONT $pid; slaves_back; bonds_forget" EXIT
	bonds_watch
	by_ports
	kill -STOP "$pid"
	fail_link 1
	wait_for 20 "everything leaves by the other slave" only_slave_carries 0
}

run_bonds() {
	local n
	tap_case "flows spread by addresses and ports over both slaves" case_spread layer3+4 by_ports
	tap_case "flows spread by addresses over both slaves" case_spread layer2+3 by_addresses
	# In TC and in generic mode the kernel chooses the slave.
	[[ $MODE = @(kernel|native) ]] || return 0
	for n in 0 1; do
		tap_case "slave eth$n goes down: nothing is sent by it" case_slave_down $n
		tap_case "LACP ends on eth$n: nothing is sent by it" case_lacp_ends $n
	done
	[ "$MODE" = kernel ] || tap_case "a slave goes down while the daemon hangs" case_daemon_hangs
}
