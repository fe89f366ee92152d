#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Attaching is a transaction and detaching leaves no trace: whatever happens, by error, signal or
# crash, the host is either attached or as it was before. A router that is left half-way loses traffic.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
sandbox_enter "$0" "$@"

FOREIGN=build/tests/net/foreign.o

# Programs of somebody else's.
make_foreign() {
	mkdir -p "$(dirname $FOREIGN)"
	clang -O2 -target bpf "-I/usr/include/$(gcc -dumpmachine)" -x c -c - -o $FOREIGN <<-'EOF'
		#include <linux/bpf.h>
		#define SEC(name) __attribute__((section(name), used))
		SEC("xdp") int foreign_xdp(void *ctx) { return XDP_PASS; }
		SEC("tc") int foreign_tc(void *ctx) { return -1; }
		char _license[] SEC("license") = "GPL";
	EOF
}

# The uplink, an inside interface, and one whose driver has no native XDP; and what a user may have
# put there before: a qdisc with a filter, nft rules.
make_host() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ip link add up0 type veth peer name up0-far
	ip link add in0 type veth peer name in0-far
	ip link add link in0-far name slow0 type macvlan
	for device in up0 up0-far in0 in0-far slow0; do
		ip link set $device up
	done
	ip addr add 192.0.2.2/24 dev up0
	ip addr add 10.79.0.1/24 dev in0
	ip route add default via 192.0.2.1
	tc qdisc add dev in0 clsact
	tc filter add dev in0 ingress prio 7 bpf da obj $FOREIGN sec tc
	nft 'table ip user { chain post { type nat hook postrouting priority 100; oif "up0" masquerade; }; }'
	config 'uplink = up0' 'inside = in0'
}

# The kernel tells the other end of a carrier within a second; snapshots must be of a host at rest.
carriers_are_known() { ! ip link show | grep -q -e NO-CARRIER -e LOWERLAYERDOWN; }

# Every case finds the host as new, whatever the one before left.
fresh_host() {
	local device
	"$ERXDP" detach >/dev/null 2>&1 || true
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
	mount -o remount,rw /sys/fs/bpf
	rm -rf /run/erxdp
	[ ! -e $PINS ] || find $PINS -depth -delete
	for device in slow0 up0 in0; do
		ip link del $device 2>/dev/null || true
	done
	nft flush ruleset
	make_host
	wait_until 5 carriers_are_known
	sandbox_snapshot >"$TAP_DIR/before"
}

host_case() { # DESCRIPTION FUNCTION
	tap_case "$1" eval "fresh_host; $2"
}

# config LINE...: of the section [interfaces]
config() {
	printf '[interfaces]\n' >$CONFIG
	printf '%s\n' "$@" >>$CONFIG
}

attach() { erxdp attach -c $CONFIG "$@"; }
xdp_mode() { # DEVICE: xdp, xdpgeneric or nothing
	ip -j link show dev "$1" | jq -r '.[0].xdp.mode // 0 | ["", "xdp", "xdpgeneric"][.]'
}

# Runs a command that fails, exit code 1, and says TEXT (a regular expression).
refuses() { # TEXT COMMAND...
	local text=$1 status=0 said
	shift
	said=$("$@" 2>&1) || status=$?
	echo "$said"
	equal "$status" 1 "exit code"
	grep -qE -- "$text" <<<"$said" || fail "expected to be told: $text"
}

untouched() {
	diff -u "$TAP_DIR/before" <(sandbox_snapshot) || fail "the host is not as it was"
}

case_attach_and_detach() {
	local objects
	attach | tee "$TAP_DIR/said"
	grep -q '^attached: .*up0 by native XDP' "$TAP_DIR/said"
	equal "$(xdp_mode up0) $(xdp_mode in0)" "xdp xdp"
	kill -0 "$(daemon_pid)"
	nft list table ip erxdp | grep -q notrack
	ethtool -k up0 | grep -q 'rx-vlan-offload: off'
	equal "$(stat -c %a /run/erxdp $STATE /run/erxdp/erxdp.sock $PINS | xargs)" "700 600 600 700"
	erxdp status
	objects=$(sandbox_objects)
	erxdp detach
	untouched
	objects_gone "$objects"
}

