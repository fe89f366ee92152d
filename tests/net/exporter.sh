#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a monitor learns of erxdp: the exporter's metrics are those of the other commands, promtool finds
# nothing against them, and a real Prometheus scrapes them, evaluates the alert rules and answers
# the dashboard's queries. It must not depend on the attach, nor take longer because there are sessions.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

MONITORING=${MONITORING:-tools/monitoring}
LISTEN=127.0.0.1:9978
SOCKET=/run/metrics.sock
PROM=127.0.0.1:9090
FILL=build/tests/net/fill_sessions

# The exporters and Prometheus die with the test's PID namespace.
start_exporter() { # NAME [ARGUMENT...]
	rm -f "/run/$1.log" # of an earlier one, which would be taken for its
	"$ERXDP" exporter "${@:2}" 2>"/run/$1.log" &
	echo $! >"/run/$1.pid"
	wait_until 5 grep -q 'metrics at' "/run/$1.log"
}

page() { curl -sS --fail --max-time 10 "http://$LISTEN/metrics"; }

# value NAME{LABELS}: of the page.
value() { page | awk -v name="$1" '$1 == name { print $2 }'; }

checked() { # by promtool, which prints what it finds
	local said
	said=$(promtool check metrics 2>&1 <"$1") || fail "$said"
	equal "$said" ""
}

# ---- attached or not ----

case_detached() {
	page >"$TAP_DIR/page"
	equal "$(grep -v '^#' "$TAP_DIR/page" | grep -v build_info | tr '\n' ' ')" \
		"erxdp_attached 0 erxdp_good 0 erxdp_daemon_up 0 "
	checked "$TAP_DIR/page"
}

case_attach() {
	erxdp attach -c $CONFIG --mode native
	ask udp 10.79.0.2 40000 $SERVER
	ask udp 10.79.0.2 40001 $SERVER
	ask udp 10.79.0.3 40000 $SERVER
	ask tcp 10.79.0.2 40000 $SERVER
	equal "$(value erxdp_attached) $(value erxdp_good) $(value erxdp_daemon_up)" "1 1 1"
}

case_promtool() {
	page >"$TAP_DIR/page"
	checked "$TAP_DIR/page"
	# A check that finds nothing is one that can find something.
	sed 's/erxdp_received_packets_total/erxdp_received_packets/' "$TAP_DIR/page" >"$TAP_DIR/bad"
	fails checked "$TAP_DIR/bad"
}

# The numbers are those that `stats`, `status` and `nat ports` print.
case_same() {
	local name number
	# IPv6 is off: without traffic nothing is counted.
	page >"$TAP_DIR/page"
	erxdp stats --once -j >"$TAP_DIR/stats"
	erxdp status -j >"$TAP_DIR/status"
	erxdp nat ports -j >"$TAP_DIR/ports"
	jq -r '(.interfaces | to_entries[] | .key as $i | .value |
			"received_packets_total{interface=\"\($i)\"} \(.in.packets)",
			"received_bytes_total{interface=\"\($i)\"} \(.in.bytes)",
			"sent_packets_total{interface=\"\($i)\"} \(.out.packets)",
			"sent_bytes_total{interface=\"\($i)\"} \(.out.bytes)",
			(.entry as $hook | .verdicts | to_entries[] |
				"packets_total{interface=\"\($i)\",hook=\"\($hook)\",verdict=\"\(.key)\"} \(.value.packets)",
				"bytes_total{interface=\"\($i)\",hook=\"\($hook)\",verdict=\"\(.key)\"} \(.value.bytes)")),
		"sessions \(.sessions.count)", "sessions_limit \(.sessions.max)", "routes \(.routes.count)",
		"trusted 1"' "$TAP_DIR/stats" >"$TAP_DIR/expected"
	jq -r '"neighbours \(.neighbours.count)", "gateways_unresolved \(.neighbours.unresolved)",
		"kernel_routes \(.routes.kernel)", "nexthops \(.routes.nexthops)",
		"nexthop_groups \(.routes.groups)", "reserved_ports \(.sockets.ports)",
		"daemon_resyncs_total \(.daemon.resyncs)", "daemon_overruns_total \(.daemon.overruns)",
		"daemon_messages_total \(.daemon.messages)",
		(.ports[] | "port_mode_info{device=\"\(.device)\",mode=\"\(.mode)\"} 1"),
		(.xdp[] | "xdp_attached{device=\"\(.device)\"} 1")' "$TAP_DIR/status" >>"$TAP_DIR/expected"
	jq -r '.addresses[] | "{address=\"\(.outside)\",protocol=\"\(.protocol)\"}" as $labels |
		"ports_in_use\($labels) \(.ports)", "ports_limit\($labels) \(.range)"' "$TAP_DIR/ports" \
		>>"$TAP_DIR/expected"
	[ "$(wc -l <"$TAP_DIR/expected")" -gt 30 ]
	grep -q 'ports_in_use{address="192.0.2.2",protocol="udp"} 3' "$TAP_DIR/expected"
	grep -q 'verdict="redirect"} [1-9]' "$TAP_DIR/expected"
	while read -r name number; do
		grep -qxF "erxdp_$name $number" "$TAP_DIR/page" || fail "not on the page: erxdp_$name $number"
	done <"$TAP_DIR/expected"
	# The one-shot form has all but the ports, for a textfile collector.
	erxdp stats --prometheus >"$TAP_DIR/once"
	equal "$(grep -c '^# TYPE' "$TAP_DIR/once")" "$(grep '^# TYPE' "$TAP_DIR/page" | grep -vc erxdp_ports_)"
}

