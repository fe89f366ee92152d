#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A changed configuration is put into force while traffic flows: nothing is lost, no session ends, and
# new flows go by what is new. A wrong one is refused with file, line and remedy, and changes nothing:
# whoever corrects a list of exemptions on a busy router must not have to think of the night.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
. tests/lib/streams.sh
sandbox_enter "$0" "$@"

# Beside SERVER, with which the streams are.
OTHER=198.51.100.20
INTERFACES='[interfaces]\nuplink = up0\ninside = in0\n'

make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	private_behind_uplink
	ip -n net addr add $OTHER/32 dev lo
	serve net $SERVER $PRIVATE $OTHER
	serve inside 10.79.0.2
	stream_serve net $SERVER
}

# The configuration: printf's format, behind [interfaces].
write_config() { printf "$INTERFACES$1" >$CONFIG; }

reload() { # FORMAT
	write_config "$1"
	erxdp reload
}

case_attach() { # MODE
	write_config ''
	erxdp attach -c $CONFIG --mode "$1"
	# The first packet finds no neighbour yet.
	ask udp 10.79.0.2 39999 $SERVER
	stream_begin udp 10.79.0.2 $STREAM_PORT $SERVER
	stream_begin tcp 10.79.0.2 $STREAM_PORT $SERVER
}

# They hold for running flows, too: one that becomes exempt goes on as itself, which is another flow to its
# peer.
case_exemptions() {
	begin_flow flow udp 10.79.0.2 40100 $OTHER
	equal "$(flow_seen flow)" "$OUTSIDE 40100"
	reload '[nat]\nexempt-destination = 198.51.100.16/28\n'
	flow_ended flow
	equal "$(ask tcp 10.79.0.2 40101 $OTHER)" "10.79.0.2 40101" "what is exempt by now"
	equal "$(ask tcp 10.79.0.2 40102 $PRIVATE)" "$OUTSIDE 40102" "what is not any more"
	reload '[nat]\nexempt-source = 10.79.0.3\n'
	equal "$(ask tcp 10.79.0.3 40103 $OTHER)" "10.79.0.3 40103"
	equal "$(ask tcp 10.79.0.2 40103 $OTHER)" "$OUTSIDE 40103"
	reload ''
	equal "$(ask tcp 10.79.0.3 40104 $OTHER)" "$OUTSIDE 40104"
	equal "$(ask tcp 10.79.0.2 40104 $PRIVATE)" "10.79.0.2 40104"
}

port_seen() { ask "$@" | cut -d' ' -f2; }

# Up, down, and up beyond what was: the ends move one after the other.
case_ports() {
	local range port from=40110
	for range in 2000-2010 100-110 50000-50010; do
		reload "[nat]\nports = $range\n"
		port=$(port_seen tcp 10.79.0.2 $from $SERVER)
		from=$((from + 1))
		[ "$port" -ge "${range%-*}" ] && [ "$port" -le "${range#*-}" ] || fail "$port is not in $range"
	done
	reload ''
	equal "$(port_seen tcp 10.79.0.2 $from $SERVER)" $from
}

# Of sessions that there are, too.
case_timeouts() {
	local timeout
	ask udp 10.79.0.3 40120 $SERVER
	reload '[timeouts]\nudp = 1000s\n'
	timeout=$(erxdp nat show -j --src 10.79.0.3 --sport 40120 -p udp | jq '.sessions[0].timeout')
	equal "$timeout" 1000
	reload ''
}

case_forwardings() {
	local flow
	fails at net timeout 2 $TALKER ask tcp $SERVER 41000 $OUTSIDE
	reload '[forward]\ntcp uplink:5000 = 10.79.0.2:5000\n'
	equal "$(at net $TALKER ask tcp $SERVER 41001 $OUTSIDE)" "$SERVER 41001"
	rm -f "$TAP_DIR/forwarded" "$TAP_DIR/forwarded.stop"
	at net $TALKER ask tcp $SERVER 41005 $OUTSIDE "$TAP_DIR/forwarded.stop" >"$TAP_DIR/forwarded" &
	flow=$!
	wait_until 5 test -s "$TAP_DIR/forwarded"
	reload '[forward]\nudp uplink:5000 = 10.79.0.2:5000\n'
	equal "$(at net $TALKER ask udp $SERVER 41002 $OUTSIDE)" "$SERVER 41002"
	fails at net timeout 2 $TALKER ask tcp $SERVER 41003 $OUTSIDE
	# What came in by it goes on.
	touch "$TAP_DIR/forwarded.stop"
	wait $flow
	reload ''
	fails at net timeout 2 $TALKER ask udp $SERVER 41004 $OUTSIDE
}

