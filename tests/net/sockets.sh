#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A port on which a socket of the router is bound is never an outside port, whether the socket was there
# before erxdp or comes later, and whatever it does with the port; and it is free again once the last
# descriptor of the last such socket is closed. A service that finds its port taken, or is never
# answered, would be hard to explain.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

REFUSE=$(realpath "${REFUSE:-build/tests/net/preload/refuse_fsopen.so}")
FILL=${FILL:-build/tests/net/fill_hash}
HOOKS="post-bind4 post-bind6 sock-release"

make_network() {
	uplink_and_inside
	# The same connection is made again and again.
	at inside sysctl -q net.ipv4.tcp_max_tw_buckets=0
	serve net $SERVER
}

start_holder() { # NAME [COMMAND-BEFORE...]
	mkfifo "/run/$1.in" "/run/$1.out"
	"${@:2}" tests/net/holder.py "/run/$1.in" "/run/$1.out" &
}

# tell HOLDER COMMAND...: its answer without "ok"; fails where it is an error.
tell() {
	local answer
	echo "${*:2}" >"/run/$1.in"
	read -rt 10 answer <"/run/$1.out"
	[ "${answer%% *}" = ok ] || fail "$*: $answer"
	echo "${answer#ok}"
}
own() { tell own "$@"; }

attach() { erxdp attach -c $CONFIG; }

# The port as a new flow of an inside host leaves with it.
leaves_with() { # tcp|udp PORT
	local seen
	erxdp nat flush >/dev/null
	seen=$(ask "$1" 10.79.0.2 "$2" $SERVER)
	equal "${seen% *}" $OUTSIDE "outside address"
	echo "${seen#* }"
}
port_is_kept() { equal "$(leaves_with "$@")" "$2" "outside port of $*"; }
port_is_moved() {
	[ "$(leaves_with "$@")" != "$2" ] || fail "$* was taken, though a socket is bound there"
}

# How many sockets are counted at a port.
counted() { # tcp|udp PORT
	bpftool -j map lookup pinned $PINS/local_ports \
		key $(($2 & 255)) $(($2 >> 8)) "$([ "$1" = tcp ] && echo 0 || echo 1)" 0 | jq .formatted.value
}
is_counted() { [ "$(counted "$1" "$2")" = "$3" ]; }
expect_counted() { # tcp|udp PORT NUMBER
	equal "$(counted "$1" "$2")" "$3" "sockets counted at $1 $2"
}

# The marks of counted sockets, one of each.
marks() { bpftool -j map dump pinned $PINS/local_sockets | jq -r '.[].formatted.value.place'; }
expect_marks() { # NUMBER
	equal "$(marks | wc -l)" "$1" "sockets that are marked"
}

# --- what is there before erxdp comes ---

# More than the kernel has memory at hand for without an interrupt of its own.
MANY=2000

hold_before() {
	own bind early tcp 0.0.0.0 41000
	own dup early
	own fork early >/run/early-child
	own bind early_udp udp 0.0.0.0 41001
	own bind listener tcp 0.0.0.0 41002
	own listen listener
	tell there bind peer tcp 0.0.0.0 0
	tell there connect peer $OUTSIDE 41002
	own accept listener accepted
	own bind connected tcp 0.0.0.0 41003
	own connect connected 192.0.2.1 5001
	own bind to_loopback udp 0.0.0.0 41004
	own connect to_loopback 127.0.0.1 9
	own bind chosen tcp 0.0.0.0 0 >/run/chosen
	own bind loopback tcp 127.0.0.1 41005
	own bind six tcp :: 41006
	own bind six_only tcp :: 41007 v6only
	tell there bind elsewhere tcp 0.0.0.0 41008
	own bind pair1 udp 0.0.0.0 41009 reuseport
	own bind pair2 udp 0.0.0.0 41009 reuseport
	own many crowd $MANY 41050
}

