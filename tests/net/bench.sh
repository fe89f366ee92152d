#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The benchmark can be believed: what it reports are packets that arrived, translated where they should
# be, and a contender that lets them down ends the run. No case looks at how long anything took.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
sandbox_enter "$0" "$@"
. tools/bench/net.sh
. tools/bench/contenders.sh

DRIVER=$(realpath "${BUILD:-build}")/bench/driver

names() { # CONTENDER...
	printf '%s\n' "${@%%:*}"
}

measure() { # CONTENDER OR OPTION...
	"$DRIVER" measure --suite test --flows 100 --rounds 1 --packets 2304 "$@"
}

# By the whole program, with all routers that this kernel has.
case_all_arrive() {
	tools/bench/run -t -j -o "$TAP_DIR/bench" flows latency tags >"$TAP_DIR/results.json"
	equal "$(jq -r '.results[] | select(.suite == "flows").contender' "$TAP_DIR/results.json")" \
		"$(names "${CONTENDERS[@]}")" "contenders"
	equal "$(jq -c '[.results[] | select(.suite != "tags" and (.sent == 0 or .arrived != .sent)) | .contender]' \
		"$TAP_DIR/results.json")" '[]' "contenders that lost packets"
}

# Of what the case before measured.
case_results() {
	equal "$(jq '.machine | has("cpu") and has("kernel") and has("date")' "$TAP_DIR/results.json")" true
	equal "$(jq '[.results[] | .median > 0 and .samples > 0 and .pps > 0 and (.turns | length) == 1] | all' \
		"$TAP_DIR/results.json")" true "samples everywhere"
	equal "$(jq '[.results[] | select(.suite | startswith("latency")) | .p99 >= .median and .gap > 0] |
		length == 18 and all' "$TAP_DIR/results.json")" true "both percentiles of each contender in both suites"
	equal "$(jq -r '.results[] | select(.suite == "tags").contender' "$TAP_DIR/results.json" | paste -sd' ')" \
		"anew erxdp-routed erxdp-snat snat-tagged-both snat-tag-popped snat-tag-pushed" "tags"
	grep -q '^latency: ' "$TAP_DIR/bench/results.txt"
	equal "$(cd "$TAP_DIR/bench" && echo latency.*)" "latency.png latency.svg" "pictures"
}

case_network() {
	make_ends
	make_routers direct:direct:direct kernel:kernel:routed iptables:iptables:snat
	measure direct:direct:direct kernel:kernel:routed iptables:iptables:snat >"$TAP_DIR/lines"
	equal "$(jq -s 'length' "$TAP_DIR/lines")" 3 "lines"
}

# A tag that is not there, or that is left, is wrong.
case_tag() {
	measure --tag 1000 direct:direct:direct >"$TAP_DIR/lines"
	equal "$(jq -c '[.tag, .arrived == .sent]' "$TAP_DIR/lines")" '[1000,true]'
	# The router has no such VLAN.
	refused 'kernel: of 100 packets 0 arrived' --tag 1000 kernel:kernel:routed
}

# The measurement of one contender must fail with these words, and leave no result.
refused() { # WORDS CONTENDER OR OPTION...
	fails measure "${@:2}" >"$TAP_DIR/lines" 2>"$TAP_DIR/said"
	cat "$TAP_DIR/said"
	grep -q "$1" "$TAP_DIR/said"
	[ ! -s "$TAP_DIR/lines" ] || fail "a result was written"
}

case_filtered() {
	in_router iptables iptables -P FORWARD DROP
	refused 'iptables: of 100 packets 0 arrived' iptables:iptables:snat
	in_router iptables iptables -P FORWARD ACCEPT
	measure iptables:iptables:snat >"$TAP_DIR/lines"
}

case_some_lost() {
	in_router iptables iptables -A FORWARD -s 10.79.0.7 -j DROP
	refused 'iptables: of 100 packets 99 arrived' iptables:iptables:snat
	in_router iptables iptables -F FORWARD
}

case_no_route() {
	in_router kernel ip route del default
	refused 'kernel: of 100 packets 0 arrived' kernel:kernel:routed
	in_router kernel ip route add default via 203.0.113.1
}

case_untranslated() {
	refused 'kernel: of 100 packets 100 arrived, 100 of them with a wrong address' kernel:kernel:snat
	in_router iptables iptables -t nat -I POSTROUTING -j MASQUERADE
	refused 'iptables: of 100 packets 100 arrived, 100 of them with a wrong address' iptables:iptables:routed
}

# A line as the driver writes it, of two rounds.
line() { # CONTENDER KIND MIN TURN TURN
	echo "{\"suite\":\"flows\",\"contender\":\"$1\",\"kind\":\"$2\",\"flows\":1,\"routes\":0,\"cores\":1,\"tag\":0,\
		\"median\":$4,\"min\":$3,\"low\":$4,\"high\":$5,\"turns\":[$4,$5]}" | tr -d '\t'
}

# Differences and ratios are of each round by itself: the second one was on a slower machine.
case_comparison() {
	{
		line direct direct 90 100 200
		line erxdp-snat snat 180 200 350
		line iptables snat 400 500 800
	} >"$TAP_DIR/lines"
	equal "$("$DRIVER" report -j "$TAP_DIR/lines" |
		jq -c '.results[] | [.contender, .net, .["net-fastest"], .["times-erxdp-net"]]' | paste -sd' ')" \
		'["direct",0,0,null] ["erxdp-snat",125,90,1] ["iptables",500,310,4]'
	"$DRIVER" check "$TAP_DIR/lines"
}

case_generator_limits() {
	line redirect routed 90 100 200 >>"$TAP_DIR/lines"
	fails "$DRIVER" check "$TAP_DIR/lines" 2>"$TAP_DIR/said"
	grep -q 'redirect (flows): no dearer than generator and sink alone' "$TAP_DIR/said"
}

tap_begin "bench"
tap_case "each contender forwards all that it is sent" case_all_arrive
tap_case "results have what is said of them, as JSON, tables and pictures" case_results
tap_case "single contenders are measured" case_network
tap_case "tags are looked at" case_tag
tap_case "one that forwards nothing ends the run" case_filtered
tap_case "one that loses a flow ends the run" case_some_lost
tap_case "one without a route ends the run" case_no_route
tap_case "one that does not translate, or should not have, ends the run" case_untranslated
tap_case "contenders are compared within each round" case_comparison
tap_case "a contender that costs nothing is an error" case_generator_limits
tap_end
