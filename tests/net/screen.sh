#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The live screen of `erxdp stats` on a host at work: traffic moves its graphs and counters, the daemon's
# death shows, and hosts and ports are ranked among a million sessions without a screen being late. (Its
# views and keys, with contents that do not change, are compared in commands.sh.)
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

FILL=build/tests/net/fill_sessions

terminal() { tmux -S /run/tmux "$@"; }
shows() { # REGULAR-EXPRESSION
	terminal capture-pane -p >/run/screen
	LC_ALL=C.UTF-8 grep -qE -- "$1" /run/screen # columns, not bytes
}
await() { # SECONDS REGULAR-EXPRESSION
	wait_until "$1" shows "$2" || fail "'$2' does not appear: $(cat /run/screen)"
}
# press KEY REGULAR-EXPRESSION: prints the milliseconds until the screen has it.
press() {
	local from=${EPOCHREALTIME/./}
	terminal send-keys "$1"
	wait_until 10 shows "$2" || fail "'$2' does not appear: $(cat /run/screen)"
	echo "$1=$(((${EPOCHREALTIME/./} - from) / 1000))ms"
}

case_begin() {
	erxdp attach -c $CONFIG --mode native
	terminal -f /dev/null new-session -d -x 80 -y 24 "LC_ALL=C.UTF-8 '$ERXDP' stats"
	await 10 'in step: daemon up [0-9]+s, 0 resyncs, 0 overruns'
	await 10 '^ sessions 0 of 262,144 .* routes 10  neighbours [0-9]'
}

# A screen that is there already has the rates, too.
case_accounting() {
	press 4 'NEW/s *$'
	printf '[nat]\naccounting = yes\n' >>$CONFIG
	erxdp reload
	await 5 'NEW/s +bit/s *$'
	press 1 INTERFACE
}

# Packets both ways, of which the last minute's graph and the totals tell.
case_traffic() {
	begin_flow flow udp 10.79.0.2 40000 $SERVER
	await 10 '^ erxdp  fast path on: [0-9.]+ % of the packets'
	# The newest is in the last of the 80 columns.
	await 10 '^in0 +[1-9].*(▂|▃|▄|▅|▆|▇|█)$'
	await 10 '^in0.{76}[▂▃▄▅▆▇█]$'
	await 10 '^redirect +[1-9]'
	# Who talks how much: 50 questions and answers a second, of 29 and 44 octets.
	press 4 '^10.79.0.2 +1 +100.0% +0 +[0-9.]+ +[0-9.]+ kb/s'
	terminal send-keys s s s
	await 5 'by rate'
	press 5 '^udp 5000 +1 +100.0% +0 +[0-9.]+ +[0-9.]+ kb/s'
	press 2 '^in [1-9][0-9.]* [kM]?b/s, up to .* out [1-9]'
	await 10 '^.{38}█ .{39}█$'
	end_flow flow
	press 4 '^10.79.0.2 +1 +100.0%'
	press 5 '^udp 5000 +1 +100.0%'
	await 5 '^192.0.2.2 +udp +1 '
	press 1 INTERFACE
}

case_daemon() {
	kill_daemon
	await 10 '^ no daemon is there to follow'
	erxdp attach -c $CONFIG --mode native
	await 10 'in step: daemon up'
}

# The first host has every sixteenth session and 60 more. A walk takes four seconds; meanwhile keys work.
case_million() {
	terminal kill-server
	erxdp detach
	printf 'max-sessions = 1000000\n' >>$CONFIG
	erxdp attach -c $CONFIG --mode native
	$FILL 1000000
	terminal -f /dev/null new-session -d -x 80 -y 24 "LC_ALL=C.UTF-8 '$ERXDP' stats"
	await 10 '^ sessions 1,000,000 of 1,000,000 \[#+\] 100.0%'
	note "$(press 4 '^10.16.0.0 +[0-9,]+ .*')"
	await 5 'so far [0-9,]+ sessions'
	await 15 '^10.16.0.0 +62,560 +6.3%'
	await 5 '^15,625 inside hosts; all 1,000,000 sessions, read'
	note "$(press 5 '^tcp 443 +[0-9,]+')"
	await 15 '^tcp 443 +666,667 +66.7%'
	note "$(press s 'by half-open')"
	note "$(press 1 INTERFACE)"
	# What it costs while a walk is under way.
	terminal send-keys 4
	local pid before after
	pid=$(pgrep -x erxdp -P "$(terminal display-message -p '#{pane_pid}')") || pid=$(terminal display-message -p '#{pane_pid}')
	before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	sleep 5
	after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	note "cpu=$(((after - before) * 2))ms/s"
	[ $((after - before)) -lt 150 ]
}

case_detach() {
	erxdp detach
	# It says so and ends.
	wait_until 5 eval "! terminal has-session 2>/dev/null"
}

make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	serve net $SERVER
}

tap_prepare network make_network
tap_begin screen
tap_case "it shows what is attached, and that it is in step" case_begin
tap_case "a reload that turns accounting on adds the rates" case_accounting
tap_case "traffic: rates, graphs, verdicts, hosts and ports" case_traffic
tap_case "a daemon that is gone, and the next one" case_daemon
common tap_case "a million sessions: hosts and ports are ranked, and keys work meanwhile" case_million
tap_case "it ends when erxdp is detached" case_detach
tap_end