# What a host has already counts, wherever its section stands in the file.
case_limits() {
	reload '[inside 10.79.0.3]\nmax-sessions-per-host = 2\n'
	erxdp nat flush --src 10.79.0.3
	ask tcp 10.79.0.3 40130 $SERVER
	ask tcp 10.79.0.3 40131 $SERVER
	fails ask tcp 10.79.0.3 40132 $SERVER
	reload '[inside 10.79.0.9]\nmax-sessions-per-host = 1\n[inside 10.79.0.3]\nmax-sessions-per-host = 3\n'
	ask tcp 10.79.0.3 40133 $SERVER
	fails ask tcp 10.79.0.3 40134 $SERVER
	reload ''
	ask tcp 10.79.0.3 40135 $SERVER
}

# Of behaviour rfc: two destinations, one outside port, which `ports` is too narrow to keep.
case_behaviour() {
	reload '[nat]\nbehaviour = rfc\nports = 2000-2999\n'
	equal "$(port_seen udp 10.79.0.3 40140 $SERVER)" "$(port_seen udp 10.79.0.3 40140 $OTHER)"
	reload ''
}

# A VLAN on a device that is attached.
case_interface() {
	ip link add link in0 name in0.7 type vlan id 7
	ip link set in0.7 up
	ip addr add 10.80.7.1/24 dev in0.7
	printf '[interfaces]\nuplink = up0\ninside = in0 in0.7\n' >$CONFIG
	erxdp reload
	equal "$(erxdp status -j | jq -c '[.tc[].device]')" '["up0","in0","in0.7"]'
	erxdp route show | grep '^10.80.7.0/24 .*in0.7 '
	reload ''
	equal "$(erxdp status -j | jq -c '[.tc[].device]')" '["up0","in0"]'
	ip link del in0.7
}

# All at once, again and again, while a flow begins at every moment.
case_again_and_again() {
	local i ranges=(30000-59999 2000-29999 1-65535)
	stream_begin new 10.79.0.2 10000 $SERVER
	for i in $(seq 0 59); do
		reload "[nat]\nports = ${ranges[i % 3]}\nmax-sessions-per-host = $((50000 + i))
			exempt-destination = 10.0.0.0/8 172.$((16 + i % 2)).0.0/16
			[inside 10.79.0.$((2 + i % 2))]\nnew-sessions-per-second = $((100000 + i))
			[forward]\ntcp uplink:$((6000 + i)) = 10.79.0.2:80
			[timeouts]\nudp = $((200 + i))\n"
	done >/dev/null
	stream_end new
	reload ''
	erxdp nat flush -p udp --src 10.79.0.2 --sport 10000 >/dev/null
}

# What nobody could foresee: something is in the way of the new interface's link, and what was in force
# before is put back, the ports too.
case_interface_fails() {
	local index said status=0
	ip link add link in0 name in0.8 type vlan id 8
	ip link set in0.8 up
	index=$(cat /sys/class/net/in0.8/ifindex)
	mkdir "$PINS/links/$index-egress"
	printf '[interfaces]\nuplink = up0\ninside = in0 in0.8\n[nat]\nports = 2000-2010\n' >$CONFIG
	said=$(erxdp reload 2>&1) || status=$?
	echo "$said"
	equal "$status" 1 "exit code"
	grep -q 'in0.8: the TC program was not attached at egress' <<<"$said"
	equal "$(erxdp status -j | jq -c '[.tc[].device]')" '["up0","in0"]'
	equal "$(port_seen tcp 10.79.0.2 40115 $SERVER)" 40115
	rmdir "$PINS/links/$index-egress"
	erxdp status
	reload ''
	ip link del in0.8
}

