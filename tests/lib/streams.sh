# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Flows between the namespaces of far_end.sh in which nothing may be lost or change however long they take:
# tests/net/stream.py.

STREAM=tests/net/stream.py

stream_serve() { # NAMESPACE ADDRESS
	at "$1" $STREAM serve "$2" &
	wait_until 10 eval "at $1 ss -Hltn 'sport = :5001' | grep -q 5001"
}

# One of them, in a directory of its own; it has been answered when this returns, and outlives the case
# that it is called in.
stream_begin() { # udp|any|new|tcp SOURCE PORT SERVER
	STREAMS=/run/streams/$1
	rm -rf "$STREAMS"
	mkdir -p "$STREAMS"
	(
		status=0
		at inside $STREAM "$@" "$STREAMS" >"$STREAMS/said" 2>&1 || status=$?
		echo $status >"$STREAMS/status"
	) &
	wait_until 10 test -e "$STREAMS/ready"
}

# Fails where anything of it was lost or changed.
stream_end() { # udp|any|new|tcp
	STREAMS=/run/streams/$1
	touch "$STREAMS/stop"
	wait_until 20 test -s "$STREAMS/status"
	cat "$STREAMS/said"
	note "$(grep -o '^[a-z]*: [^,]*\(, [^,]* lost\)\?' "$STREAMS/said")"
	equal "$(cat "$STREAMS/status")" 0 "status of the stream"
}
