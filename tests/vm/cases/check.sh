# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What erxdp check tells of the seed's router before the attach, and of bonds that the kernel gives no
# XDP to. It changes nothing.

CHECKED=/tmp/check.conf

# check_host CODE [CONFIGURATION LINE...]: runs it with that exit code; its JSON is kept.
check_host() {
	local code=$1 status=0
	shift
	printf '%s\n' "$@" >$CHECKED
	host_snapshot >"$TAP_DIR/before"
	erxdp check -c $CHECKED -j >"$TAP_DIR/found" || status=$?
	diff -u "$TAP_DIR/before" <(host_snapshot) || fail "the host is not as it was"
	jq . "$TAP_DIR/found"
	equal $status "$code" "exit code"
}

# found SEVERITY KEY SUBJECT TEXT (a regular expression)
found() {
	jq -e --arg severity "$1" --arg key "$2" --arg subject "$3" --arg text "$4" \
		'[.findings[] | select(.severity == $severity and .key == $key and .subject == $subject and
		(.text | test($text)))] | length == 1' "$TAP_DIR/found" >/dev/null ||
		fail "no finding $*"
}

case_check_router() {
	check_host 0
	equal "$(jq -r '.interfaces[] | "\(.interface) \(.role) \(.port) \(.mode) \(.slaves | join(" "))"' \
		"$TAP_DIR/found")" "bond0 uplink bond0 native eth0 eth1
bond0.1000 inside bond0 native eth0 eth1"
	found note nat-masquerade bond0 'carry the flows on'
	found note nat-exempt exemptions 'exempt-destination'
	equal "$(jq -r '.findings[] | select(.key == "nat-exempt").facts[]' "$TAP_DIR/found" |
		grep -o 'daddr [^ ]*' | xargs)" "daddr 10.0.0.0/8 daddr 172.16.0.0/12 daddr 192.168.0.0/16"
	equal "$(jq '[.findings[] | select(.severity == "error")] | length' "$TAP_DIR/found")" 0
}

check_bond() { # OPTION...: of a bond of its own, with one slave
	ip link add bond9 type bond "$@"
	ip link add slave9 type veth peer name slave9-far
	ip link set slave9 master bond9
	ip link set bond9 up
}

check_bond_end() {
	ip link del bond9
	ip link del slave9
}

# The kernel says the same: it takes no program there.
case_check_bond_mode() {
	trap check_bond_end EXIT
	check_bond mode balance-tlb
	check_host 0 '[interfaces]' 'uplink = bond9' 'inside = bond0.1000'
	found warning bond-mode bond9 'balance-tlb'
	equal "$(jq -r '.interfaces[] | select(.interface == "bond9").mode' "$TAP_DIR/found")" tc
	check_host 1 '[interfaces]' 'uplink = bond9' 'inside = bond0.1000' 'mode = native'
	found error bond-mode bond9 'balance-tlb'
	erxdp attach -c $CHECKED 2>"$TAP_DIR/said" && fail "it attached"
	grep "bond9: the bond's mode is balance-tlb" "$TAP_DIR/said"
}

case_check_hash_policy() {
	trap check_bond_end EXIT
	check_bond mode balance-xor xmit_hash_policy vlan+srcmac
	check_host 1 '[interfaces]' 'uplink = bond9' 'inside = bond0.1000' 'mode = native'
	found error bond-hash-policy bond9 'vlan\+srcmac'
	bash -c "$(jq -r '.findings[] | select(.key == "bond-hash-policy").remedy' "$TAP_DIR/found")"
	check_host 0 '[interfaces]' 'uplink = bond9' 'inside = bond0.1000' 'mode = native'
}

case_check_empty_bond() {
	trap 'ip link del bond9' EXIT
	ip link add bond9 type bond mode 802.3ad
	check_host 0 '[interfaces]' 'uplink = bond9' 'inside = bond0.1000'
	found warning bond-empty bond9 'no slaves'
}

# On a VLAN above the bond a program keeps native XDP off it (EEXIST).
case_check_program_above() {
	# libxdp leaves its directory, empty.
	trap 'xdp-loader unload bond0.1000 --all; rmdir /sys/fs/bpf/xdp' EXIT
	xdp-loader load -m skb bond0.1000 /usr/lib/*/bpf/xdpfilt_alw_all.o ||
		xdp-loader load -m skb bond0.1000 /usr/lib/bpf/xdpfilt_alw_all.o
	check_host 0
	found warning xdp-program bond0.1000 'above'
	check_host 1 '[interfaces]' 'mode = native'
	found error xdp-program bond0.1000 'above'
}

run_check() {
	[ "$MODE" = native ] || return 0
	tap_case "check: the router is ready, its NAT rules are understood" case_check_router
	tap_case "check: a bond whose mode has no XDP" case_check_bond_mode
	tap_case "check: a bond whose hash policy has no XDP" case_check_hash_policy
	tap_case "check: a bond without slaves" case_check_empty_bond
	tap_case "check: a program on a VLAN above the bond" case_check_program_above
}
