#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# erxdp import on a host with real rules, made by iptables (both kinds) and by nft: what it prints is
# attached, and translates as the rules did; what cannot be said is refused by name; nothing changes.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
. tests/lib/far_end.sh
sandbox_enter "$0" "$@"

make_network() {
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	uplink_and_inside
	private_behind_uplink
	serve net $SERVER $PRIVATE
	serve inside 10.79.0.2
}

# The tool's rules of NAT, or nft's, are gone afterwards, whatever made them.
flush() {
	nft flush ruleset
	[ -z "$(legacy_tables)" ] || iptables-legacy -t nat -F
	[ -z "$(legacy_tables)" ] || iptables-legacy -t nat -X
}

legacy_tables() { cat /proc/self/net/ip_tables_names 2>/dev/null; }

legacy_exists() {
	iptables-legacy -t nat -L >/dev/null 2>&1 || skip "this kernel has no tables of iptables-legacy"
}

# The seed's, with the names and addresses of this network.
seed_rules() { # iptables-nft|iptables-legacy
	"$1" -t nat -A POSTROUTING -d 10.0.0.0/8 -j RETURN
	"$1" -t nat -A POSTROUTING -d 172.16.0.0/12 -j RETURN
	"$1" -t nat -A POSTROUTING -d 192.168.0.0/16 -j RETURN
	"$1" -t nat -A POSTROUTING ! -s 192.168.0.1/32 -o up0 -j MASQUERADE
	"$1" -t nat -A POSTROUTING ! -s 10.79.30.129/32 -o up0 -j MASQUERADE
	"$1" -t nat -A POSTROUTING ! -s 192.0.2.2/32 -o up0 -j MASQUERADE
}

# imports EXIT-CODE: into $CONFIG.
imports() {
	local status=0
	erxdp import >$CONFIG || status=$?
	cat $CONFIG
	equal $status "$1" "exit code"
}

keys() { grep -v '^#' $CONFIG | grep .; }

SEED_KEYS="[interfaces]
uplink = up0
inside = in0
[nat]
exempt-destination = 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16
exempt-source ="

case_seed() { # TOOL
	[ "$1" != iptables-legacy ] || legacy_exists
	flush
	seed_rules "$1"
	imports 0
	equal "$(keys)" "$SEED_KEYS"
	equal "$(grep -c '^#   rule' $CONFIG)" 6 "rules that are told"
	erxdp import -j | jq -e '.expressed and (.refusals == []) and (.rules | length == 6)'
	equal "$(erxdp import -j | jq -r .configuration)" "$(sed '1,/^$/d' $CONFIG)" "the configuration in JSON"
	erxdp import -j | jq -r '.rules[] | .result' | sort | uniq -c
}

# attached_as_before: what the kernel did with the rules, erxdp does with what was printed.
seen_as() { # EXPECTED ask's arguments
	equal "$(ask "${@:2}")" "$1" "as whom the server sees $3"
}

translates_as_seed() { # PORT
	seen_as "$OUTSIDE $1" udp 10.79.0.2 "$1" $SERVER
	seen_as "10.79.0.2 $1" udp 10.79.0.2 "$1" $PRIVATE
	at inside ping -q -c 2 -i 0.2 -W 2 $SERVER
}

case_attached() {
	flush
	seed_rules iptables-nft
	translates_as_seed 41000
	imports 0
	erxdp attach -c $CONFIG --mode tc
	translates_as_seed 41001
	erxdp nat show | grep -E '^icmp .*10\.79\.0\.2'
	[ "$(fast)" -gt 0 ] || fail "no packet was fast"
	erxdp detach
}

# Of nft: sets, a chain of one's own, and inet.
case_nft() {
	flush
	nft -f - <<-'END'
		table inet mine {
			set private {
				type ipv4_addr
				flags interval
				elements = { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 }
			}
			chain out {
				ip daddr @private accept
				ip saddr 10.79.0.3 return
				meta nfproto ipv4 masquerade random
			}
			chain post {
				type nat hook postrouting priority srcnat
				oifname { "up0", "wwan0" } jump out comment "to the world"
			}
		}
	END
	imports 0
	equal "$(keys)" "${SEED_KEYS} 10.79.0.3"
	grep -q '"to the world"' $CONFIG || fail "the rule is not quoted"
}