# Of the hierarchy, whose mounts the sandbox has hidden: a mount that erxdp makes must not change them.
cgroup_options() { sed -n 's/.* - cgroup2 [^ ]* //p' /proc/self/mountinfo; }

case_attach() {
	local options
	options=$(cgroup_options)
	attach
	equal "$(cgroup_options)" "$options" "options of cgroup2"
	# The first packets find no neighbours yet.
	ask udp 10.79.0.2 39999 $SERVER
	erxdp status | grep -E '^sockets +[0-9]+ ports are kept'
	erxdp status -j | jq -e '.sockets | .counted and .ports >= 8'
}

case_before() {
	port_is_moved tcp 41000
	port_is_kept udp 41000
	port_is_moved udp 41001
	port_is_moved tcp 41002
	port_is_moved tcp 41003
	port_is_moved udp 41004
	port_is_moved tcp "$(xargs </run/chosen)"
	port_is_kept tcp 41005
	port_is_moved tcp 41006
	port_is_kept tcp 41007
	port_is_kept tcp 41008
	port_is_moved udp 41009
}

case_before_counted() {
	expect_counted tcp 41000 1
	expect_counted tcp 41002 1
	expect_counted tcp 41003 1
	expect_counted udp 41004 1
	expect_counted udp 41009 2
	expect_counted tcp "$(xargs </run/chosen)" 1
}

case_many() {
	local before
	before=$(marks | wc -l)
	expect_counted udp 41050 $MANY
	own close crowd
	expect_counted udp 41050 0
	expect_marks $((before - MANY))
	erxdp status -j | jq -e '.sockets.no_room == 0'
}

case_last_descriptor() {
	own close early
	expect_counted tcp 41000 1
	own close early2
	expect_counted tcp 41000 1
	port_is_moved tcp 41000
	kill "$(xargs </run/early-child)"
	wait_until 5 is_counted tcp 41000 0
	port_is_kept tcp 41000
}

# --- what comes later ---

case_later() {
	local kind
	for kind in tcp udp; do
		port_is_kept $kind 41010
		own bind late $kind 0.0.0.0 41010
		port_is_moved $kind 41010
		own close late
		port_is_kept $kind 41010
	done
}

# bind() to one address is for all addresses: they move. Loopback's do not.
case_addresses() {
	own bind one tcp $OUTSIDE 41011
	own bind other udp 10.79.0.1 41011
	own bind loopback4 udp 127.0.0.1 41012
	tell there bind elsewhere2 udp 0.0.0.0 41013
	port_is_moved tcp 41011
	port_is_moved udp 41011
	port_is_kept udp 41012
	port_is_kept udp 41013
	own close one
	own close other
	own close loopback4
	expect_counted tcp 41011 0
	expect_counted udp 41011 0
	expect_counted udp 41012 0
}

case_ipv6() {
	own bind both udp :: 41014
	own bind mapped udp ::ffff:$OUTSIDE 41015
	own bind mapped_loopback udp ::ffff:127.0.0.1 41016
	own bind only udp :: 41017 v6only
	own bind six_loopback udp ::1 41018
	port_is_moved udp 41014
	port_is_moved udp 41015
	port_is_kept udp 41016
	port_is_kept udp 41017
	port_is_kept udp 41018
	own close both
	own close mapped
	port_is_kept udp 41014
	port_is_kept udp 41015
}

# An accepted connection has its listener's port, and is counted nowhere.
case_accepted() {
	own bind door tcp 0.0.0.0 41019
	own listen door
	tell there bind guest tcp 0.0.0.0 0
	tell there connect guest $OUTSIDE 41019
	own accept door guest
	own close guest
	expect_counted tcp 41019 1
	port_is_moved tcp 41019
	own close accepted
	expect_counted tcp 41002 1
	own close door
	own close listener
	expect_counted tcp 41019 0
	expect_counted tcp 41002 0
}

