#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One outside address, two kinds of users: this host itself and the inside hosts behind it. Thousands of
# flows to the same ports of one server, from the same narrow range of ports, so that nearly all of
# them want what somebody else has; the outside range has as many ports as TCP needs, and none more. Meanwhile
# the server connects to a service of the host and to a forwarding. Nobody may get anybody else's bytes.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

PEER=$(realpath tests/net/together.py)
# With ERXDP_TEST_SCALE there are fewer flows, but as many for each port.
SCALE=${ERXDP_TEST_SCALE:-1}
NTARGETS=$((SCALE > 1 ? 2 : 4))
TARGETS=5000-$((5000 + NTARGETS - 1))
# Source ports: of the host's sockets, about half are bound and half get theirs from the kernel (which
# leaves one out of an odd number).
NCHOSEN=$((76 / SCALE < 4 ? 4 : 76 / SCALE / 4 * 4))
EACH=$((2 * NCHOSEN - 2))
CHOSEN=40000-$((40000 + NCHOSEN - 1))
BOUND=$((40000 + NCHOSEN))-$((40000 + EACH - 1))
ALL=40000-$((40000 + EACH - 1))
# Two more, which no flow gets, although all want them: the host's service and the forwarding.
SERVICE=$((40000 + EACH)) FORWARD=$((40000 + EACH + 1))
# These, of the host as many as there are and 1, of each inside host as many and 2.
RANGE=40000-$((40000 + 3 * EACH + 6))

make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	sysctl -q net.ipv4.ip_local_port_range="${CHOSEN/-/ }" net.ipv4.tcp_max_tw_buckets=0
	# The same connections are made again and again.
	at inside sysctl -q net.ipv4.tcp_max_tw_buckets=0
	at net sysctl -q net.ipv4.tcp_max_tw_buckets=0
	# A router has this rule; so the host's own connections pass through conntrack.
	nft 'table ip user { chain post { type nat hook postrouting priority 100; oif "up0" masquerade; }; }'
	cat >$CONFIG <<-END
		[interfaces]
		uplink = up0
		inside = in0
		[nat]
		ports = $RANGE
		[forward]
		tcp uplink:$FORWARD = 10.79.0.2:80
		udp uplink:$FORWARD = 10.79.0.2:80
	END
}

