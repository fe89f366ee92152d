# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Namespaces with a host each, for a test in a sandbox of its own (sandbox.sh).

at() { ip netns exec "$@"; }

# A far end on a veth pair. XDP redirects into a veth need GRO on its peer, and checksums must be whole.
far_end() { # NAMESPACE DEVICE
	mkdir -p /run/netns
	ip netns add "$1"
	ip link add "$2" type veth peer name eth0 netns "$1"
	at "$1" ethtool -K eth0 tx off gro on >/dev/null
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
	ip link set "$2" up
}