case_http() {
	local type='text/plain; version=0.0.4; charset=utf-8'
	equal "$(curl -sS -o /dev/null -w '%{http_code} %{content_type}' "http://$LISTEN/metrics")" "200 $type"
	equal "$(curl -sS -I -o /dev/null -w '%{http_code} %{content_type}' "http://$LISTEN/metrics")" "200 $type"
	equal "$(curl -sS -o /dev/null -w '%{http_code}' "http://$LISTEN/")" 200
	equal "$(curl -sS -o /dev/null -w '%{http_code}' "http://$LISTEN/other")" 404
	equal "$(curl -sS -o /dev/null -w '%{http_code}' -d x=1 "http://$LISTEN/metrics")" 405
	equal "$(curl -sS -o /dev/null -w '%{http_code}' -X DELETE "http://$LISTEN/metrics")" 405
}

# Who dawdles keeps nobody waiting.
case_dawdler() {
	local fd
	for _ in 1 2 3 4 5 6; do
		exec {fd}<>"/dev/tcp/${LISTEN/://}"
		printf 'GET /metrics' >&"$fd"
	done
	page >/dev/null
}

# By default nobody but this host may ask.
case_localhost_only() {
	equal "$(ss -Hltn "sport = :${LISTEN#*:}" | awk '{ print $4 }')" $LISTEN
	fails at inside curl -sS --max-time 2 "http://10.79.0.1:${LISTEN#*:}/metrics"
}

case_unix() {
	start_exporter unix -l $SOCKET
	curl -sS --fail --unix-socket $SOCKET http://erxdp/metrics | grep -qx 'erxdp_attached 1'
	# A live one's is left to it.
	says 1 "already in use" timeout 5 "$ERXDP" exporter -l $SOCKET
	curl -sS --fail --unix-socket $SOCKET http://erxdp/metrics | grep -qx 'erxdp_attached 1'
	# A dead one's is replaced.
	kill -KILL "$(cat /run/unix.pid)"
	wait_until 5 process_gone "$(cat /run/unix.pid)" || :
	[ -S $SOCKET ]
	start_exporter unix -l $SOCKET
	curl -sS --fail --unix-socket $SOCKET http://erxdp/metrics | grep -qx 'erxdp_attached 1'
	kill "$(cat /run/unix.pid)"
	wait_until 5 eval "[ ! -e $SOCKET ]"
	# A file that is no socket is not touched.
	echo mine >/run/file
	says 1 "already in use" timeout 5 "$ERXDP" exporter -l /run/file
	equal "$(cat /run/file)" mine
}

says() { # EXIT-CODE TEXT COMMAND...
	local status=0
	"${@:3}" >"$TAP_DIR/said" 2>&1 || status=$?
	equal "$status" "$1"
	grep -qF -- "$2" "$TAP_DIR/said" || fail "'$2' is not in: $(cat "$TAP_DIR/said")"
}

case_usage() {
	local where
	says 1 "--listen" timeout 5 "$ERXDP" exporter
	for where in nonsense localhost:1 :9978 127.0.0.1: 127.0.0.1:x 127.0.0.1:99999; do
		says 2 "--help" timeout 5 "$ERXDP" exporter -l "$where"
	done
	says 2 "--help" timeout 5 "$ERXDP" exporter x
	says 0 "usage: erxdp exporter" erxdp exporter --help
}

# ---- Prometheus ----

case_rules() {
	promtool check rules "$MONITORING"/erxdp.rules.yml
	promtool test rules "$MONITORING"/erxdp.rules.test.yml
	# The test of the rules notices a change of one.
	sed 's/ > 0.8/ > 0.95/' "$MONITORING"/erxdp.rules.yml >"$TAP_DIR/erxdp.rules.yml"
	cp "$MONITORING"/erxdp.rules.test.yml "$TAP_DIR"
	fails promtool test rules "$TAP_DIR/erxdp.rules.test.yml"
}

metric_names() { grep -oE '\berxdp_[a-z_]+' "$@" | sort -u; }

# No rule and no panel asks for what is not served.
case_names() {
	page | sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' | sort >"$TAP_DIR/served"
	[ "$(wc -l <"$TAP_DIR/served")" -gt 20 ]
	metric_names -h "$MONITORING"/erxdp.rules.yml "$MONITORING"/erxdp.dashboard.json | sort -u >"$TAP_DIR/asked"
	[ "$(wc -l <"$TAP_DIR/asked")" -gt 15 ]
	equal "$(comm -13 "$TAP_DIR/served" "$TAP_DIR/asked")" ""
}

prometheus_ready() { curl -sS --fail --max-time 2 -o /dev/null "http://$PROM/-/ready" 2>/dev/null; }

# query EXPRESSION: the results as JSON.
query() {
	curl -sS --max-time 10 --data-urlencode "query=$1" "http://$PROM/api/v1/query" >"$TAP_DIR/answer"
	jq -e '.status == "success"' "$TAP_DIR/answer" >/dev/null || fail "$1: $(cat "$TAP_DIR/answer")"
	jq -c .data.result "$TAP_DIR/answer"
}
# The value of a query with one result.
scraped() { query "$1" | jq -r 'if length == 1 then .[0].value[1] else "\(length) results" end'; }
scraped_is() { [ "$(scraped "$1")" = "$2" ]; }

case_prometheus() {
	cat >/run/prometheus.yml <<-END
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: [$(realpath $MONITORING)/erxdp.rules.yml]
		scrape_configs:
		  - job_name: erxdp
		    static_configs: [{targets: ["$LISTEN"]}]
	END
	promtool check config /run/prometheus.yml
	mkdir /run/prometheus
	prometheus --config.file=/run/prometheus.yml --storage.tsdb.path=/run/prometheus \
		--web.listen-address=$PROM --log.level=warn 2>/run/prometheus.log &
	echo $! >/run/prometheus.pid
	wait_until 30 prometheus_ready || fail "$(cat /run/prometheus.log)"
	wait_until 20 scraped_is 'up{job="erxdp"}' 1
	equal "$(scraped 'erxdp_received_packets_total{interface="in0"}')" \
		"$(erxdp stats --once -j | jq -r .interfaces.in0.in.packets)"
	equal "$(scraped 'sum(erxdp_ports_in_use)')" "$(value 'erxdp_ports_in_use{address="192.0.2.2",protocol="udp"}' |
		awk '{ print $1 + 1 }')"
	# So long a scrape took, of which there are few figures in a second.
	note "scrape=$(scraped 'scrape_duration_seconds{job="erxdp"}')s"
}

