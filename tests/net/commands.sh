#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the reading commands print, as text and as JSON, from maps with known contents. Scripts and
# people rely on these forms; a change of one is meant to be seen here.
#
#     tests/net/commands.sh            compare
#     UPDATE=1 tests/net/commands.sh   write the expected output anew
set -u
cd "$(dirname "$0")/../.." || exit 1

# Namespaces of its own: pins, devices and /run of the host are not touched.
[ "${INSIDE:-}" ] || INSIDE=1 exec unshare --mount --net "$0" "$@"

. tests/lib/tap.sh

ERXDP=${ERXDP:-build/erxdp}
FILL=${FILL:-build/tests/net/fill_maps}
GOLDEN=tests/net/golden
PINS=/sys/fs/bpf/erxdp

# The kernel's side of the routes that fill_maps puts into the programs' table, with two differences.
make_devices() {
	set -e
	ip link add uplink0 type veth peer name uplink0-far
	ip link add inside0 type veth peer name inside0-far
	for device in lo uplink0 uplink0-far inside0 inside0-far; do
		ip link set $device up
	done
	ip addr add 192.0.2.2/24 brd + dev uplink0
	ip addr add 10.79.0.1/24 dev inside0
	ip route add default via 192.0.2.1 dev uplink0
	ip route add 10.0.0.0/8 via 10.79.0.2 dev inside0
	ip route add blackhole 198.51.100.0/24
	ip route add unreachable 198.51.101.0/24
	ip route add 203.0.113.0/24 via 192.0.2.9 dev uplink0
}

make_maps() {
	set -e
	mount -t bpf bpf /sys/fs/bpf
	mount -t tmpfs tmpfs /run
	mkdir -p $PINS/links
	"$FILL"
}

# golden NAME COMMAND...: its output is the one kept under that name.
golden() {
	local name=$1
	shift
	"$@" >"$TAP_DIR/out" || true
	[ ! "${UPDATE:-}" ] || cp "$TAP_DIR/out" "$GOLDEN/$name"
	diff -u "$GOLDEN/$name" "$TAP_DIR/out"
}

# exits CODE COMMAND...
exits() {
	local expected=$1 status=0
	shift
	"$@" || status=$?
	equal "$status" "$expected" "exit code of $*"
}

# says TEXT COMMAND...: the text is in what it prints, on stdout or stderr.
says() {
	local text=$1
	shift
	"$@" >"$TAP_DIR/out" 2>&1 || true
	grep -qF -- "$text" "$TAP_DIR/out" || fail "'$text' is not in: $(cat "$TAP_DIR/out")"
}

verbs() {
	local verb
	for verb in "status" "stats --once" "stats -j" "stats --prometheus" "route show" \
		"route get 8.8.8.8" "nat show" "nat flush"; do
		# shellcheck disable=SC2086
		"$@" $verb
	done
}

detached() {
	exits 1 "$ERXDP" "$@"
	says "erxdp attach" "$ERXDP" "$@"
}
case_detached() { verbs detached; }

case_usage() {
	local args
	for args in "status x" "status --nonsense" "stats -i 0" "stats -i abc" "stats -j --prometheus" \
		"stats x" "route" "route x" "route get" "route get 1.2.3" "route get 1.2.3.4 x" "nat" \
		"nat x" "nat show -s 10.0.0.0/33" "nat show --sport 65536" "nat show -p none" \
		"nat flush --state x" "nat show x" "nat show --sort size" "nat show -n 0" "nat show -a x"; do
		# shellcheck disable=SC2086
		exits 2 "$ERXDP" $args
		# shellcheck disable=SC2086
		says "--help" "$ERXDP" $args
	done
}

case_help() {
	local verb
	for verb in "status -h" "stats --help" "route -h" "nat --help" "nat show -h" "route get --help"; do
		# shellcheck disable=SC2086
		exits 0 "$ERXDP" $verb
		# shellcheck disable=SC2086
		says "usage: erxdp ${verb%% *}" "$ERXDP" $verb
	done
}

