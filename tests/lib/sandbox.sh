# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A host of its own for a test that attaches: network and mount namespaces, with an empty /run and an
# empty bpf file system. Programs and maps are the kernel's and not a namespace's, so they are told
# from those of other tests by their ids.
#
# A test goes to the top of the tree and then reads this.

ERXDP=$(realpath "${ERXDP:-build/erxdp}")
CONFIG=/run/test.conf
PINS=/sys/fs/bpf/erxdp
STATE=/run/erxdp/state.json

erxdp() { "$ERXDP" "$@"; }

daemon_pid() { jq .pid $STATE; }
process_gone() { ! kill -0 "$1" 2>/dev/null; }
kill_daemon() {
	local pid
	pid=$(daemon_pid)
	kill -KILL "$pid"
	wait_until 5 process_gone "$pid"
}

# Packets that took the fast path.
fast() { erxdp stats --once -j | jq .packets.fast; }

# What a test that attaches does it in, one after the other.
TEST_MODES=${ERXDP_TEST_MODES:-native tc generic}

# sandbox_enter "$0" "$@": first thing in a test.
sandbox_enter() {
	[ "$(id -u)" = 0 ] || {
		echo "1..0 # SKIP needs root"
		exit 0
	}
	[ "${SANDBOX:-}" ] || SANDBOX=1 exec unshare --mount --net --pid --fork --mount-proc "$@"
	mount -t tmpfs tmpfs /run
	mount -t sysfs sysfs /sys
	mount -t bpf bpf /sys/fs/bpf
	ip link set lo up
}

# usage COMMAND...: must end with the exit code of a wrong usage.
usage() {
	local status=0
	"$@" || status=$?
	equal $status 2 "exit code of: $*"
}

# wait_until SECONDS COMMAND...: polls; fails when the time is up, which on a slow machine is
# ERXDP_TEST_PATIENCE times as long.
wait_until() {
	local end=$((SECONDS + $1 * ${ERXDP_TEST_PATIENCE:-1}))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		read -rt 0.05 <> <(:) || true
	done
}

# Everything that an attach touches, as text.
sandbox_snapshot() {
	local device
	ip -d link show
	ip addr show
	ip route show table all
	tc qdisc show
	for device in $(ls /sys/class/net); do
		[ -e "/sys/class/net/$device/ifindex" ] || continue
		tc filter show dev "$device" ingress
		tc filter show dev "$device" egress
		ethtool -k "$device" 2>/dev/null || true
	done
	bpftool net list
	nft list ruleset
	sysctl -a 2>/dev/null | grep '^net\.' | grep -v -e nf_conntrack_count -e random -e uuid
	# libxdp leaves its own directory, empty.
	find /sys/fs/bpf ! -name '*.debug' ! -path /sys/fs/bpf/xdp
	find /run/erxdp 2>/dev/null || true
}

# Ids of the programs and maps that erxdp has in this sandbox now.
sandbox_objects() {
	local pin
	jq -r '.tc[] | "prog \(.ingress)\nprog \(.egress)"' $STATE
	jq -r '.xdp[] | "prog \(.program)"' $STATE
	for pin in $PINS/*; do
		[ -d "$pin" ] || bpftool -j map show pinned "$pin" | jq -r '"map \(.id)"'
	done
	for pin in $PINS/links/{post-bind,sock-release}*; do
		bpftool -j link show pinned "$pin" | jq -r '"prog \(.prog_id)"'
	done
}

object_gone() { # prog|map ID
	! bpftool "$1" show id "$2" >/dev/null 2>&1
}

# Fails where one of the objects (lines of sandbox_objects) is still there. The kernel frees them a
# moment after their last user has gone.
objects_gone() {
	local kind id
	while read -r kind id; do
		wait_until 10 object_gone "$kind" "$id" || fail "$kind $id is still loaded"
	done <<<"$1"
}