has_rates() { [ "$(query 'rate(erxdp_received_packets_total[5s]) > 0')" != "[]" ]; }

# Prometheus understands every query of the dashboard; nearly all have an answer here.
case_dashboard() {
	local answered=0 all=0 expression
	jq -e '.title == "erxdp" and ([.panels[].id] | unique | length) == (.panels | length)' \
		"$MONITORING"/erxdp.dashboard.json
	jq -r '.panels[].targets[].expr' "$MONITORING"/erxdp.dashboard.json |
		sed 's/\$__rate_interval/5s/g; s/\$job\|\$instance/.*/g' >"$TAP_DIR/expressions"
	ask udp 10.79.0.2 40000 $SERVER
	wait_until 10 has_rates
	while read -r expression; do
		all=$((all + 1))
		if [ "$(query "$expression")" = "[]" ]; then
			echo "no answer: $expression"
		else
			answered=$((answered + 1))
		fi
	done <"$TAP_DIR/expressions"
	note "answered=$answered of=$all"
	# Nothing was dropped, and no fast share without traffic between two scrapes.
	[ $all -ge 18 ] && [ $answered -ge $((all - 2)) ]
}

alerts() { query 'ALERTS' | jq -r '[.[].metric.alertname] | sort | join(" ")'; }
alerts_are() { [ "$(alerts)" = "$1" ]; }

