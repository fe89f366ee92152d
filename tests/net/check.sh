#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What erxdp check tells of a host before an attach, each finding on the real part that it is about, and
# that it changes nothing. Whoever attaches over the very link that he is logged in by has nothing else
# to go by.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/tap.sh
. tests/lib/sandbox.sh
sandbox_enter "$0" "$@"

FOREIGN=build/tests/net/foreign.bpf.o # programs of somebody else

# A router about which there is nothing to say.
make_host() {
	local device
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	sysctl -q net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	ip link add up0 type veth peer name up0-far
	ip link add in0 type veth peer name in0-far
	for device in up0 up0-far in0 in0-far; do
		ethtool -K $device rxvlan off rx-vlan-stag-hw-parse off >/dev/null
		ip link set $device up
	done
	ip addr add 192.0.2.2/24 dev up0
	ip addr add 10.79.0.1/24 dev in0
	ip route add default via 192.0.2.1
	nft 'table ip user { chain post { type nat hook postrouting priority 100; oif "up0" masquerade; }; }'
	config 'uplink = up0' 'inside = in0'
}

# config LINE...: of the section [interfaces]
config() {
	printf '[interfaces]\n' >$CONFIG
	printf '%s\n' "$@" >>$CONFIG
}

carriers_are_known() { ! ip link show | grep -q -e NO-CARRIER -e LOWERLAYERDOWN; }

fresh_host() {
	local device
	"$ERXDP" detach >/dev/null 2>&1 || true
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
	rm -rf /run/erxdp
	for device in up0 in0 in0.7 bad0 vrf0 other0; do
		ip link del $device 2>/dev/null || true
	done
	nft flush ruleset
	iptables-legacy -F
	iptables-legacy -P FORWARD ACCEPT
	iptables-legacy -t nat -F
	make_host
	wait_until 5 carriers_are_known
}

host_case() { # DESCRIPTION FUNCTION
	tap_case "$1" eval "fresh_host; $2"
}

operstate_is() { # DEVICE STATE
	[ "$(cat "/sys/class/net/$1/operstate")" = "$2" ]
}

# check CODE: runs it with that exit code, which changes nothing; its JSON is kept.
check() {
	local status=0
	sandbox_snapshot >"$TAP_DIR/before"
	erxdp check -c $CONFIG -j >"$TAP_DIR/found" || status=$?
	diff -u "$TAP_DIR/before" <(sandbox_snapshot) || fail "the host is not as it was"
	jq . "$TAP_DIR/found"
	equal $status "$1" "exit code"
	equal "$(jq .ready "$TAP_DIR/found")" "$([ "$1" = 0 ] && echo true || echo false)" ready
}

keys() { jq -r '.findings[] | "\(.severity) \(.key) \(.subject)"' "$TAP_DIR/found" | sort; }

# found SEVERITY KEY SUBJECT TEXT: there is one of these; TEXT is a regular expression.
found() {
	jq -e --arg severity "$1" --arg key "$2" --arg subject "$3" --arg text "$4" \
		'[.findings[] | select(.severity == $severity and .key == $key and .subject == $subject and
		(.text | test($text)))] | length == 1' "$TAP_DIR/found" >/dev/null ||
		fail "no finding $* among: $(keys)"
}
not_found() { # KEY
	fails eval "keys | grep ' $1 '"
}
facts() { jq -r --arg key "$1" '.findings[] | select(.key == $key).facts[]' "$TAP_DIR/found"; }
remedy() { jq -r --arg key "$1" '.findings[] | select(.key == $key).remedy' "$TAP_DIR/found"; }

# The remedy of the only finding with that key, carried out.
apply_remedy() {
	local command
	command=$(remedy "$1")
	echo "remedy: $command"
	bash -c "$command"
}

# attach says no, with a sentence (a regular expression), and leaves the host as it was.
attach_refuses() {
	local status=0 said
	sandbox_snapshot >"$TAP_DIR/before"
	said=$(erxdp attach -c $CONFIG 2>&1) || status=$?
	echo "$said"
	equal $status 1 "exit code of attach"
	grep -qE -- "$1" <<<"$said" || fail "expected to be told: $1"
	diff -u "$TAP_DIR/before" <(sandbox_snapshot) || fail "the host is not as it was"
}

attach_does() {
	erxdp attach -c $CONFIG
	erxdp detach
}

