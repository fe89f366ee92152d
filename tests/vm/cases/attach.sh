# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# erxdp comes and goes: what it leaves behind is what was there before, and traffic flows on.

# Everything of the host that attaching might change, in words that stay the same if it does not.
# A subshell: a grep that finds nothing is no failure here.
host_snapshot() (
	set +e
	echo "== programs, maps and links"
	bpftool prog list
	bpftool map list
	bpftool link list
	find /sys/fs/bpf -mindepth 1
	echo "== devices"
	ip -d link show | grep -o 'xdp.*'
	tc qdisc show | grep -v 'qdisc noqueue\|qdisc mq\|qdisc fq_codel\|qdisc pfifo_fast'
	for device in bond0 bond0.1000 eth0 eth1; do
		tc filter show dev $device ingress
		tc filter show dev $device egress
		ethtool -k $device
	done 2>/dev/null
	echo "== firewall, sysctls, neighbours, processes"
	nft list tables
	iptables-save | grep -v '^#\|^:'
	ip rule show
	ip neigh show | grep -o '.*managed'
	sysctl -a --pattern '^net\.' 2>/dev/null | grep -v 'nf_conntrack_count\|stable_secret'
	pgrep -a erxdp
	find /run/erxdp 2>/dev/null
	true
)

case_attach() {
	host_snapshot >"$TAP_DIR/before"
	erxdp attach --mode "$MODE"
	erxdp status -j | jq -e .
	stats_begin
	expect_counted passed 0
}

daemon_pid() {
	erxdp status -j | jq .daemon.pid
}

daemon_is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# The programs are the kernel's, not the daemon's; a new daemon takes them and the sessions over. The
# second flow's port is not its own, so that a lost session would break it.
case_daemon_killed() {
	local pid
	flow_begin kept az1 tcp $INET1 --from-port 43100
	flow_begin moved az2 tcp $INET1 --from-port 43100
	pid=$(daemon_pid)
	kill -KILL "$pid"
	wait_for 5 "the daemon is gone" daemon_is_gone "$pid"
	stats_begin
	equal "$(curl_from az1 $INET2)" $PUBLIC
	at az2 netpeer download udp $INET2 200000
	expect_fast 150
	erxdp attach --mode "$MODE"
	stats_begin
	equal "$(curl_from az1 $INET2)" $PUBLIC
	flow_end kept
	flow_end moved
	expect_only_fast 8
	erxdp status
}

programs_on_bond0() {
	xdp-loader status bond0 | grep -oE 'xdpfilt_[a-z_]+|erxdp_xdp' | sort | xargs
}

# Somebody else's XDP program, which passes everything, was there first; it stays in the dispatcher, and
# outlives erxdp.
case_other_program() {
	# The library of xdp-filter leaves its directory behind, empty.
	trap 'erxdp detach; xdp-filter unload bond0; rmdir /sys/fs/bpf/xdp || true' EXIT
	xdp-filter load -m native -f tcp bond0
	erxdp attach --mode native
	equal "$(programs_on_bond0)" "erxdp_xdp xdpfilt_alw_tcp"
	stats_begin
	equal "$(curl_from az1 $INET1)" $PUBLIC
	at az2 netpeer download udp $INET1 100000
	expect_fast 80
	erxdp detach
	equal "$(programs_on_bond0)" xdpfilt_alw_tcp
	equal "$(curl_from az1 $INET1)" $PUBLIC
}

# The flows were translated by erxdp; the kernel's conntrack takes them over in mid-flow.
case_detach_under_traffic() {
	stats_begin
	flow_begin tcp az1 tcp $INET1 --from-port 43000
	flow_begin udp az2 udp $INET1 --from-port 43001
	flow_begin exempt az1 tcp 10.99.0.10
	# Handshake, question and answer of two; question and answer of one.
	expect_only_fast 12
	erxdp detach
	MODE=kernel
	equal "$(curl_from az1 $INET2)" $PUBLIC
	at az2 netpeer download tcp $INET1 1000000
	flow_end tcp
	flow_end udp
	flow_end exempt
}

host_is_as_before() {
	host_snapshot >"$TAP_DIR/after"
	cmp "$TAP_DIR/before" "$TAP_DIR/after"
}

case_nothing_left() {
	[ -e "$TAP_DIR/before" ] || skip "never attached"
	# The kernel frees a program some moments after its last user has gone.
	wait_for 20 "the host is as before" host_is_as_before || {
		diff -u "$TAP_DIR/before" "$TAP_DIR/after"
		fail "something is left"
	}
}

case_kernel_log() {
	fails grep -E -A 20 'BUG|WARNING|Oops|Call Trace' <(dmesg)
}

# What the router's own rules, links and FRR come to: the defaults, since these were made of it.
case_import() {
	host_snapshot >"$TAP_DIR/before"
	erxdp import >/tmp/imported.conf || fail "import refuses: $(grep -A2 REFUSED /tmp/imported.conf)"
	cat /tmp/imported.conf
	equal "$(grep -v '^#' /tmp/imported.conf | grep .)" "[interfaces]
uplink = bond0
inside = bond0.1000
[nat]
exempt-destination = 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16
exempt-source ="
	tr '\n' ' ' </tmp/imported.conf | sed 's/ # */ /g' |
		grep -q 'BGP neighbour 192.168.0.2, AS 12076, on bond0.1000, an inside interface'
	host_snapshot >"$TAP_DIR/after"
	diff "$TAP_DIR/before" "$TAP_DIR/after"
}

run_attach() {
	if [ "$MODE" = tc ]; then
		tap_case "what import makes of the router's rules and FRR" case_import
	fi
	if [ "$MODE" != kernel ]; then
		frames_watch
		tap_case "erxdp attaches" case_attach
	fi
}

run_detach() {
	if [ "$MODE" != kernel ]; then
		frames_begin "daemon killed"
		tap_case "a killed daemon stops nothing, and its successor takes over" case_daemon_killed
		frames_case "daemon killed"
		tap_case "detaching under traffic: the kernel takes over" case_detach_under_traffic
		tap_case "nothing of erxdp is left" case_nothing_left
	fi
	# After the look at what is left: the bonding driver keeps a reference to every program that is
	# replaced by another (seen in 6.1 and 6.12, not on other devices), here to libxdp's dispatchers.
	if [ "$MODE" = native ]; then
		tap_case "beside another XDP program" case_other_program
	fi
}