unprivileged() {
	says "root" setpriv --reuid 65534 --regid 65534 --clear-groups "$ERXDP" "$@"
	exits 1 setpriv --reuid 65534 --regid 65534 --clear-groups "$ERXDP" "$@"
}
case_unprivileged() {
	cp "$ERXDP" "$TAP_DIR/erxdp"
	chmod 755 "$TAP_DIR" "$TAP_DIR/erxdp"
	ERXDP=$TAP_DIR/erxdp verbs unprivileged
}

case_stats_once() { golden stats.txt "$ERXDP" stats --once; }
case_stats_json() {
	# Without the zeros, since the list of verdicts grows.
	golden stats.json sh -c "'$ERXDP' stats -j |
		jq 'del(.time) | .verdicts |= map_values(select(.packets > 0)) |
			.slow |= map_values(select(.packets > 0))'"
	"$ERXDP" stats -j | jq -e '(.verdicts | keys) == (.slow | keys) and (.verdicts | length) > 40'
	"$ERXDP" stats -j | jq -e '.packets | .in == .fast + .passed + .dropped and .in == 1002372'
}
case_stats_json_lines() {
	# Two lines, then the reader is gone.
	equal "$("$ERXDP" stats -j -i 0.1 | head -2 | jq -s 'length')" 2
}
case_stats_prometheus() {
	golden stats.prom sh -c "'$ERXDP' stats --prometheus | grep -v build_info{"
}
case_stats_lines() {
	timeout 10 "$ERXDP" stats -i 0.1 </dev/null | head -3 >"$TAP_DIR/lines" || true
	grep -q 'uplink0 .* in 0 pkt/s 0 b/s  out 0 pkt/s 0 b/s' "$TAP_DIR/lines"
	grep -q 'all .* sessions 4  routes 11' "$TAP_DIR/lines"
}

# The live screen, in a terminal of 80 columns and 24 lines (or as many as are given).
terminal() { tmux -S "$TAP_DIR/tmux" "$@"; }
screen_begin() { # COLUMNS LINES [ENVIRONMENT]
	command -v tmux || skip "no tmux"
	terminal -f /dev/null new-session -d -x "$1" -y "$2" "${3:-LC_ALL=C.UTF-8} $ERXDP stats -i 0.2"
	screen_has 'erxdp  fast path on'
}
# Left out is what time changes: ages, the graphs' width, new sessions.
screen_take() {
	terminal capture-pane -p | sed -E 's/read [0-9]+s ago/read some time ago/; s/ +[▁_]+$//;
		s/(% +[0-9,]+) +[0-9.]+$/\1/' >"$TAP_DIR/screen"
}
# Until the text is there.
screen_has() { # TEXT
	local i
	for ((i = 0; i < 100; i++)); do
		screen_take
		! grep -qF -- "$1" "$TAP_DIR/screen" || return 0
		sleep 0.1
	done
	cat "$TAP_DIR/screen"
	fail "'$1' does not appear"
}
# screen_golden NAME KEY TEXT: after the key the screen becomes the one kept, which has the text.
screen_golden() {
	local i
	[ -z "$2" ] || terminal send-keys "$2"
	screen_has "$3"
	for ((i = 0; i < 50; i++)); do
		! cmp -s "$TAP_DIR/screen" "$GOLDEN/$1" || return 0
		sleep 0.1
		screen_take
	done
	golden "$1" cat "$TAP_DIR/screen"
}
# Until line N begins with the text.
screen_line() { # N TEXT
	local i
	for ((i = 0; i < 100; i++)); do
		[[ "$(terminal capture-pane -p | sed -n "$1p")" != "$2"* ]] || return 0
		sleep 0.1
	done
	fail "line $1 does not begin with '$2': $(terminal capture-pane -p)"
}
screen_over() {
	local i
	for ((i = 0; i < 100; i++)); do
		terminal has-session 2>/dev/null || return 0
		sleep 0.1
	done
	fail "it did not end"
}
tap_after() { [ ! -S "$TAP_DIR/tmux" ] || terminal kill-server 2>/dev/null || :; }