case_nothing_to_say() {
	check 0
	# The masquerade rule is told of, and nothing else.
	equal "$(keys)" "note nat-masquerade up0"
	equal "$(jq -r '.interfaces[] | "\(.interface) \(.role) \(.port) \(.mode)"' "$TAP_DIR/found")" \
		"up0 uplink up0 native
in0 inside in0 native"
	jq -e '.memory.needed > 100000000 and .memory.available > .memory.needed' "$TAP_DIR/found"
	attach_does
}

case_text() {
	nft 'table ip user { chain f { type filter hook forward priority 0; iifname "in0" ip daddr 8.8.8.8 drop; }; }'
	fails erxdp check -c $CONFIG
	erxdp check -c $CONFIG >"$TAP_DIR/text" || true
	grep -q '^up0 .*uplink.*native XDP' "$TAP_DIR/text"
	grep -q '^error: ip user f: forwarded packets pass 1 rule of nftables' "$TAP_DIR/text"
	grep -q '^    | f: iifname "in0" ip daddr 8.8.8.8 drop' "$TAP_DIR/text"
	grep -q "^    # printf '\[interfaces\]" "$TAP_DIR/text"
	grep -q '^not ready: 1 errors' "$TAP_DIR/text"
}

# Attach says the same, and the remedy helps both.
case_forward_nft() {
	nft 'table inet mine { chain f { type filter hook forward priority 0; iifname "in0" ip daddr 8.8.8.8 drop; }; }'
	check 1
	found error forward-filter "inet mine f" '1 rule of nftables'
	equal "$(facts forward-filter)" 'f: iifname "in0" ip daddr 8.8.8.8 drop'
	attach_refuses 'inet mine f: .*forward-filter = bypass'
	apply_remedy forward-filter
	check 0
	found warning forward-filter "inet mine f" '1 rule of nftables'
	attach_does
}

case_forward_policy() {
	nft 'table inet mine { chain f { type filter hook forward priority 0; policy drop; }; }'
	check 1
	found error forward-filter "inet mine f" '0 rules .* dropped'
}

# In a chain that another calls, by a map of verdicts.
case_forward_by_map() {
	nft -f - <<-'END'
		table ip mine {
			map ports { type inet_service : verdict; elements = { 22 : jump no }; }
			chain no { reject; }
			chain f { type filter hook forward priority 0; tcp dport vmap @ports; }
		}
	END
	check 1
	found error forward-filter "ip mine f" '2 rules'
}

# Packets of other devices are not erxdp's.
case_forward_elsewhere() {
	nft -f - <<-'END'
		table ip mine {
			chain no { drop; }
			chain f {
				type filter hook forward priority 0
				iifname "other0" drop
				oifname "other0" jump no
				iifname "in0" counter
			}
		}
	END
	check 0
	found warning forward-rules "ip mine f" '4 rules'
	attach_does
}

case_forward_iptables() {
	iptables -N DOCKER-USER
	iptables -N ufw-before-forward
	iptables -A FORWARD -j DOCKER-USER
	iptables -A FORWARD -j ufw-before-forward
	iptables -A DOCKER-USER -s 10.9.0.0/16 -j DROP
	iptables -A ufw-before-forward -m conntrack --ctstate ESTABLISHED -j ACCEPT
	check 1
	found error forward-filter "ip filter FORWARD" '4 rules of iptables-nft, Docker, ufw'
	facts forward-filter | grep '^DOCKER-USER: ip saddr 10.9.0.0/16 counter drop'
	attach_refuses 'Docker'
	# iptables leaves its chains behind, empty.
	iptables -F
	iptables -X
	iptables -P FORWARD ACCEPT
	check 0
	not_found forward-filter
	not_found forward-rules
}

case_forward_reject() {
	iptables -A FORWARD -i in0 -m comment --comment "no drop" -j REJECT
	check 1
	found error forward-filter "ip filter FORWARD" '1 rule of iptables-nft'
}

case_forward_firewalld() {
	nft 'table inet firewalld { chain filter_FORWARD { type filter hook forward priority 10; ct state invalid drop; }; }'
	check 1
	found error forward-filter "inet firewalld filter_FORWARD" 'of firewalld'
}

