#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An attach that nobody confirms undoes itself, whoever is killed meanwhile: an engineer who loses the ssh
# session by the attach needs nothing but patience. Traffic flows before, during and after.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
. tests/lib/streams.sh
sandbox_enter "$0" "$@"

DEADLINE=/run/erxdp/confirm
# Seconds of an attach that is undone here; a slow machine needs more to be asked in between.
SHORT=$((2 * ${ERXDP_TEST_PATIENCE:-1})) LONG=300

# The host's own rule translates while erxdp is not attached.
make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	stream_serve net $SERVER
	nft 'table ip user { chain post { type nat hook postrouting priority 100; oif "up0" masquerade; }; }'
	# The neighbours are known, as on a host that forwards already.
	at inside ping -q -c 1 -W 5 $SERVER
	sandbox_snapshot >"$TAP_DIR/before"
}

attach() { erxdp attach -c $CONFIG "$@"; }

untouched() {
	diff -u "$TAP_DIR/before" <(sandbox_snapshot) || fail "the host is not as it was"
}

# It writes "DEADLINE SECONDS" there, and its lock stands in /proc/locks by the file's inode.
watchdog() {
	local inode
	inode=$(stat -c %i /run/erxdp/watchdog 2>/dev/null) || return 1
	awk -v inode=":$inode" '$2 == "FLOCK" && $6 ~ inode "$" { print $5; found = 1 } END { exit !found }' /proc/locks
}

is_undone() { [ ! -e /run/erxdp ] && [ ! -e $PINS ]; }

# The time is up, and everything is gone that was the attach's; the processes, too.
undone_in() { # SECONDS PID...
	local pid
	wait_until "$1" is_undone
	for pid in "${@:2}"; do
		wait_until 5 process_gone "$pid"
	done
	untouched
}

seconds_left() { erxdp status -j | jq -r '.confirm.seconds_left // "none"'; }

# A stream, which is to outlive the attach, and then that. Sets DAEMON and WATCHDOG.
begin() { # SECONDS
	stream_begin any 10.79.0.2 $((40000 + TAP_COUNT)) $SERVER
	attach --confirm "$1" | tee "$TAP_DIR/said"
	grep -q "^attached: .*; undone in $1 s unless .erxdp confirm. comes" "$TAP_DIR/said"
	DAEMON=$(daemon_pid)
	wait_until 5 watchdog
	WATCHDOG=$(watchdog)
	[ "$DAEMON" != "$WATCHDOG" ]
}

case_confirmed() {
	local left
	begin $LONG
	left=$(seconds_left)
	[ "$left" -le $LONG ] && [ "$left" -gt $((LONG - 60)) ] || fail "$left seconds left"
	erxdp status | grep "^confirm  *undone in [45]m[0-9]*s unless"
	erxdp confirm | grep '^confirmed'
	equal "$(seconds_left)" none
	fails eval "erxdp status | grep ^confirm"
	wait_until 5 process_gone "$WATCHDOG"
	kill -0 "$DAEMON"
	fails erxdp confirm
	erxdp status
	erxdp detach
	stream_end any
	untouched
}

case_confirmed_outlives_the_deadline() {
	begin $SHORT
	erxdp confirm
	sleep $((SHORT + 2))
	erxdp status
	erxdp detach
	stream_end any
	untouched
}

case_not_confirmed() {
	begin $SHORT
	wait_until 5 eval 'ask_fast'
	undone_in $((SHORT + 10)) "$DAEMON" "$WATCHDOG"
	stream_end any
}

ask_fast() { [ "$(fast)" -gt 0 ]; }

case_daemon_killed() {
	begin $SHORT
	kill -KILL "$DAEMON"
	undone_in $((SHORT + 10)) "$DAEMON" "$WATCHDOG"
	stream_end any
}

# That the deadline cannot be read is no reason to believe that there is none.
case_watchdog_without_files() {
	begin $SHORT
	kill -KILL "$DAEMON" # it would start another one
	prlimit --pid "$WATCHDOG" --nofile=0:
	sleep $((SHORT + 2))
	kill -0 "$WATCHDOG"
	prlimit --pid "$WATCHDOG" --nofile=1024:
	undone_in 10 "$DAEMON" "$WATCHDOG"
	stream_end any
}

# It leaves everything attached, and the deadline.
case_daemon_ended() {
	begin $SHORT
	kill "$DAEMON"
	undone_in $((SHORT + 10)) "$DAEMON" "$WATCHDOG"
	stream_end any
}

another_watchdog() {
	local now
	now=$(watchdog) && [ "$now" != "$WATCHDOG" ]
}

case_watchdog_killed() {
	begin $SHORT
	kill -KILL "$WATCHDOG"
	wait_until 5 another_watchdog
	undone_in $((SHORT + 10)) "$DAEMON" "$(watchdog)"
	stream_end any
}