case_detach_twice() {
	attach
	erxdp detach
	erxdp detach | grep 'nothing to remove'
	untouched
}

# The watchdog of --confirm and an engineer may want it at once: neither ends the other, as he would a
# daemon. The first one stands still in the middle.
case_detach_under_way() {
	local first
	attach
	strace -qqo "$TAP_DIR/calls" -e trace=unlink -e inject=unlink:delay_enter=2000000:when=1 \
		"$ERXDP" detach >"$TAP_DIR/first" 2>&1 &
	first=$!
	wait_until 10 grep -qx 0 /run/erxdp/lock
	refuses 'another detach is under way' erxdp detach
	refuses 'another detach is under way' attach
	wait $first
	grep 'the kernel forwards every packet' "$TAP_DIR/first"
	untouched
}

case_second_attach() {
	local before
	attach
	before=$(sandbox_snapshot)
	refuses "attached already, the daemon is process $(daemon_pid)" attach
	equal "$(sandbox_snapshot)" "$before" "host"
}

case_adopt() {
	local objects
	attach
	objects=$(sandbox_objects)
	bpftool map update pinned $PINS/exempt_src key 64 0 0 0 1 0 0 0 192 0 2 9 value 1 0 0 0
	kill_daemon
	equal "$(xdp_mode up0)" xdp "mode without a daemon"
	attach | grep '^took over'
	equal "$(sandbox_objects)" "$objects" "programs and maps"
	erxdp status
	erxdp detach
	untouched
	objects_gone "$objects"
}

case_adopt_in_another_mode() {
	attach
	kill_daemon
	attach --mode tc
	equal "$(xdp_mode up0)" ""
	ethtool -k up0 | grep -q 'rx-vlan-offload: on'
	kill_daemon
	attach --mode generic
	equal "$(xdp_mode up0)" xdpgeneric
	erxdp detach
	untouched
}