case_forward_legacy() {
	iptables-legacy -N more
	iptables-legacy -A FORWARD -s 10.1.0.0/16 -i in0 -p tcp -m tcp --dport 25 -j more
	iptables-legacy -A more -j DROP
	check 1
	found error forward-filter "ip filter FORWARD (legacy)" '2 rules of iptables-legacy'
	facts forward-filter | grep -e '-A FORWARD -s 10.1.0.0/255.255.0.0 -i in0 -p tcp -m tcp -j more'
	attach_refuses 'legacy'
	iptables-legacy -F
	iptables-legacy -X
	iptables-legacy -P FORWARD DROP
	check 1
	found error forward-filter "ip filter FORWARD (legacy)" 'is dropped'
	iptables-legacy -P FORWARD ACCEPT
	check 0
}

case_prerouting() {
	nft 'table ip mine { chain early { type filter hook prerouting priority raw; ip saddr 10.79.0.66 drop; }; }'
	check 0
	found warning hook-filter "ip mine early" 'prerouting'
}

# What each NAT rule comes to, by the device that it is about.
case_nat() {
	ip link add other0 type veth peer name other0-far
	nft flush ruleset
	iptables -t nat -A POSTROUTING -d 172.16.0.0/12 -j RETURN
	iptables -t nat -A POSTROUTING -o up0 -j SNAT --to-source 192.0.2.7
	iptables -t nat -A POSTROUTING -o in0 -j MASQUERADE
	iptables -t nat -A POSTROUTING -o other0 -j MASQUERADE
	iptables -t nat -A PREROUTING -i up0 -p tcp --dport 80 -j DNAT --to-destination 10.79.0.2:8080
	check 0
	found warning nat-snat up0 'translated to 192.0.2.7;'
	found warning nat-inside in0 'no uplink of erxdp'
	found note nat-other other0 'stay with the kernel'
	found note nat-forwarding up0 'the kernel goes on'
	found note nat-exempt exemptions 'exempt-destination'
	facts nat-exempt | grep 'ip daddr 172.16.0.0/12 counter return'
	not_found nat-none
	apply_remedy nat-snat
	printf '[nat]\nbehaviour = rfc\n' >>$CONFIG
	check 0
	found note nat-snat up0 'configuration names'
	found warning nat-forwarding up0 'behaviour = rfc'
}

case_nat_legacy() {
	nft flush ruleset
	check 0
	found note nat-none up0 'after detach nothing will'
	iptables-legacy -t nat -A POSTROUTING -o up0 -j SNAT --to-source 192.0.2.7
	check 0
	found warning nat-snat up0 'translated to 192.0.2.7;'
	not_found nat-none
}

case_policy_routing() {
	ip rule add from 10.79.0.7 lookup 77
	check 0
	found warning policy-routing routing 'from 10.79.0.7/32 lookup 77'
	apply_remedy policy-routing
	check 0
	not_found policy-routing
}

case_vrf() {
	ip link add vrf0 type vrf table 10
	check 0
	found note vrf vrf0 'table 10'
	found warning policy-routing routing 'l3mdev|lookup'
	ip link del vrf0
	ip rule del priority 1000
}

case_sysctls() {
	sysctl -q net.ipv4.ip_forward=0
	sysctl -q net.ipv4.conf.up0.rp_filter=1 net.ipv4.conf.in0.rp_filter=2
	check 0
	found warning ip-forward net.ipv4.ip_forward 'does not forward'
	found warning rp-filter up0 strict
	found note rp-filter in0 loose
	apply_remedy ip-forward
	sysctl -q net.ipv4.conf.in0.forwarding=0
	check 0
	not_found ip-forward
	found warning forwarding in0 'does not forward'
	apply_remedy forwarding
	check 0
	not_found forwarding
}

# A VLAN device has a dot in its name, which sysctl takes for a separator.
case_sysctls_of_vlan() {
	ip link set in0 down
	ip link set in0 name in0.7
	ip link set in0.7 up
	config 'uplink = up0' 'inside = in0.7'
	sysctl -q net/ipv4/conf/in0.7/forwarding=0 net/ipv4/conf/in0.7/rp_filter=1
	wait_until 5 operstate_is in0.7 up
	check 0
	apply_remedy forwarding
	apply_remedy rp-filter
	check 0
	not_found forwarding
	not_found rp-filter
}

case_offloads() {
	ethtool -K up0 rxvlan on
	check 0
	found note tag-stripping up0 'VLAN tags'
	apply_remedy tag-stripping
	check 0
	not_found tag-stripping
}

# A veth has room for XDP frames of so many bytes; the kernel itself would refuse.
case_mtu() {
	ip link set up0 mtu 9000
	ip link set up0-far mtu 9000
	check 0
	found warning mtu up0 'the MTU is 9000'
	equal "$(jq -r '.interfaces[0].mode' "$TAP_DIR/found")" tc
	apply_remedy mtu
	check 0
	not_found mtu
}