case_stats_screen() {
	screen_begin 80 24
	screen_golden screen-traffic.txt "" drop-no-port
	screen_golden screen-graphs.txt 2 'up to'
	screen_golden screen-verdicts.txt 3 'by the list'
	screen_golden screen-hosts.txt 4 '3 inside hosts; all 4 sessions'
	screen_golden screen-ports.txt 5 '3 ports of peers; all 4 sessions'
	screen_golden screen-help.txt h KEYS
	terminal send-keys q
	screen_over
}
# By keys: sorting, drops only, scrolling, views in turn; any key leaves the help, and q does not end it there.
case_stats_screen_keys() {
	screen_begin 80 24
	terminal send-keys 3
	screen_golden screen-verdicts-rate.txt s 'by rate'
	screen_golden screen-verdicts-total.txt s 'by total'
	screen_golden screen-drops.txt d 'drops only'
	terminal send-keys d
	screen_line 6 'tx '
	terminal send-keys Down
	screen_line 6 'redirect '
	terminal send-keys Home
	screen_line 6 'tx '
	terminal send-keys Right s
	screen_has 'by half-open'
	screen_line 6 '10.0.0.4 '
	screen_line 7 '10.0.1.6 '
	terminal send-keys s
	screen_has 'by new'
	terminal send-keys Tab
	screen_has 'TO PORT'
	terminal send-keys Tab
	screen_has 'INTERFACE'
	terminal send-keys Left h
	screen_has 'KEYS'
	terminal send-keys x
	screen_has 'TO PORT'
	terminal send-keys q
	screen_over
}
# A resize, down to a terminal that is too small for everything; there and without UTF-8 it is still one.
case_stats_screen_resize() {
	screen_begin 80 24 LC_ALL=C
	terminal send-keys 2
	screen_has 'up to'
	terminal resize-window -x 120 -y 40
	terminal send-keys 1
	screen_has 'to be translated at TC egress'
	grep -q 'every 0.2 s  h help  q quits *$' "$TAP_DIR/screen"
	terminal resize-window -x 50 -y 12
	screen_has 'and 9 more'
	for view in 2 3 4 5 h x; do
		terminal send-keys $view
	done
	screen_has 'TO PORT'
	terminal resize-window -x 80 -y 24
	screen_golden screen-ports.txt "" '3 ports of peers; all 4 sessions'
	terminal send-keys q
	screen_over
}
# Whoever takes the terminal away, or asks it to end, gets it back as it was.
case_stats_screen_signals() {
	screen_begin 80 24
	pkill -TERM -P "$(terminal display-message -p '#{pid}')"
	screen_over
}

case_route_show() { golden route.txt "$ERXDP" route show; }
case_route_show_json() { golden route.json "$ERXDP" route show -j; }
case_route_get() {
	local agree=(8.8.8.8 10.2.3.4 10.3.3.3 192.0.2.2 192.0.2.77 192.0.2.255 198.51.100.1
		198.51.101.1 198.51.102.1 224.0.0.1)
	local differ=(203.0.113.1 10.1.2.3)
	for address in "${agree[@]}"; do
		exits 0 "$ERXDP" route get "$address"
	done
	for address in "${differ[@]}"; do
		exits 1 "$ERXDP" route get "$address"
	done
	golden route-get.txt sh -c "for a in ${agree[*]} ${differ[*]}; do '$ERXDP' route get \$a; done"
	golden route-get.json "$ERXDP" route get 203.0.113.1 -j
}