case_connect() {
	own bind caller tcp 0.0.0.0 41020
	own connect caller 192.0.2.1 5001
	expect_counted tcp 41020 1
	port_is_moved tcp 41020
	own close caller
	expect_counted tcp 41020 0
	own bind datagrams udp 0.0.0.0 41021
	own connect datagrams 192.0.2.1 9
	own disconnect datagrams
	expect_counted udp 41021 1
	port_is_moved udp 41021
	own close datagrams
	expect_counted udp 41021 0
}

case_reuseport() {
	own bind first tcp 0.0.0.0 41022 reuseport
	own bind second tcp 0.0.0.0 41022 reuseport
	expect_counted tcp 41022 2
	own close first
	port_is_moved tcp 41022
	own close second
	port_is_kept tcp 41022
	own close pair1
	port_is_moved udp 41009
	own close pair2
	port_is_kept udp 41009
}

# A bind() that fails reserves nothing; the next one of the same socket does.
case_refused() {
	own bind owner tcp 0.0.0.0 41023
	fails own bind rival tcp 0.0.0.0 41023
	expect_counted tcp 41023 1
	own bind rival tcp 0.0.0.0 41024
	expect_counted tcp 41024 1
	own close owner
	own close rival
	expect_counted tcp 41023 0
	expect_counted tcp 41024 0
}

# Of a socket that is closed, in whatever state, nothing is left; nor has one that was never counted a mark.
case_marks() {
	local before
	before=$(marks | wc -l)
	own bind silent tcp 0.0.0.0 41025
	own bind door tcp 0.0.0.0 41026
	own listen door
	tell there bind visitor tcp 0.0.0.0 0
	tell there connect visitor $OUTSIDE 41026
	own accept door visitor
	own bind twice udp 0.0.0.0 0
	own connect twice 192.0.2.1 9
	own disconnect twice
	own bind twice udp 0.0.0.0 41027
	own bind inner udp 127.0.0.1 41028
	expect_marks $((before + 3))
	expect_counted udp 41027 1
	equal "$(erxdp status -j | jq .sockets.ports)" "$(marks | sort -u | wc -l)" "ports that are kept"
	own close visitor
	own close silent
	own close door
	own close twice
	own close inner
	expect_marks "$before"
	tell there close visitor
}

# Bound by the kernel, to a port of its choice: at bind() to port 0, at the first datagram.
case_chosen_by_kernel() {
	local port
	port=$(own bind zero udp 0.0.0.0 0 | xargs)
	expect_counted udp "$port" 1
	port_is_moved udp "$port"
	own close zero
	port_is_kept udp "$port"
	port=$(own send unbound $SERVER 5000 | xargs)
	port_is_moved udp "$port"
	own close unbound
	port_is_kept udp "$port"
}

# --- comings and goings of erxdp ---

case_killed() {
	own bind before udp 0.0.0.0 41030
	own bind closed udp 0.0.0.0 41031
	kill_daemon
	own close closed
	own bind meanwhile udp 0.0.0.0 41032
	port_is_moved udp 41030
	port_is_kept udp 41031
	port_is_moved udp 41032
	attach
	expect_counted udp 41030 1
	expect_counted udp 41031 0
	expect_counted udp 41032 1
	own close before
	own close meanwhile
	expect_counted udp 41030 0
	expect_counted udp 41032 0
}

# The mark of a socket whose release was not seen is the next one's whose address is the same: the port
# of the former is free then. (The kernel gives the address away again at once, but to which socket is
# its own affair.)
case_address_again() {
	local before i=0
	start_holder again taskset -c "$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')"
	kill_daemon
	tell again bind unseen tcp 0.0.0.0 41037
	before=$(marks | wc -l)
	bpftool link detach pinned $PINS/links/sock-release
	tell again close unseen
	expect_counted tcp 41037 1
	until is_counted tcp 41037 0; do
		[ $((i += 1)) -le 200 ] || fail "no socket got the address"
		tell again bind "next$i" tcp 0.0.0.0 $((42000 + i))
	done
	expect_counted tcp $((42000 + i)) 1
	expect_marks $((before + i - 1))
	attach
	expect_counted tcp 41037 0
	expect_counted tcp $((42000 + i)) 1
	expect_marks $((before + i - 1))
	tell again close "next$i"
	expect_counted tcp $((42000 + i)) 0
}