case_pool() {
	flush
	nft 'table ip mine { chain post { type nat hook postrouting priority 100; oif up0 snat to 203.0.113.8-203.0.113.11; }; }'
	imports 0
	grep -qx 'source = 203.0.113.8-203.0.113.11' $CONFIG || fail "no pool"
	erxdp attach -c $CONFIG --mode tc
	erxdp detach
}

# Ports of TCP and UDP, and a source that is not translated, by each tool: it is iptables' own bytes.
case_ports() { # TOOL
	[ "$1" != iptables-legacy ] || legacy_exists
	flush
	"$1" -t nat -A POSTROUTING -s 10.79.0.3 -j ACCEPT
	"$1" -t nat -A POSTROUTING -o up+ -p tcp -j MASQUERADE --to-ports 2000-3000
	"$1" -t nat -A POSTROUTING -o up+ -p udp -j MASQUERADE --to-ports 2000-3000 --random
	"$1" -t nat -A POSTROUTING -o up+ -j MASQUERADE
	imports 0
	equal "$(keys | grep -A9 nat)" "[nat]
exempt-destination =
exempt-source = 10.79.0.3
ports = 2000-3000"
}

case_forward() { # TOOL
	[ "$1" != iptables-legacy ] || legacy_exists
	flush
	seed_rules "$1"
	"$1" -t nat -N DOCKER
	"$1" -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
	"$1" -t nat -A DOCKER ! -i in0 -p tcp -m multiport --dports 8080,8443 -j DNAT --to-destination 10.79.0.2
	"$1" -t nat -A PREROUTING -i up0 -p tcp --dport 5001 -j DNAT --to-destination 10.79.0.2:5000
	"$1" -t nat -A PREROUTING -d $OUTSIDE -p udp --dport 7000:7010 -j DNAT --to-destination 10.79.0.2:8000-8010/7000
	imports 0
	equal "$(sed -n '/^\[forward/,$p' $CONFIG | grep -v '^#' | sort)" "[forward]
tcp uplink:5001 = 10.79.0.2:5000
tcp uplink:8080 = 10.79.0.2:8080
tcp uplink:8443 = 10.79.0.2:8443
udp $OUTSIDE:7000-7010 = 10.79.0.2:8000-8010"
}

# What Docker makes, with a bridge: it stays with the kernel, and the rest is as without it.
case_docker() {
	ip link add docker0 type bridge
	ip addr add 172.17.0.1/16 dev docker0
	ip link set docker0 up
	flush
	iptables-nft -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
	seed_rules iptables-nft
	iptables-nft -t nat -N DOCKER
	iptables-nft -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
	iptables-nft -t nat -A DOCKER -i docker0 -j RETURN
	iptables-nft -t nat -A DOCKER ! -i docker0 -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
	imports 0
	equal "$(keys)" "$SEED_KEYS"
	equal "$(erxdp import -j | jq -r '.rules[] | select(.result == "kernel") | "\(.chain) \(.number)"' | sort)" \
		"DOCKER 1
DOCKER 2
POSTROUTING 1"
	ip link del docker0
}

case_forward_attached() {
	local before
	flush
	nft 'table ip mine { chain post { type nat hook postrouting priority 100; oif up0 masquerade; };
		chain pre { type nat hook prerouting priority -100; iif up0 tcp dport 5000 dnat to 10.79.0.2; }; }'
	imports 0
	flush
	erxdp attach -c $CONFIG --mode tc
	before=$(fast)
	equal "$(at net $TALKER ask tcp $SERVER 42000 $OUTSIDE)" "$SERVER 42000" "whom the inside host sees"
	[ "$(fast)" -gt "$before" ] || fail "no packet was fast"
	erxdp detach
}

# refused RESULT-PATTERN: in the comments and in JSON, with its place, reason and remedy.
refused() { # CHAIN PLACE REASON
	grep -q "REFUSED: .*$3" <(tr '\n' ' ' <$CONFIG | sed 's/ # */ /g') || fail "no refusal for \"$3\""
	erxdp import -j | jq -e --arg chain "$1" --arg place "$2" --arg why "$3" \
		'.expressed == false and any(.refusals[]; .chain == $chain and (.rule | contains($place)) and
			(.why | contains($why)) and (.remedy | length > 5) and .handle > 0)'
}