tells_of_drivers() { [ "$(uname -r | awk -F. '{ print ($1 * 100 + $2 >= 603) }')" = 1 ]; }

case_no_native() {
	ip link add link in0-far name bad0 type macvlan
	ip link set bad0 up
	wait_until 5 operstate_is bad0 up # or it would change under the comparison
	config 'uplink = up0' 'inside = bad0'
	if ! tells_of_drivers; then
		check 0
		found note xdp-unknown bad0 'macvlan'
		return
	fi
	check 0
	found warning xdp-none bad0 'driver macvlan.* TC will serve it'
	equal "$(jq -r '.interfaces[] | select(.interface == "bad0").mode' "$TAP_DIR/found")" tc
	config 'uplink = up0' 'inside = bad0' 'mode = native'
	check 1
	found error xdp-none bad0 'driver macvlan'
	attach_refuses 'bad0: no native XDP.*--mode auto'
	config 'uplink = up0' 'inside = bad0' 'mode = tc'
	check 0
	not_found xdp-none
}

case_foreign_xdp() {
	ip link set dev in0 xdp obj $FOREIGN sec xdp
	check 0
	found warning xdp-program in0 'has the XDP program foreign_xdp.* TC will serve'
	config 'uplink = up0' 'inside = in0' 'mode = native'
	check 1
	found error xdp-program in0 'foreign_xdp'
	attach_refuses 'foreign_xdp.*xdp off'
	apply_remedy xdp-program
	check 0
	not_found xdp-program
}

# Of a device above the port, which the kernel counts as one on it.
case_foreign_xdp_above() {
	ip link add link in0 name in0.7 type vlan id 7
	ip link set in0.7 up
	wait_until 5 operstate_is in0.7 up
	ip link set dev in0.7 xdpgeneric obj $FOREIGN sec xdp
	config 'uplink = up0' 'inside = in0' 'mode = native'
	check 1
	found error xdp-program in0.7 'above'
	apply_remedy xdp-program
	check 0
}

case_foreign_tc() {
	tc qdisc add dev in0 clsact
	tc filter add dev in0 ingress prio 7 bpf da obj $FOREIGN sec tc
	tc filter add dev in0 egress prio 8 bpf da obj $FOREIGN sec tc
	check 0
	found warning tc-program in0 'see no packet'
	equal "$(facts tc-program)" "ingress: bpf foreign_tc, priority 7
egress: bpf foreign_tc, priority 8"
}

case_services() {
	printf '[nat]\nports = 1024-65535\n' >>$CONFIG
	start_services
	check 0
	found note services ports '2 services .* 1024 to 65535'
	equal "$(facts services | sort)" "tcp *:8080
udp 192.0.2.2:5353"
	kill "$SERVICES"
	rm /run/bound
}

# Two in the range, one on the loopback address, one below the range.
serve_ports() {
	exec python3 - <<-'EOF'
		import socket, time
		held = []
		for kind, address, port in ((socket.SOCK_STREAM, "0.0.0.0", 8080),
		                            (socket.SOCK_DGRAM, "192.0.2.2", 5353),
		                            (socket.SOCK_STREAM, "127.0.0.1", 9090),
		                            (socket.SOCK_STREAM, "0.0.0.0", 22)):
		    s = socket.socket(socket.AF_INET, kind)
		    s.bind((address, port))
		    if kind == socket.SOCK_STREAM:
		        s.listen()
		    held.append(s)
		open("/run/bound", "w").close()
		time.sleep(60)
	EOF
}

start_services() {
	serve_ports &
	SERVICES=$!
	wait_until 10 test -e /run/bound
}

# More than there is: the most sessions there can be take 1.1 GB, so memory is what a file says.
case_memory() {
	printf 'MemTotal: 400000 kB\nMemAvailable: 100000 kB\n' >/run/meminfo
	mount --bind /run/meminfo /proc/meminfo
	erxdp check -c $CONFIG -j >"$TAP_DIR/found" || true
	attach_refuses 'memory: the tables for 262144 sessions take 145 MB'
	umount /proc/meminfo
	found error memory memory '145 MB of kernel memory, and 102 MB'
	equal "$(jq .memory.available "$TAP_DIR/found")" 102400000
}