hooks_json() {
	local hook
	for hook in $HOOKS; do
		bpftool -j link show pinned $PINS/links/"$hook"
	done | jq -s -c "$1"
}

# A successor of another build: its programs take the place of those that run, on the same links.
case_replaced() {
	local links programs
	own bind stays udp 0.0.0.0 41033
	links=$(hooks_json 'map(.id)')
	programs=$(hooks_json 'map(.prog_id)')
	kill_daemon
	jq '.objects = "0123456789abcdef"' $STATE >$STATE.new
	mv $STATE.new $STATE
	attach
	equal "$(hooks_json 'map(.id)')" "$links" "links"
	[ "$(hooks_json 'map(.prog_id)')" != "$programs" ] || fail "the programs are the old ones"
	expect_counted udp 41033 1
	own close stays
	expect_counted udp 41033 0
}

hooks_are_there() { hooks_json 'map(.cgroup_id) | all(. > 0)' | grep -q true; }

# What was missed in between is counted again from the beginning.
case_put_back() {
	local pin daemon
	daemon=$(daemon_pid)
	own bind before udp 0.0.0.0 41034
	own bind closed udp 0.0.0.0 41035
	kill -STOP "$daemon" # or it puts the first one back while the second is taken away
	for pin in post-bind4 sock-release; do
		bpftool link detach pinned $PINS/links/$pin
	done
	kill -CONT "$daemon"
	own close closed
	own bind meanwhile udp 0.0.0.0 41036
	wait_until 5 hooks_are_there
	wait_until 2 is_counted udp 41036 1
	expect_counted udp 41034 1
	expect_counted udp 41035 0
	own close before
	own close meanwhile
	expect_counted udp 41034 0
	expect_counted udp 41036 0
}

# What found no room is not counted, not taken away either, and status tells; a new attach counts it.
case_no_room() {
	local room
	room=$(marks | wc -l)
	room=$((room + $("$FILL" $PINS/local_sockets)))
	[ "$room" -ge 131072 ] || fail "room for $room"
	own bind late udp 0.0.0.0 41042
	expect_counted udp 41042 0
	own bind listener tcp 0.0.0.0 41043
	own listen listener
	port_is_moved tcp 41043
	erxdp status | grep '^sockets .*; 2 times a socket found no room'
	erxdp status -j | jq -e '.sockets.no_room == 2'
	own close listener
	expect_counted tcp 41043 0
	erxdp detach
	attach
	expect_counted udp 41042 1
	erxdp status -j | jq -e '.sockets.no_room == 0'
	own close late
	expect_counted udp 41042 0
}

# The kernel may refuse it; nothing else depends on it.
case_without() {
	LD_PRELOAD=$REFUSE erxdp attach -c $CONFIG 2>&1 | tee "$TAP_DIR/said"
	equal "$(grep -c 'root cgroup cannot be opened.* may be taken' "$TAP_DIR/said")" 1
	erxdp status | grep 'sockets *not counted'
	own bind lone tcp 0.0.0.0 41040
	port_is_kept tcp 41040
	own listen lone
	port_is_moved tcp 41040
	kill_daemon
	attach
	expect_counted tcp 41040 1
	own close lone
	expect_counted tcp 41040 0
	erxdp detach
}

case_detach() {
	local objects links link
	objects=$(sandbox_objects)
	grep -c prog <<<"$objects"
	links=$(hooks_json '.[]|.id')
	erxdp detach
	for link in $links; do
		fails bpftool link show id "$link"
	done
	objects_gone "$objects"
	[ ! -e $PINS ] || fail "$(find $PINS)"
}