serve() {
	at net "$PEER" serve $SERVER $TARGETS 2>>/run/refused &
	"$PEER" serve $OUTSIDE $SERVICE 2>>/run/refused &
	at inside "$PEER" serve 10.79.0.2 80 2>>/run/refused &
	wait_until 10 listens net ${TARGETS#*-}
	wait_until 10 listens inside 80
	wait_until 10 eval "[ \"\$(ss -Hltn sport = :$SERVICE)\" ]"
}
listens() { [ "$(at "$1" ss -Hltn "sport = :$2")" ]; }

# ---- talkers, in the background ----

begin() { # NAME COMMAND-BEFORE... -- FLOWS...
	local name=$1 before=()
	shift
	while [ "$1" != -- ]; do
		before+=("$1")
		shift
	done
	"${before[@]}" "$PEER" talk "$TAP_DIR/$name" $TAP_COUNT "${@:2}" >"$TAP_DIR/$name.out" 2>&1 &
	echo $! >"$TAP_DIR/$name.pid"
}

# All of its flows have been answered.
ready() { # NAME...
	local name
	for name; do
		wait_until 20 is_ready "$name" || :
		[ -e "$TAP_DIR/$name.ready" ] || fail "$name: $(tail -qn 5 "$TAP_DIR/$name.out" /run/refused)"
	done
}
is_ready() { [ -e "$TAP_DIR/$1.ready" ] || ! kill -0 "$(cat "$TAP_DIR/$1.pid")" 2>/dev/null; }

begin_own() {
	begin own -- tcp,$OUTSIDE,any$NCHOSEN,$SERVER,$TARGETS \
		udp,$OUTSIDE,any$((NCHOSEN / NTARGETS - 1)),$SERVER,$TARGETS \
		{tcp,udp},$OUTSIDE,$BOUND,$SERVER,$TARGETS
}

# Of the host, too: by the port of the forwarding, to which the answers would go inside.
begin_odd() {
	begin odd -- {tcp,udp},$OUTSIDE,$FORWARD,$SERVER,$TARGETS
}

begin_inside() {
	begin inside at inside -- {tcp,udp},10.79.0.{2,3},{$ALL,$SERVICE,$FORWARD},$SERVER,$TARGETS
}

# TCP from the very ports that the others connect to; the server's UDP sockets have these to themselves.
begin_outside() {
	begin outside at net -- {tcp,udp},$SERVER,7000-$((7000 + EACH - 1)),$OUTSIDE,$SERVICE-$FORWARD \
		tcp,$SERVER,$TARGETS,$OUTSIDE,$SERVICE-$FORWARD
}

tap_after() {
	local pid
	for pid in "$TAP_DIR"/*.pid; do
		[ ! -e "$pid" ] || kill "$(cat "$pid")" 2>/dev/null
	done
	rm -f "$TAP_DIR"/*.{pid,ready,stop,flows,out}
}

# Ends them; each has compared what it got. Sets ANSWERS.
finish() { # NAME...
	local name
	ANSWERS=0
	for name; do
		touch "$TAP_DIR/$name.stop"
	done
	for name; do
		wait "$(cat "$TAP_DIR/$name.pid")" || fail "$name: $(cat "$TAP_DIR/$name.out")"
		ANSWERS=$((ANSWERS + $(cat "$TAP_DIR/$name.out")))
	done
	note "$(cat "$TAP_DIR"/*.flows | wc -l) flows, $ANSWERS answers,"
}

# ---- what became of the ports ----

# Lines of together.py's talk for which the condition on these holds.
flows_where() { # NAME... CONDITION
	local files=("${@/#/$TAP_DIR/}") condition="${*: -1}"
	unset "files[-1]"
	awk "{ protocol = \$1; port = \$3; seen = \$5; seen_port = \$6 } $condition" "${files[@]/%/.flows}"
}
number_where() { flows_where "$@" | wc -l; }

# No two flows of one protocol to one port of the server had the same address and port.
expect_unique() { # NAME...
	local files=("${@/#/$TAP_DIR/}")
	equal "$(awk '{ print $1, $4, $5, $6 }' "${files[@]/%/.flows}" | sort | uniq -d)" "" \
		"addresses and ports that two flows had"
	equal "$(flows_where {own,odd,inside} "seen != \"$OUTSIDE\"")" "" "flows with another address"
	equal "$(flows_where odd "seen_port == $FORWARD")" "" "own flows from the forwarding's port"
	equal "$(flows_where inside "seen_port == $SERVICE || seen_port == $FORWARD")" "" "translated to a service's port"
}

begin_counting() { BEFORE=$(erxdp stats --once -j); }

# Sets FAST, DROPPED and MOVED: packets since begin_counting.
end_counting() {
	local text
	text=$(jq -nr --argjson before "$BEFORE" --argjson now "$(erxdp stats --once -j)" '
		[$now, $before] | map([.packets.fast, .packets.dropped, .slow["slow-own-moved"].packets]) |
		transpose | map(.[0] - .[1]) | @tsv')
	read -r FAST DROPPED MOVED <<<"$text"
}

# What the inside hosts sent and got was fast, and nothing was lost for a reason.
expect_fast() { # ANSWERS-AT-LEAST
	[ "$FAST" -ge $((2 * $1)) ] || fail "only $FAST packets were fast"
	equal "$DROPPED" 0 "dropped packets"
}

expect_moved_at_egress() {
	[ "$MOVED" -ge "$1" ] || fail "$MOVED own packets were moved, not $1"
}

case_attach() { # MODE
	# What the mode before has handed to the kernel would be translated as it was then.
	conntrack -F
	erxdp attach -c $CONFIG --mode "$1"
	# The first packets find no neighbour yet.
	at inside ping -q -c 1 -W 2 $SERVER >/dev/null
	erxdp nat flush
}

begin_round() {
	# Ports of closed connections are not free at once.
	erxdp nat flush
	: >/run/refused
	begin_counting
}

end_round() { # NAME...
	finish "$@"
	cat /run/refused
	[ ! -s /run/refused ] || fail "a server got what it should not have"
	expect_unique "$@"
	end_counting
}

case_own_first() {
	begin_round
	begin_own
	ready own
	begin_odd
	begin_inside
	ready odd inside
	end_round own odd inside
	equal "$(flows_where own 'port != seen_port')" "" "own ports that were moved"
	equal "$(flows_where inside 'protocol == "tcp" && port == seen_port')" "" "translated ports that were kept"
	note "$(number_where inside 'port != seen_port') translated ports moved"
	expect_fast "$(number_where inside 1)"
}

case_translated_first() {
	begin_round
	begin_inside
	ready inside
	begin_own
	begin_odd
	ready own odd
	end_round own odd inside
	equal "$(flows_where own 'port == seen_port')" "" "own ports that were kept"
	note "$(number_where own 1) own ports moved"
	expect_fast "$(number_where inside 1)"
	expect_moved_at_egress "$((3 * $(number_where own 1)))"
}

case_both_at_once() {
	begin_round
	begin_inside
	begin_own
	begin_odd
	begin_outside
	ready inside own odd outside
	end_round own odd inside outside
	equal "$(flows_where outside "port != seen_port || seen != \"$SERVER\"")" "" "outside clients that were translated"
	note "$(number_where inside 'port != seen_port') translated and $(number_where own 'port != seen_port') own ports moved"
	expect_fast "$(number_where inside 1)"
}

run_mode() {
	TAP_NAME="together $1"
	tap_case "attach" case_attach "$1"
	tap_case "the host's own connections first: the translated ones give way" case_own_first
	tap_case "translated ones first: the host's own give way" case_translated_first
	tap_case "both at once, and from outside to a service and a forwarding" case_both_at_once
	tap_case "detach" erxdp detach
}

tap_begin "together"
make_network
serve
for mode in $TEST_MODES; do
	run_mode $mode
done
kill $(jobs -p)
tap_end