# Ages and the order of a hash differ from run to run.
sessions_json() {
	"$ERXDP" nat show -j "$@" |
		jq '.sessions |= (map(del(.age, .idle, .expires)) | sort_by(.inside.port))'
}
sessions_text() {
	"$ERXDP" nat show "$@" | sed -E 's/ +[0-9hms]+ +[0-9hms]+$//' | sort
}
sessions_matching() { "$ERXDP" nat show -j "$@" | jq .count; }
case_nat_show() { golden nat.txt sessions_text; }
case_nat_show_json() { golden nat.json sessions_json; }
case_nat_ages() {
	"$ERXDP" nat show -j -p udp |
		jq -e '.sessions[0] | .idle >= 100 and .timeout == 300 and .idle + .expires == 300'
}
case_nat_filter() {
	equal "$(sessions_matching -s 10.0.0.4)" 2
	equal "$(sessions_matching -s 10.0.0.0/24)" 3
	equal "$(sessions_matching -d 203.0.113.10 -p tcp)" 2
	equal "$(sessions_matching -p icmp)" 1
	equal "$(sessions_matching --sport 40001)" 1
	equal "$(sessions_matching --dport 53)" 1
	equal "$(sessions_matching --outside-port 1024)" 1
	equal "$(sessions_matching --outside 192.0.2.0/30)" 4
	equal "$(sessions_matching --state open)" 2
	equal "$(sessions_matching -s 10.0.0.9)" 0
	equal "$(sessions_matching -a 198.51.100.53)" 1
	equal "$(sessions_matching -a 192.0.2.2)" 4
	equal "$(sessions_matching --port 443)" 2
	equal "$(sessions_matching --port 1024 -p udp)" 0
}
# Fewer than all, in an order; and an order is nothing to flush by.
ports_in_order() { "$ERXDP" nat show -j "$@" | jq -c '[.sessions[].inside.port]'; }
case_nat_sort() {
	equal "$(ports_in_order --sort age)" "[5353,40000,77,40001]"
	equal "$(ports_in_order --sort age -r)" "[40001,77,40000,5353]"
	equal "$(ports_in_order --sort idle -n 2)" "[5353,40000]"
	equal "$(ports_in_order --sort expires)" "[40000,40001,5353,77]"
	equal "$(ports_in_order --sort expires -r -n 1 --state open)" "[5353]"
	equal "$(sessions_matching -n 3)" 3
	equal "$(sessions_matching -n 1 -p icmp)" 1
	"$ERXDP" nat show --sort age | head -2 >"$TAP_DIR/aged"
	grep -q 'EXPIRES    AGE$' "$TAP_DIR/aged"
	grep -qE '^udp .* [0-9]m[0-9]{2}s  [0-9]m[0-9]{2}s$' "$TAP_DIR/aged"
	exits 2 "$ERXDP" nat flush --sort age
	exits 2 "$ERXDP" nat flush -n 1
	equal "$(sessions_matching)" 4
}
# The order of a hash differs from run to run.
sorted() { "$@" | sort; }
case_nat_ports() { golden nat-ports.txt sorted "$ERXDP" nat ports; }
case_nat_ports_json() {
	"$ERXDP" nat ports -j >"$TAP_DIR/ports"
	jq -e '.addresses | length == 3 and all(.outside == "192.0.2.2")' "$TAP_DIR/ports"
	jq -e '.addresses[] | select(.protocol == "tcp") | .ports == 2 and .sessions == 2 and .range == 64512' "$TAP_DIR/ports"
	jq -e '.destinations[0] | .address == "203.0.113.10" and .port == 443 and .ports == 2' "$TAP_DIR/ports"
}
# Of a host, and back from the last port of its block.
case_nat_block() {
	golden nat-block.txt "$ERXDP" nat block 10.0.1.4
	golden nat-block-owner.txt "$ERXDP" nat block 192.0.2.3:3327
	golden nat-block.json "$ERXDP" nat block 10.0.1.4 -j
	equal "$("$ERXDP" nat block -j 192.0.2.3:3327)" "$("$ERXDP" nat block 10.0.1.4 -j)"
}
# The blocks of the prefix that is the host's: another size, other ports.
case_nat_block_inside() {
	golden nat-block-inside.txt "$ERXDP" nat block 10.0.2.7
	golden nat-block-inside-owner.txt "$ERXDP" nat block 192.0.2.2:9215
	equal "$("$ERXDP" nat block -j 10.0.2.7 | jq -r '.blocks[] | .section')" "[inside 10.0.2.0/24]"
}
case_nat_block_none() {
	# In a prefix of its own, without blocks.
	exits 1 "$ERXDP" nat block 10.0.2.64
	exits 1 "$ERXDP" nat block 10.1.0.0
	exits 1 "$ERXDP" nat block 10.0.200.1
	exits 1 "$ERXDP" nat block 192.0.2.2:1023
	exits 1 "$ERXDP" nat block 192.0.2.9:2000
	exits 2 "$ERXDP" nat block
	exits 2 "$ERXDP" nat block 10.0.0.1:
	exits 2 "$ERXDP" nat block 10.0.0.1:65536
	exits 2 "$ERXDP" nat block nobody
}
case_nat_flush() {
	equal "$("$ERXDP" nat flush -p udp)" "1 session flushed"
	equal "$("$ERXDP" nat flush -s 10.0.0.4 -j | jq .flushed)" 2
	equal "$(sessions_matching)" 1
	equal "$(bpftool -j map dump pinned $PINS/session_totals | jq '.[0].formatted.value.live')" 1
	equal "$("$ERXDP" nat flush)" "1 session flushed"
	equal "$("$ERXDP" nat flush)" "0 sessions flushed"
}