# A rule of the user's gives the host's own flow another port than its socket has. Nobody finds a socket
# there, so a session must keep the port.
case_renumbered() { # tcp|udp
	local seen talker
	nft "table ip user { chain post { type nat hook postrouting priority 100; oif \"up0\" $1 sport 41300 snat to :41310; }; }"
	trap 'nft delete table ip user' EXIT
	rm -f "$TAP_DIR"/own.{seen,stop}
	erxdp nat flush
	$TALKER ask "$1" $OUTSIDE 41300 $SERVER "$TAP_DIR/own.stop" >"$TAP_DIR/own.seen" &
	talker=$!
	wait_until 5 test -s "$TAP_DIR/own.seen"
	equal "$(cat "$TAP_DIR/own.seen")" "$OUTSIDE 41310"
	seen=$(ask "$1" 10.79.0.2 41310 $SERVER)
	[ "$seen" != "$OUTSIDE 41310" ] || fail "two flows are $seen"
	touch "$TAP_DIR/own.stop"
	wait $talker
}

# A container's published port, as Docker does it: a rule leads to the container, which erxdp does not
# serve, and a proxy of the host's has bound the port. What the kernel answers from there keeps it.
case_published() { # tcp|udp
	local talker
	far_end box cn0
	ip addr add 10.88.0.1/24 dev cn0
	ip -n box addr add 10.88.0.2/24 dev eth0
	ip -n box route add default via 10.88.0.1
	serve box 10.88.0.2
	nft "table ip user { chain pre { type nat hook prerouting priority -100; iif \"up0\" $1 dport 5000 dnat to 10.88.0.2; }; }"
	trap 'nft delete table ip user; ip link del cn0; ip netns del box' EXIT
	own bind proxy "$1" 0.0.0.0 5000
	rm -f "$TAP_DIR"/far.{seen,stop}
	at net $TALKER ask "$1" $SERVER 0 $OUTSIDE "$TAP_DIR/far.stop" >"$TAP_DIR/far.seen" &
	talker=$!
	wait_until 5 test -s "$TAP_DIR/far.seen"
	sleep 0.2
	touch "$TAP_DIR/far.stop"
	wait $talker
	own close proxy
}

tap_begin sockets
make_network
start_holder own prlimit --nofile=$((MANY + 1000))
start_holder there ip netns exec net
tell there bind service tcp 0.0.0.0 5001 >/dev/null
tell there listen service >/dev/null
tap_prepare sockets hold_before
tap_case "attach" case_attach
tap_case "a socket from before: its port is not taken" case_before
tap_case "a socket with several descriptors is counted once" case_before_counted
tap_case "a crowd of sockets from before" case_many
tap_case "the port is free when the last descriptor is closed" case_last_descriptor
tap_case "a socket that comes later" case_later
tap_case "any address but loopback's, in this namespace" case_addresses
tap_case "IPv6 sockets that receive IPv4" case_ipv6
tap_case "accepted connections take nothing away from their listener" case_accepted
tap_case "connect() after bind()" case_connect
tap_case "two sockets on one port" case_reuseport
tap_case "a bind() that fails" case_refused
tap_case "a closed socket leaves no mark" case_marks
tap_case "ports that the kernel chose" case_chosen_by_kernel
tap_case "a port that the kernel's NAT gave to a socket's flow, udp" case_renumbered udp
tap_case "a port that the kernel's NAT gave to a socket's flow, tcp" case_renumbered tcp
tap_case "a container's published port, udp" case_published udp
tap_case "a container's published port, tcp" case_published tcp
tap_case "the counts stay exact without a daemon" case_killed
tap_case "a socket at the address of one whose release was not seen" case_address_again
tap_case "a successor of another build" case_replaced
tap_case "removed programs are put back, and the counts with them" case_put_back
tap_case "more sockets than there is room for" case_no_room
tap_case "detach leaves nothing of it" case_detach
tap_case "a kernel that refuses it" case_without
tap_end