# Programs that somebody took off are put back.
case_adopt_what_is_missing() {
	attach
	kill_daemon
	ip link set dev up0 xdp off
	rm $PINS/links/*-ingress
	attach
	equal "$(xdp_mode up0)" xdp
	equal "$(ls $PINS/links/*gress | wc -l)" 4
	erxdp detach
	untouched
}

case_detach_after_kill() {
	attach
	kill_daemon
	erxdp detach
	untouched
}

# A state file that is gone or damaged: the programs are found by their names.
case_detach_without_state() {
	attach --mode generic
	kill_daemon
	echo '{' >$STATE
	erxdp detach
	ethtool -K up0 rxvlan on rx-vlan-stag-hw-parse on
	ethtool -K in0 rxvlan on rx-vlan-stag-hw-parse on
	untouched
}

case_run_notifies_and_leaves_attached() {
	local run
	python3 - "$TAP_DIR/notified" <<-'EOF' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("/run/notify")
		s.settimeout(20)
		with open(sys.argv[1], "wb") as f:
		    for _ in range(2):
		        f.write(s.recv(4096) + b"\n")
		        f.flush()
	EOF
	wait_until 5 test -S /run/notify
	NOTIFY_SOCKET=/run/notify "$ERXDP" run -c $CONFIG &
	run=$!
	wait_until 20 grep -qs READY=1 "$TAP_DIR/notified"
	equal "$(daemon_pid)" $run
	kill -TERM $run
	wait $run
	wait_until 5 grep -q STOPPING=1 "$TAP_DIR/notified"
	equal "$(xdp_mode up0)" xdp
	rm -f /run/notify
	erxdp detach
	untouched
}

dry_run() { strace -f -e trace=bpf -o "$TAP_DIR/calls" "$ERXDP" attach -c $CONFIG --dry-run "$@"; }

# Nothing of it is loaded: what check looks with is two instructions.
nothing_loaded() {
	fails grep -E 'BPF_(MAP_CREATE|OBJ_PIN|LINK_CREATE|PROG_ATTACH|BTF_LOAD)' "$TAP_DIR/calls"
	fails eval "grep BPF_PROG_LOAD '$TAP_DIR/calls' | grep -v 'insn_cnt=2,'"
}

# What is told is what an attach does then.
case_dry_run() {
	dry_run | tee "$TAP_DIR/said"
	nothing_loaded
	untouched
	grep -qE '^erxdp_xdp +xdp +up0 \(native\), in0 \(native\)$' "$TAP_DIR/said"
	grep -q '^rx-vlan-offload of up0 is turned off' "$TAP_DIR/said"
	grep -q '^connections .* become sessions, and their conntrack entries are deleted$' "$TAP_DIR/said"
	dry_run -j >"$TAP_DIR/told"
	nothing_loaded
	untouched
	attach
	jq -r '.maps[] | "\(.map) \(.entries) \(.key) \(.value)"' "$TAP_DIR/told" | sort >"$TAP_DIR/told.maps"
	for pin in $PINS/*; do
		[ -d "$pin" ] || echo "$(basename "$pin") $(bpftool -j map show pinned "$pin" |
			jq -r '"\(.max_entries) \(.bytes_key) \(.bytes_value)"')"
	done | sort >"$TAP_DIR/made.maps"
	diff -u "$TAP_DIR/told.maps" "$TAP_DIR/made.maps"
	equal "$(jq -c '[.offloads[].device] | unique' "$TAP_DIR/told")" "$(jq -c '[.offloads[].device] | sort' $STATE)"
	for prog in $(jq -r '.xdp[].program, .tc[].ingress, .tc[].egress' $STATE | sort -u); do
		bpftool -j prog show id "$prog" | jq -r .name
	done | sort >"$TAP_DIR/made.programs"
	jq -r '.programs[] | select(.type == "xdp" or .type == "tc").program' "$TAP_DIR/told" | sort |
		diff -u - "$TAP_DIR/made.programs"
	refuses 'attached already, the daemon is process' dry_run
	erxdp detach
	untouched
}

case_dry_run_refuses() {
	local status=0
	config 'uplink = up0' 'inside = slow0'
	refuses 'slow0.*native XDP' dry_run --mode native
	dry_run --mode auto | grep -E '^erxdp_xdp +xdp +up0 \(native\)$'
	fails eval "dry_run --mode tc | grep erxdp_xdp"
	"$ERXDP" attach -j || status=$?
	equal $status 2 "exit code of attach -j"
	untouched
}

case_mode_tc() {
	attach --mode tc
	equal "$(xdp_mode up0)" ""
	erxdp detach
	untouched
}

case_auto_falls_back() {
	config 'uplink = up0' 'inside = slow0'
	attach 2>&1 | tee "$TAP_DIR/said"
	grep -q 'slow0: no native XDP.* TC serves slow0' "$TAP_DIR/said"
	equal "$(jq -r '.ports[] | select(.device == "slow0").mode' $STATE)" tc
	equal "$(xdp_mode up0)" xdp
	erxdp detach
	untouched
}

case_native_refuses() {
	config 'uplink = up0' 'inside = slow0'
	refuses 'slow0: no native XDP.*--mode auto' attach --mode native
	untouched
}

case_foreign_xdp() {
	local before
	ip link set dev in0 xdp obj $FOREIGN sec xdp
	sandbox_snapshot >"$TAP_DIR/before"
	refuses 'in0 has the XDP program foreign_xdp.*xdp off' attach --mode native
	untouched
	attach 2>&1 | grep 'TC serves in0'
	erxdp detach
	untouched
}

# Filters and qdiscs of others stay, also those that came while attached.
case_foreign_tc() {
	attach
	tc qdisc add dev up0 clsact
	tc filter add dev up0 egress prio 3 bpf da obj $FOREIGN sec tc
	erxdp detach
	tc filter show dev up0 egress | grep 'pref 3 bpf'
	tc qdisc del dev up0 clsact
	untouched
}

in0_attached() {
	[ "$(xdp_mode in0)" = xdp ] && ls $PINS/links/"$(cat /sys/class/net/in0/ifindex)"-egress
}

table_is_there() { nft list table ip erxdp >/dev/null 2>&1; }

# `systemctl reload nftables` flushes the ruleset; without the table, conntrack would translate what erxdp
# translates.
case_table_is_put_back() {
	attach
	nft delete table ip erxdp
	wait_until 5 table_is_there
	erxdp detach
	untouched
}

# By its pinned link: Debian 12's bpftool and tc do not know tcx yet.
tc_link() { bpftool -j link show pinned "$PINS/links/$(cat /sys/class/net/up0/ifindex)-egress" | jq -e .id; }
tc_link_is_new() { # ID BEFORE
	local id
	id=$(tc_link) && [ "$id" != "$1" ]
}

# The daemon may be quicker than the next line here, so the link is told from the one that was removed.
case_tc_is_put_back() {
	local before
	attach
	before=$(tc_link)
	rm $PINS/links/*-egress
	wait_until 5 tc_link_is_new "$before"
	erxdp detach
	untouched
}

# A backup default route for an hour must not turn the inside into the uplink.
case_uplink_stays() {
	attach -c /dev/null
	ip route replace default via 10.79.0.9 dev in0 onlink
	kill_daemon
	attach -c /dev/null
	erxdp route show | grep '^192.0.2.0/24 .*translated'
	fails eval "erxdp route show | grep 'in0 .*translated'"
	ip route replace default via 192.0.2.1 dev up0
	erxdp detach
	untouched
}

case_interface_vanishes_and_returns() {
	attach
	ip link del in0
	wait_until 5 eval 'erxdp route show | grep -v in0'
	ip link add in0 type veth peer name in0-far
	ip link set in0-far up
	ip link set in0 up
	wait_until 20 in0_attached
	ethtool -k in0 | grep 'rx-vlan-offload: off'
	equal "$(ls $PINS/links/*gress | wc -l)" 4 "links"
	erxdp status
	erxdp detach
	ethtool -k in0 | grep 'rx-vlan-offload: on'
}

# send_frames N: to in0, of an ethertype that nobody handles.
send_frames() {
	python3 - "$1" <<-'EOF'
		import socket, sys
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("in0-far", 0))
		for _ in range(int(sys.argv[1])):
		    s.send(b"\xff" * 6 + b"\2\0\0\0\0\1" + b"\x88\xb5" + bytes(46))
	EOF
}

# Another device of that name.
renew_in0() {
	ip link del in0
	ip link add in0 type veth peer name in0-far
	ip link set in0-far up
	ip link set in0 up
}

counted_in() { erxdp stats -j | jq -r ".interfaces[\"$1\"].in.packets // \"none\""; }
has_counted() { [ "$(counted_in "$1")" = "$2" ]; }
slot_of() { jq ".slots[] | select(.ifindex == $(cat "/sys/class/net/$1/ifindex")).slot" $STATE; }
# The tables know it, and so does the state.
in0_is_new() { has_counted in0 0 && [ "$(slot_of in0)" ]; }

# Somebody watches all the time.
watch_totals() {
	# The program itself, which is to be ended.
	"$ERXDP" stats -j -i 0.1 >"$TAP_DIR/totals" &
	WATCH=$!
	wait_until 5 test -s "$TAP_DIR/totals"
}
totals_grew() {
	sleep 0.2
	kill $WATCH
	wait $WATCH || true
	erxdp stats -j >>"$TAP_DIR/totals"
	jq -s 'map(.packets.in)' "$TAP_DIR/totals" -c
	jq -se 'all(.packets.in == .packets.fast + .packets.passed + .packets.dropped)' "$TAP_DIR/totals"
	jq -se 'map(.packets.in) | . == sort' "$TAP_DIR/totals"
	jq -se 'map([.verdicts[].packets] | add) | . == sort' "$TAP_DIR/totals"
}

attach_and_count() { # MODE
	config 'uplink = up0' 'inside = in0' "mode = $1"
	attach
	send_frames 100
	wait_until 5 has_counted in0 100
	equal "$(counted_in removed)" none
	watch_totals
}

# One device after the other, the third in the slot of the first.
case_counters_of_the_removed() { # MODE
	local slot
	attach_and_count "$1"
	slot=$(slot_of in0)
	renew_in0
	wait_until 20 in0_is_new
	equal "$(counted_in in0) $(counted_in removed)" "0 100"
	send_frames 10
	wait_until 5 has_counted in0 10
	renew_in0
	wait_until 20 in0_is_new
	equal "$(slot_of in0)" "$slot" "slot"
	equal "$(counted_in in0) $(counted_in removed)" "0 110"
	erxdp stats --once | grep '^removed .* 110 '
	erxdp stats --prometheus | grep '^erxdp_packets_total{interface="removed",hook="xdp",.*} 110$'
	totals_grew
	erxdp detach
}

# The same with no daemon to see it; then one that leaves though the device stays.
case_counters_without_a_daemon() { # MODE
	attach_and_count "$1"
	kill_daemon
	renew_in0
	attach
	equal "$(counted_in in0) $(counted_in removed)" "0 100"
	send_frames 10
	wait_until 5 has_counted in0 10
	kill_daemon
	config 'uplink = up0' "mode = $1"
	attach
	equal "$(counted_in in0) $(counted_in removed)" "none 110"
	totals_grew
	erxdp detach
}

# As left by a daemon that was killed when it had written `ifaces`, and had nothing moved yet.
case_counters_of_nobody() { # MODE
	attach_and_count "$1"
	kill $WATCH
	kill_daemon
	bpftool -j map dump pinned $PINS/ifaces | jq -r '.[].key | join(" ")' | while read -r key; do
		# shellcheck disable=SC2086
		bpftool map delete pinned $PINS/ifaces key $key
	done
	equal "$(counted_in in0)" none
	attach
	equal "$(counted_in in0) $(counted_in removed)" "0 100"
	erxdp detach
	untouched
}

# The rows of an interface mean something else when TC becomes its entry.
case_counters_in_another_mode() {
	attach_and_count native
	kill_daemon
	attach --mode tc
	equal "$(counted_in in0) $(counted_in removed)" "0 100"
	send_frames 10
	wait_until 5 has_counted in0 10
	kill_daemon
	attach --mode native
	equal "$(counted_in in0) $(counted_in removed)" "0 110"
	totals_grew
	erxdp detach
	untouched
}

# Whoever stands still while he reads keeps the daemon for a moment only.
case_counters_locked() {
	local holder
	attach_and_count auto
	flock --shared --no-fork $PINS sleep 60 &
	holder=$!
	renew_in0
	wait_until 20 in0_is_new
	equal "$(counted_in in0) $(counted_in removed)" "0 100"
	kill -0 $holder
	kill $holder
	totals_grew
	erxdp detach
}

# Detach, too, while the interface is away.
case_interface_vanishes() {
	attach
	ip link del in0
	kill -0 "$(daemon_pid)"
	erxdp detach
	equal "$(find $PINS 2>/dev/null)" ""
	fails nft list table ip erxdp
}

case_no_such_interface() {
	config 'uplink = up0' 'inside = nowhere0'
	refuses 'nowhere0' attach
	untouched
}

case_no_default_route() {
	: >$CONFIG
	ip route del default
	sandbox_snapshot >"$TAP_DIR/before"
	refuses 'no default route' attach
	untouched
}

case_bad_config() {
	printf '[nat]\nports = 5-1\n' >$CONFIG
	refuses "^erxdp: $CONFIG:2: ports: expected a range" attach
	refuses "^erxdp: /nonexistent: No such file" erxdp attach -c /nonexistent
	untouched
}

case_wrong_usage() {
	usage erxdp
	usage erxdp fly
	usage erxdp attach --fast
	usage erxdp attach --mode fast
	usage erxdp attach eth0
	usage erxdp run --mode
	usage erxdp detach now
	erxdp --help | grep -q attach
	erxdp attach --help | grep -q -- --mode
	erxdp --version
	untouched
}

case_no_capability() {
	refuses 'CAP_NET_ADMIN is missing' setpriv --bounding-set -net_admin --inh-caps -net_admin \
		"$ERXDP" attach -c $CONFIG
	refuses 'CAP_SYS_ADMIN is missing' setpriv --bounding-set -sys_admin --inh-caps -sys_admin \
		"$ERXDP" attach -c $CONFIG
	untouched
}

case_foreign_pins() {
	mkdir $PINS $PINS/something
	refuses "$PINS holds something, which erxdp did not make" attach
	erxdp detach
	refuses "$PINS holds something" attach
}

case_other_abi() {
	attach
	kill_daemon
	bpftool -j map lookup pinned $PINS/control key 0 0 0 0 >"$TAP_DIR/control"
	# shellcheck disable=SC2046
	bpftool map update pinned $PINS/control key 0 0 0 0 value 231 3 0 0 \
		$(jq -r '.value[4:][]' "$TAP_DIR/control")
	refuses 'ABI 999 and this erxdp .* has ABI [0-9]+: `erxdp detach`' attach
	equal "$(xdp_mode up0)" xdp "what is attached stays"
	erxdp detach 2>&1 | grep 'another ABI.*end'
	untouched
}

case_no_bpf_fs() {
	umount /sys/fs/bpf
	sandbox_snapshot >"$TAP_DIR/before"
	attach
	erxdp detach
	untouched
}

case_read_only_bpf_fs() {
	mount -o remount,ro /sys/fs/bpf
	refuses 'Read-only file system.*remount' attach
	untouched
}

# The table has an owner: nobody else may touch it.
case_nft_refused() {
	local owner
	mkfifo /run/nft-commands
	nft -i </run/nft-commands >/dev/null &
	owner=$!
	exec 9>/run/nft-commands
	rm /run/nft-commands
	echo 'add table ip erxdp { flags owner; }' >&9
	wait_until 5 eval 'nft list tables | grep -q erxdp'
	refuses 'nftables refused' attach
	exec 9>&-
	wait $owner
	untouched
}

# The descriptors run out at one call after the other, so every step fails in turn.
case_every_step_fails() {
	local limit status attached=0 failed=0
	for limit in 5 7 9 $(seq 10 8 66) $(seq 68 3 180); do
		status=0
		(ulimit -Sn "$limit" && attach) >"$TAP_DIR/said" 2>&1 || status=$?
		if [ $status = 0 ]; then
			attached=$((attached + 1))
			erxdp detach
		else
			failed=$((failed + 1))
			equal $status 1 "exit code with $limit descriptors"
			grep -q '^erxdp: .' "$TAP_DIR/said" || fail "no word with $limit descriptors"
		fi
		untouched || fail "after $limit descriptors: $(cat "$TAP_DIR/said")"
		[ $attached -lt 3 ] || break
	done
	echo "$failed failed, $attached attached"
	[ $failed -gt 10 ] && [ $attached -ge 3 ]
}

# A signal at any moment: attached, or as before.
case_interrupted() {
	local delay pid status undone=0
	for delay in 0.00 0.01 0.02 0.04 0.06 0.08 0.10 0.13 0.16 0.20 0.25 0.30; do
		status=0
		# The program itself, not a function of ours, whose subshell would take the signal alone;
		# and not SIGINT, which a shell's background jobs ignore.
		"$ERXDP" attach -c $CONFIG >"$TAP_DIR/said" 2>&1 &
		pid=$!
		read -rt "$delay" <> <(:) || true
		kill -TERM $pid 2>/dev/null || true
		wait $pid || status=$?
		if [ -e $STATE ] && [ $status = 0 ]; then
			kill -0 "$(daemon_pid)"
			erxdp detach
		else
			undone=$((undone + 1))
		fi
		untouched || fail "after $delay s: $(cat "$TAP_DIR/said")"
	done
	note "$undone of 12 undone"
	[ "$undone" -gt 0 ] || fail "no attach was interrupted"
}

# Killed at any moment, so that nothing is undone: detach, or the next attach, puts it right.
case_killed() {
	local delay pid
	for delay in 0.01 0.05 0.10 0.15 0.20 0.25 0.30 0.35 0.40; do
		setsid "$ERXDP" run -c $CONFIG >"$TAP_DIR/said" 2>&1 &
		pid=$!
		read -rt "$delay" <> <(:) || true
		kill -KILL $pid
		wait $pid || true
		case $delay in *5)
			attach
			kill_daemon
			;;
		esac
		erxdp detach
		untouched || fail "after $delay s: $(cat "$TAP_DIR/said")"
	done
}

tap_begin attach
make_foreign || exit 1
host_case "a flushed nft table is put back" case_table_is_put_back
host_case "removed TC programs are put back" case_tc_is_put_back
host_case "a default route that moves does not move the uplink" case_uplink_stays
host_case "attach puts the programs on each interface, detach leaves no trace" case_attach_and_detach
host_case "detaching what is not attached is no error" case_detach_twice
host_case "a detach ends no other one" case_detach_under_way
host_case "a second attach names the daemon and changes nothing" case_second_attach
host_case "attach after the daemon was killed keeps programs and maps" case_adopt
host_case "attach after the daemon was killed can change the mode" case_adopt_in_another_mode
host_case "attach after the daemon was killed puts back what is missing" case_adopt_what_is_missing
host_case "detach needs no daemon" case_detach_after_kill
host_case "detach needs no state" case_detach_without_state
host_case "run tells systemd, and its end leaves everything attached" case_run_notifies_and_leaves_attached
host_case "--dry-run tells what attach does then, and changes nothing" case_dry_run
host_case "--dry-run tells what attach would refuse for" case_dry_run_refuses
host_case "--mode tc attaches no XDP" case_mode_tc
host_case "--mode auto takes TC where there is no native XDP, and says so" case_auto_falls_back
host_case "--mode native refuses a driver without it" case_native_refuses
host_case "an XDP program of somebody else's is named and stays" case_foreign_xdp
host_case "TC filters of somebody else's stay" case_foreign_tc
host_case "no such interface" case_no_such_interface
host_case "no default route to tell the uplink" case_no_default_route
host_case "an error in the configuration is told with its line" case_bad_config
host_case "wrong usage ends with code 2" case_wrong_usage
host_case "a missing capability is named" case_no_capability
host_case "foreign files in the pin directory are named and stay" case_foreign_pins
host_case "maps of another ABI are named and stay" case_other_abi
host_case "a missing bpf file system is mounted" case_no_bpf_fs
host_case "a read-only bpf file system" case_read_only_bpf_fs
host_case "an nft table that cannot be made" case_nft_refused
host_case "whichever step fails, those before it are undone" case_every_step_fails
host_case "interrupted at any moment, attach undoes itself" case_interrupted
host_case "killed at any moment, detach cleans up" case_killed
host_case "an interface vanishes while attached" case_interface_vanishes
host_case "an interface vanishes and returns" case_interface_vanishes_and_returns
for mode in native tc; do
	host_case "mode $mode: what an interface counted outlives it" "case_counters_of_the_removed $mode"
	host_case "mode $mode: and where it left without a daemon" "case_counters_without_a_daemon $mode"
	host_case "mode $mode: what is counted in a slot of nobody is found" "case_counters_of_nobody $mode"
done
host_case "what an interface counted outlives its entry hook" case_counters_in_another_mode
host_case "a reader that stands still does not stop the daemon" case_counters_locked
tap_end