# What is wrong, and what is told: extended regular expressions, behind file and line.
wrong() { # EXPECTED CONFIGURATION, printf's format
	local said status=0
	printf "$2" >$CONFIG
	said=$(erxdp reload 2>&1) || status=$?
	echo "$said"
	equal "$status" 1 "exit code"
	grep -qE "^erxdp: $CONFIG$1.*; what was in force stays in force$" <<<"$said" ||
		fail "expected to be told: $1"
	equal "$(erxdp nat show -j | jq '[.sessions[] | select(.inside.port == '$STREAM_PORT')] | length')" 2 "sessions of the streams"
}

RESTART='start another daemon, which keeps the sessions: `kill [0-9]+`, then `erxdp attach`'

case_wrong() {
	reload '[nat]\nports = 2000-2010\n'
	wrong ':5: ports: expected a range' "$INTERFACES[nat]\nports = 5-1\n"
	wrong ':5: port: unknown key in \[nat\]; did you mean ports' "$INTERFACES[nat]\nport = 5-9\n"
	wrong ':4: \[net\]: unknown section' "$INTERFACES[net]\n"
	wrong ':5: max-sessions: 1000 are wanted, and the tables were made for 262144; write .* `erxdp detach`' \
		"$INTERFACES[nat]\nmax-sessions = 1000\n"
	wrong ":5: mark-shift: changes from 24 to 20, .*$RESTART" "$INTERFACES[nat]\nmark-shift = 20\n"
	wrong ":3: inside: nothing is left on in0, .*$RESTART" '[interfaces]\nuplink = up0\ninside = up0\n'
	wrong ":2: uplink: in0 would become an uplink, .*$RESTART" '[interfaces]\nuplink = up0 in0\n'
	wrong ":2: uplink: up0 would be no uplink any more, .*$RESTART" \
		'[interfaces]\nuplink = in0\ninside = up0\n'
	wrong ':3: inside: there is no interface in9; create it' '[interfaces]\nuplink = up0\ninside = in0 in9\n'
	wrong ':5: tcp in0:80: in0 is not an uplink' "$INTERFACES[forward]\ntcp in0:80 = 10.79.0.2:80\n"
	equal "$(port_seen tcp 10.79.0.2 40150 $SERVER | grep -cE '^20(0[0-9]|10)$')" 1 "the ports of before"
	reload ''
}

# sshd, say: nobody could come in to correct it.
case_wrong_service() {
	local service
	$TALKER serve $OUTSIDE &
	service=$!
	wait_until 5 serving_here
	wrong ':5: tcp uplink:5000: a service of this host.s own listens on port 5000' \
		"$INTERFACES[forward]\ntcp uplink:5000 = 10.79.0.2:5000\n"
	equal "$(at net $TALKER ask tcp $SERVER 41010 $OUTSIDE)" "$SERVER 41010"
	kill $service
	wait $service || true
	reload '[forward]\ntcp uplink:5000 = 10.79.0.2:5000\n'
	# What is forwarded goes on, whoever listens since.
	$TALKER serve $OUTSIDE &
	service=$!
	wait_until 5 serving_here
	reload '[timeouts]\nudp = 4m\n[forward]\ntcp uplink:5000 = 10.79.0.2:5000\n'
	kill $service
	reload ''
}

serving_here() { ss -Hltn 'sport = :5000' | grep -q 5000; }

case_wrong_filter() {
	nft 'table ip user { chain f { type filter hook forward priority 0; iifname "in0" tcp dport 25 drop; }; }'
	printf '[interfaces]\nforward-filter = bypass\nuplink = up0\ninside = in0\n' >$CONFIG
	erxdp reload
	wrong ':2: forward-filter: .*drop.*; remedy: ' '[interfaces]\nforward-filter = auto\nuplink = up0\ninside = in0\n'
	nft delete table ip user
	reload ''
}

case_wrong_file() {
	local said status=0
	mv $CONFIG $CONFIG.away
	said=$(erxdp reload 2>&1) || status=$?
	mv $CONFIG.away $CONFIG
	equal "$status $said" \
		"1 erxdp: $CONFIG: No such file or directory; what was in force stays in force"
}

case_streams() {
	stream_end udp
	stream_end tcp
	erxdp status
	erxdp detach
}

case_no_daemon() {
	local said status=0
	said=$(erxdp reload 2>&1) || status=$?
	equal "$status $said" "1 erxdp: no daemon is there to read the configuration; \`erxdp attach\` starts one"
	status=0
	erxdp reload now || status=$?
	equal "$status" 2
}