# The alert is pending at once, and fires after the time that its rule has.
case_daemon_killed() {
	equal "$(alerts)" ""
	kill_daemon
	equal "$(value erxdp_attached) $(value erxdp_good) $(value erxdp_daemon_up)" "1 0 0"
	wait_until 10 alerts_are ErxdpDaemonDown
	erxdp attach -c $CONFIG --mode native
	equal "$(value erxdp_good)" 1
	wait_until 10 alerts_are ""
	# Its scrapes would be among those that the next case counts.
	kill "$(cat /run/prometheus.pid)"
	wait_until 10 eval "! prometheus_ready"
}

# ---- as many sessions as there may be ----

# Detach leaves no trace, although the exporter has read the maps and nobody asks it any more.
case_lets_go() {
	local objects
	objects=$(sandbox_objects)
	page >/dev/null
	erxdp detach
	objects_gone "$objects"
	equal "$(value erxdp_attached)" 0
}

# write_abi BYTE BYTE BYTE BYTE: of the pinned maps; 0 is what an attach that is not complete has.
write_abi() {
	# shellcheck disable=SC2046
	bpftool map update pinned $PINS/control key 0 0 0 0 value "$@" $(jq -r '.value[4:][]' "$TAP_DIR/control")
}

# A page that is asked for while the maps are being made says so, and the next one is the attach's.
case_unfinished() {
	local daemon
	erxdp attach -c $CONFIG --mode native
	daemon=$(daemon_pid)
	kill -STOP "$daemon" # it writes there too
	bpftool -j map lookup pinned $PINS/control key 0 0 0 0 >"$TAP_DIR/control"
	write_abi 0 0 0 0
	equal "$(value erxdp_attached)" 0
	# shellcheck disable=SC2046
	write_abi $(jq -r '.value[:4][]' "$TAP_DIR/control")
	kill -CONT "$daemon"
	equal "$(value erxdp_attached)" 1
	erxdp detach
	equal "$(value erxdp_attached)" 0
}

# Of an attach that comes later than the exporter and is another one than it knew.
case_million() {
	local seconds page=0
	printf '[nat]\nmax-sessions = 1000000\n' >>$CONFIG
	erxdp attach -c $CONFIG --mode native
	$FILL 1000000
	for page in 1 2 3 4; do
		seconds=$(curl -sS --fail -o "$TAP_DIR/page" -w '%{time_total}' "http://$LISTEN/metrics")
		note "page$page=${seconds}s"
		awk -v s="$seconds" 'BEGIN { exit !(s < 0.5) }' || fail "a page took $seconds s"
		[ "$page" = 4 ] || fails grep '^erxdp_ports_in_use{' "$TAP_DIR/page"
	done
	grep -e '^erxdp_sessions' -e '^erxdp_ports' "$TAP_DIR/page"
	grep -qx 'erxdp_sessions 1000000' "$TAP_DIR/page"
	grep -qx 'erxdp_ports_in_use{address="192.0.2.2",protocol="tcp"} 40000' "$TAP_DIR/page"
	note "walk=$({ time erxdp nat ports -j >"$TAP_DIR/ports"; } 2>&1 | sed -n 's/^real.*m/m/p')"
	jq -e '.addresses[] | select(.protocol == "tcp") | .ports == 40000' "$TAP_DIR/ports"
}

case_ends() {
	kill "$(cat /run/exporter.pid)"
	wait_until 5 eval "! curl -sS --max-time 1 http://$LISTEN/ 2>/dev/null"
	[ ! -e $PINS ] || erxdp detach
}

make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	serve net $SERVER
}

tap_prepare network make_network
tap_begin exporter
start_exporter exporter
tap_case "where nothing is attached, the metrics say so" case_detached
tap_case "an attach that comes later is noticed" case_attach
tap_case "promtool finds nothing against the metrics" case_promtool
tap_case "the numbers are those of stats, status and nat ports" case_same
tap_case "GET and HEAD of /metrics, and nothing else" case_http
tap_case "who dawdles keeps nobody waiting" case_dawdler
tap_case "by default it listens for this host alone" case_localhost_only
common tap_case "a Unix socket: a dead exporter's is replaced, nothing else is" case_unix
common tap_case "wrong usage, and a port that is taken" case_usage
common tap_case "the alert rules are valid, and fire when they should" case_rules
common tap_case "rules and dashboard ask for what is served" case_names
tap_case "Prometheus scrapes it" case_prometheus
tap_case "Prometheus answers the dashboard's queries" case_dashboard
tap_case "the daemon's death raises its alert, and nothing else does" case_daemon_killed
tap_case "it lets go of what was detached" case_lets_go
common tap_case "a page while the attach is not complete" case_unfinished
common tap_case "a million sessions make no page slow" case_million
tap_case "it ends when told to" case_ends
tap_end