case_refused() {
	flush
	iptables-nft -t nat -A POSTROUTING -m mark --mark 1 -j RETURN
	iptables-nft -t nat -A POSTROUTING -o up0 -m statistic --mode nth --every 2 --packet 0 -j SNAT --to-source 203.0.113.1
	iptables-nft -t nat -A POSTROUTING -s 10.79.0.2 -d 198.51.100.0/24 -j RETURN
	iptables-nft -t nat -A POSTROUTING -p udp --dport 500 -j RETURN
	iptables-nft -t nat -A POSTROUTING -o up0 -j MASQUERADE
	iptables-nft -t nat -A PREROUTING -i in0 -p tcp --dport 80 -j REDIRECT --to-ports 3128
	imports 1
	refused POSTROUTING 'mark' 'mark'
	refused POSTROUTING '' 'statistic'
	refused POSTROUTING '10.79.0.2' 'by the source alone or by the destination alone'
	refused POSTROUTING '500' 'port 500'
	refused PREROUTING '3128' 'REDIRECT'
	equal "$(grep -c 'REFUSED: ' $CONFIG)" 5 "refusals"
	# It is a configuration all the same.
	erxdp attach -c $CONFIG --mode tc
	erxdp detach
}

# A rule's comment is somebody's words.
case_hostile_comment() {
	flush
	nft "table ip mine { chain post { type nat hook postrouting priority 100;
		oif up0 masquerade comment \"x # handle 1
[timeouts]
udp = 1s\"; }; }"
	imports 0
	fails grep -q '^udp\|^\[timeouts' $CONFIG
}

case_no_change() {
	flush
	seed_rules iptables-nft
	{
		sandbox_snapshot
		legacy_tables
	} >"$TAP_DIR/before"
	erxdp import >/dev/null
	erxdp import -j >/dev/null
	{
		sandbox_snapshot
		legacy_tables
	} >"$TAP_DIR/after"
	diff "$TAP_DIR/before" "$TAP_DIR/after"
}

# Asking iptables-legacy for a table makes it.
case_no_legacy_table() {
	unshare --net bash -ec "ip link set lo up; '$ERXDP' import >/dev/null || true
		[ -z \"\$(cat /proc/self/net/ip_tables_names 2>/dev/null)\" ]"
}

case_no_rules() {
	flush
	imports 0
	grep -qx 'exempt-destination = 0.0.0.0/0' $CONFIG || fail "something is translated"
	erxdp attach -c $CONFIG --mode tc
	seen_as "10.79.0.2 41010" udp 10.79.0.2 41010 $SERVER
	erxdp detach
}

case_usage() {
	local status
	for arguments in "-x" "more" "-j more"; do
		status=0
		# shellcheck disable=SC2086
		erxdp import $arguments || status=$?
		equal $status 2 "exit code of import $arguments"
	done
	erxdp import --help | grep -q 'usage: erxdp import'
	erxdp --help | grep -q '^  import'
}

case_not_root() {
	local status=0 said
	said=$(setpriv --reuid 65534 --clear-groups "$ERXDP" import 2>&1) || status=$?
	equal $status 1 "exit code"
	grep -q 'as root' <<<"$said" || fail "no remedy: $said"
}

case_no_uplink() {
	unshare --net bash -c "'$ERXDP' import; [ \$? = 1 ]" | grep 'REFUSED: there is no uplink'
}

tap_begin "import"
make_network
tap_case "the seed's six rules by iptables-nft" case_seed iptables-nft
tap_case "the seed's six rules by iptables-legacy" case_seed iptables-legacy
tap_case "what is printed is attached and translates as the rules did" case_attached
tap_case "nft: sets, a chain of one's own, inet" case_nft
tap_case "nft: a pool" case_pool
tap_case "ports and a source, by iptables-nft" case_ports iptables-nft
tap_case "ports and a source, by iptables-legacy" case_ports iptables-legacy
tap_case "forwardings, by iptables-nft" case_forward iptables-nft
tap_case "forwardings, by iptables-legacy" case_forward iptables-legacy
tap_case "Docker's rules stay with the kernel" case_docker
tap_case "a forwarding is attached and forwards" case_forward_attached
tap_case "what cannot be expressed is named, with the remedy, and the exit code is 1" case_refused
tap_case "a rule's comment cannot become configuration" case_hostile_comment
tap_case "nothing changes" case_no_change
tap_case "no table of iptables-legacy comes to be" case_no_legacy_table
tap_case "no rules: nothing is translated" case_no_rules
tap_case "no uplink is refused" case_no_uplink
tap_case "wrong usage" case_usage
tap_case "not root" case_not_root
tap_end