# By systemd's ExecReload, say: the log has the answer.
case_sighup() {
	local log=$TAP_DIR/log.daemon daemon
	notify_listen
	write_config ''
	NOTIFY_SOCKET=/run/notify "$ERXDP" run -c $CONFIG --mode native 2>"$log" &
	daemon=$!
	wait_until 30 grep -q '^attached' "$log"
	write_config '[nat]\nports = 2000-2010\n'
	kill -HUP $daemon
	wait_until 5 grep -q "^the configuration $CONFIG was read anew and is in force" "$log"
	ask udp 10.79.0.2 40160 $SERVER || true
	[[ $(port_seen udp 10.79.0.2 40161 $SERVER) == 20?? ]]
	write_config '[nat]\nports = 1\n'
	kill -HUP $daemon
	wait_until 5 grep -q "^erxdp: $CONFIG:5: ports: expected a range .*; what was in force stays" "$log"
	[[ $(port_seen udp 10.79.0.2 40162 $SERVER) == 20?? ]]
	kill $daemon
	wait $daemon
	wait_until 5 grep -q STOPPING "$TAP_DIR/notified"
	equal "$(cut -d' ' -f1 "$TAP_DIR/notified" | paste -sd' ')" \
		"READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 STOPPING=1"
	erxdp detach
}

# What systemd is told, a line each.
notify_listen() {
	python3 - "$TAP_DIR/notified" <<-'EOF' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("/run/notify")
		s.settimeout(60)
		with open(sys.argv[1], "w") as f:
		    while "STOPPING" not in (said := s.recv(4096).decode().replace("\n", " ")):
		        print(said, file=f, flush=True)
		    print(said, file=f)
	EOF
	wait_until 5 test -S /run/notify
}

# A path that was relative, and a mode of the command line.
case_as_it_was_given() {
	write_config ''
	(cd /run && "$ERXDP" attach -c test.conf --mode tc)
	reload '[nat]\nports = 2000-2010\n' | grep '^/run/test.conf is in force'
	ask udp 10.79.0.2 40170 $SERVER || true
	[[ $(port_seen udp 10.79.0.2 40171 $SERVER) == 20?? ]]
	equal "$(erxdp status -j | jq -c '[.ports[].mode]')" '["tc","tc"]'
	erxdp detach
}

# These cases are for the kernels that can; of the lab's, 6.12 has both.
has_vlans() { ip link add link in0 name in0.9 type vlan id 9 2>/dev/null && ip link del in0.9; }
has_tcx() { [ "$(erxdp status -j | jq -r '.tc[0].by')" = tcx ]; }

run_mode() {
	TAP_NAME="reload $1"
	STREAM_PORT=$((STREAM_PORT + 1))
	tap_case "attach, with a UDP and a TCP stream" case_attach "$1"
	tap_case "exemptions" case_exemptions
	common tap_case "outside ports" case_ports
	common tap_case "timeouts" case_timeouts
	tap_case "forwardings" case_forwardings
	common tap_case "limits" case_limits
	common tap_case "behaviour" case_behaviour
	! has_vlans || tap_case "a VLAN on an attached device" case_interface
	! has_vlans || ! has_tcx ||
		tap_case "a VLAN that cannot be attached: what was in force is put back" case_interface_fails
	common tap_case "60 times, while a flow begins at every moment" case_again_and_again
	common tap_case "a wrong one is refused, with file, line and remedy" case_wrong
	common tap_case "a forwarding of a service's port is refused" case_wrong_service
	common tap_case "firewall rules that drop are heeded when bypass goes" case_wrong_filter
	common tap_case "a file that is gone is refused" case_wrong_file
	tap_case "nothing was lost, and no session ended" case_streams
}

tap_begin "reload"
make_network
STREAM_PORT=40000
[ "${ERXDP_TEST_SCALE:-1}" = 1 ] || TEST_MODES=native
for mode in $TEST_MODES; do
	run_mode $mode
done
TAP_NAME="reload"
common tap_case "without a daemon" case_no_daemon
common tap_case "SIGHUP: the log has the answer" case_sighup
common tap_case "a relative path, and --mode, stay" case_as_it_was_given
tap_end