case_interfaces() {
	config 'uplink = nowhere0'
	check 1
	found error interfaces interfaces nowhere0
	: >$CONFIG
	ip route del default
	check 1
	found error interfaces interfaces 'no default route'
}

case_configuration() {
	printf '[nat]\nports = 5-1\n' >$CONFIG
	check 1
	found error configuration configuration "$CONFIG:2: ports: expected a range"
	config 'forward-filter = ignore'
	check 1
	found error configuration configuration 'expected auto or bypass'
}

case_forward_section() {
	printf '[forward]\ntcp 192.0.2.2:8080 = 10.79.0.2:80\n' >>$CONFIG
	start_services
	check 1
	found error forward '[forward]' 'listens on port 8080'
	kill "$SERVICES"
	rm /run/bound
}

case_no_capability() {
	setpriv --bounding-set -net_admin --inh-caps -net_admin "$ERXDP" check -c $CONFIG -j \
		>"$TAP_DIR/found" && fail "it should have failed"
	found error permission process 'CAP_NET_ADMIN is missing'
}

case_foreign_pins() {
	mkdir $PINS $PINS/something
	check 1
	found error pins $PINS 'something, which erxdp did not make'
	rmdir $PINS/something $PINS
}

# On a host where erxdp is in force, its own programs, table and memory are no finding.
case_attached() {
	erxdp attach -c $CONFIG
	check 0
	equal "$(jq .attached "$TAP_DIR/found")" true
	equal "$(keys)" "note nat-masquerade up0"
	# A firewall that came since is told of, and a new daemon takes over all the same.
	nft 'table inet mine { chain f { type filter hook forward priority 0; policy drop; }; }'
	check 1
	kill_daemon
	erxdp attach -c $CONFIG | grep '^took over'
	erxdp detach
}

case_usage() {
	local arguments status
	for arguments in "--fast" "now" "-c" "-j more"; do
		status=0
		# shellcheck disable=SC2086
		erxdp check $arguments || status=$?
		equal $status 2 "exit code of: check $arguments"
	done
	erxdp check --help | grep -q 'Changes nothing'
	status=0
	erxdp check -c /nonexistent || status=$?
	equal $status 1 "exit code without the file"
}

# Not every kernel has all kinds of devices; the lab's have these.
has_device() { # KIND AND ITS OPTIONS
	unshare --net ip link add probe type "$@" 2>/dev/null
}

has_vlans() {
	unshare --net sh -c 'ip link add end type veth && ip link add link end name probe type vlan id 7' 2>/dev/null
}

tap_begin check
host_case "a host in order is ready, and attach does what was told" case_nothing_to_say
common host_case "the text has the rules and the remedy" case_text
common host_case "nft rules that drop forwarded packets; bypass is the user's word" case_forward_nft
common host_case "a policy that drops" case_forward_policy
common host_case "a map of verdicts, and the chain that it calls" case_forward_by_map
common host_case "rules about other devices are no obstacle" case_forward_elsewhere
common host_case "iptables, Docker and ufw by name" case_forward_iptables
common host_case "an iptables target that nft does not have" case_forward_reject
common host_case "firewalld by name" case_forward_firewalld
common host_case "iptables-legacy" case_forward_legacy
common host_case "rules that drop before the forward hook" case_prerouting
common host_case "NAT rules, by what becomes of them" case_nat
common host_case "NAT rules of iptables-legacy" case_nat_legacy
common host_case "policy routing" case_policy_routing
has_device vrf table 10 && host_case "a VRF" case_vrf
common host_case "ip_forward and rp_filter" case_sysctls
common host_case "the same of a device with a dot in its name" case_sysctls_of_vlan
common host_case "a NIC that strips tags" case_offloads
common host_case "an MTU that native XDP cannot take" case_mtu
host_case "a driver without native XDP" case_no_native
common host_case "an XDP program of somebody else's" case_foreign_xdp
has_vlans && host_case "an XDP program on a VLAN above the port" case_foreign_xdp_above
common host_case "TC filters of somebody else's" case_foreign_tc
common host_case "ports of this host's services" case_services
common host_case "too little memory" case_memory
common host_case "interfaces that are not there" case_interfaces
common host_case "an error in the configuration" case_configuration
common host_case "a forwarding in front of a service" case_forward_section
common host_case "a missing capability" case_no_capability
common host_case "foreign files in the pin directory" case_foreign_pins
common host_case "a host where erxdp is attached" case_attached
common host_case "wrong usage ends with code 2" case_usage
tap_end