kill_both() {
	kill -KILL "$WATCHDOG" "$DAEMON"
	wait_until 5 process_gone "$WATCHDOG"
	wait_until 5 process_gone "$DAEMON"
}

overdue() {
	local at rest
	read -r at rest <$DEADLINE
	[ $((10#$at)) -lt "$(awk '{ printf "%d", $1 * 1000 }' /proc/uptime)" ]
}

# What comes next undoes it: a command that looks, and one that would attach, which does not.
case_both_killed() { # COMMAND...
	begin $SHORT
	kill_both
	wait_until $((SHORT + 5)) overdue
	[ -e $PINS ] || fail "who has undone it?"
	fails "$@" 2>"$TAP_DIR/said"
	cat "$TAP_DIR/said"
	grep -q 'nobody confirmed the attach in time, and it is undone' "$TAP_DIR/said"
	is_undone || fail "it is not undone"
	untouched
	stream_end any
}

# In time: it takes over, and has the deadline watched.
case_both_killed_and_another_daemon() {
	begin $SHORT
	kill_both
	attach | grep '^took over'
	DAEMON=$(daemon_pid)
	wait_until 5 watchdog
	undone_in $((SHORT + 10)) "$DAEMON" "$(watchdog)"
	stream_end any
}

# Nothing is left half-attached for ever, nor until the deadline.
case_killed_midway() {
	local delay pid midway=0
	for delay in 0.05 0.10 0.15 0.20 0.30; do
		setsid "$ERXDP" run -c $CONFIG --confirm $LONG >"$TAP_DIR/said" 2>&1 &
		pid=$!
		read -rt "$delay" <> <(:) || true
		kill -KILL $pid || true
		wait $pid || true
		if grep -qs '^0\{20\} ' $DEADLINE; then
			midway=$((midway + 1))
			wait_until 10 is_undone
		else
			erxdp detach # it was complete, or had not begun
		fi
		untouched || fail "after $delay s: $(cat "$TAP_DIR/said")"
	done
	note "$midway of 5 midway"
	[ $midway -gt 0 ]
}

case_detached_meanwhile() {
	begin $LONG
	erxdp detach
	undone_in 1 "$DAEMON" "$WATCHDOG"
	stream_end any
}

# But for the socket of a daemon that is gone.
attached_host() { sandbox_snapshot | grep -v /erxdp.sock; }

# What an earlier attach did would be undone with it.
case_attached_already() {
	local before said status=0
	attach
	said=$(attach --confirm $SHORT 2>&1) || status=$?
	equal "$status" 1
	grep -q 'attached already, the daemon is process' <<<"$said"
	kill_daemon
	before=$(attached_host)
	status=0
	said=$(attach --confirm $SHORT 2>&1) || status=$?
	echo "$said"
	equal "$status" 1
	grep -q -- '--confirm: an earlier attach is in force.*without --confirm takes it over' <<<"$said"
	equal "$(attached_host)" "$before" "host"
	[ ! -e $DEADLINE ]
	erxdp detach
	untouched
}

case_attach_fails() {
	printf '[interfaces]\nuplink = up0\ninside = in9\n' >$CONFIG
	fails attach --confirm $SHORT
	[ ! -e $DEADLINE ]
	fails watchdog
	printf '[interfaces]\nuplink = up0\ninside = in0\n' >$CONFIG
	untouched
}

case_usage() {
	usage erxdp attach --confirm
	usage erxdp attach --confirm 0
	usage erxdp attach --confirm soon
	usage erxdp attach --confirm 25h
	usage erxdp confirm now
	fails erxdp confirm
	untouched
}

# Every case finds the host as it was, whatever the one before left.
host_case() { # DESCRIPTION COMMAND...
	erxdp detach >/dev/null 2>&1
	tap_case "$@"
}

tap_begin "confirm"
make_network
host_case "confirmed: it stays, and status told the time" case_confirmed
common host_case "confirmed: still there behind the deadline" case_confirmed_outlives_the_deadline
common host_case "not confirmed: undone" case_not_confirmed
host_case "the daemon is killed meanwhile: undone" case_daemon_killed
common host_case "the daemon is ended meanwhile: undone" case_daemon_ended
common host_case "the watchdog is killed meanwhile: the daemon starts another" case_watchdog_killed
host_case "the watchdog cannot open the deadline: it waits, and undoes" case_watchdog_without_files
host_case "both are killed: status undoes what is overdue" case_both_killed erxdp status
common host_case "both are killed: attach undoes what is overdue, and does not attach" case_both_killed erxdp attach -c $CONFIG
common host_case "both are killed: confirm comes too late" case_both_killed erxdp confirm
common host_case "both are killed: another daemon in time has it watched" case_both_killed_and_another_daemon
common host_case "killed while it attaches: undone at once" case_killed_midway
common host_case "detached meanwhile" case_detached_meanwhile
common host_case "on an attached host it is refused" case_attached_already
common host_case "an attach that fails leaves no deadline" case_attach_fails
common host_case "wrong usage" case_usage
tap_end