# No daemon and no state file: an attach that was interrupted.
case_status_interrupted() {
	exits 1 "$ERXDP" status
	says "state.json" "$ERXDP" status
	golden status-interrupted.json "$ERXDP" status -j
}
# The programs go on without a daemon, but nobody follows the kernel's routes: a monitor must hear of it.
case_status() {
	mkdir -p /run/erxdp
	"$FILL" tc
	exits 1 "$ERXDP" status
	golden status.txt "$ERXDP" status
	golden status.json "$ERXDP" status -j
}
case_status_missing() {
	"$FILL" xdp
	exits 1 "$ERXDP" status
	golden status-missing.txt "$ERXDP" status
}

tap_begin commands
tap_case "without an attached erxdp every command says what to do" case_detached
tap_case "wrong usage ends with 2 and a hint" case_usage
tap_case "every verb has help" case_help
# Not "( ... ) || ...": within such a list, "set -e" has no effect.
(make_devices; make_maps) >&2
# shellcheck disable=SC2181
[ $? = 0 ] || { echo "Bail out! the maps could not be made"; exit 1; }
tap_case "without privileges every command says so" case_unprivileged
tap_case "stats --once" case_stats_once
tap_case "stats -j: stable keys, and every packet once" case_stats_json
tap_case "stats -j -i: a line for each interval" case_stats_json_lines
tap_case "stats --prometheus" case_stats_prometheus
tap_case "stats without a terminal prints lines" case_stats_lines
tap_case "stats in a terminal of 80x24, view by view" case_stats_screen
tap_case "stats in a terminal: its keys" case_stats_screen_keys
tap_case "stats in a terminal: resized, and without UTF-8" case_stats_screen_resize
tap_case "stats in a terminal: ended by a signal" case_stats_screen_signals
tap_case "route show" case_route_show
tap_case "route show -j" case_route_show_json
tap_case "route get agrees or differs with the kernel" case_route_get
tap_case "nat show" case_nat_show
tap_case "nat show -j" case_nat_show_json
tap_case "nat show: idle and timeout" case_nat_ages
tap_case "nat show with a filter" case_nat_filter
tap_case "nat show in an order, and no more than asked for" case_nat_sort
tap_case "nat ports" case_nat_ports
tap_case "nat ports -j" case_nat_ports_json
tap_case "nat block, both ways" case_nat_block
tap_case "nat block of an inside prefix" case_nat_block_inside
tap_case "nat block of nobody" case_nat_block_none
tap_case "status after an interrupted attach" case_status_interrupted
tap_case "status without a daemon" case_status
tap_case "status when somebody removed a program" case_status_missing
tap_case "nat flush" case_nat_flush
tap_end
