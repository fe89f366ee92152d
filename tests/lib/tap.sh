# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Test cases in TAP. A case is a function; it runs in a subshell under "set -e", so the first command
# that fails fails the case, and what it printed follows as a diagnosis. Never call tap_case as a part
# of "a || b", "a && b" or a condition: there "set -e" has no effect, in subshells either.
#
#	tap_case "curl from Azure shows the router's address" case_curl
#	tap_end

TAP_COUNT=0
TAP_FAILED=0
# As in the kernel's selftests.
TAP_SKIP=4

# It takes the same programs and starts ten times as fast, which counts in an emulated machine.
jq() {
	gojq "$@"
}

# skip REASON: ends the case that it is called in.
skip() {
	echo "$*" >"$TAP_REASON"
	exit $TAP_SKIP
}

# note WORDS: figures for the case's result line.
note() {
	echo -n "$* " >>"$TAP_NOTE"
}

# fail REASON: ends the case that it is called in.
fail() {
	echo "$*" >&2
	exit 1
}

# equal ACTUAL EXPECTED [WHAT]
equal() {
	[ "$1" = "$2" ] || fail "${3:-value}: expected:
$2
but got:
$1"
}

# fails COMMAND...: the command must fail. ("!" would not do: "set -e" ignores what it inverts.)
fails() {
	# In a subshell: what fails by leaving must not leave from here.
	if ("$@"); then
		fail "should have failed: $*"
	fi
}

tap_begin() {
	TAP_NAME=$1
	TAP_DIR=$(mktemp -d)
	TAP_REASON=$TAP_DIR/reason
	TAP_NOTE=$TAP_DIR/note
	echo "TAP version 13"
}

# tap_prepare WHAT FUNCTION: what every case needs; without it the suite ends. To be called as tap_case.
tap_prepare() {
	(set -e; "$2") >&2
	# shellcheck disable=SC2181
	[ $? = 0 ] || { echo "Bail out! the $1 could not be made"; exit 1; }
}

# common tap_case...: a case that no kernel makes different, or that is about times: an emulated machine
# (ERXDP_TEST_SCALE), which would take minutes over it, is not asked.
common() {
	[ "${ERXDP_TEST_SCALE:-1}" != 1 ] || "$@"
}

# tap_case DESCRIPTION FUNCTION [ARGUMENT...]
tap_case() {
	local description="$TAP_NAME: $1" status=0 log=$TAP_DIR/log started=$SECONDS
	shift
	TAP_COUNT=$((TAP_COUNT + 1))
	: >"$TAP_NOTE"
	# Not "( ... ) || status=$?": within such a list, "set -e" has no effect.
	(
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null
	status=$?
	tap_after
	tap_result "$status" "$description # time=$((SECONDS - started))s $(cat "$TAP_NOTE")"
	[ "$status" != $TAP_SKIP ] || return 0
	[ "$status" = 0 ] || sed 's/^/# /' "$log"
	return $status
}

# What a suite does after each case, however it ended.
tap_after() { :; }

tap_result() {
	case $1 in
	0) echo "ok $TAP_COUNT - $2" ;;
	"$TAP_SKIP") echo "ok $TAP_COUNT - ${2%% # *} # SKIP $(cat "$TAP_REASON")" ;;
	*)
		TAP_FAILED=$((TAP_FAILED + 1))
		echo "not ok $TAP_COUNT - $2"
		;;
	esac
}

# Ends the suite; its exit code says whether a case failed.
tap_end() {
	echo "1..$TAP_COUNT"
	rm -rf "$TAP_DIR"
	[ "$TAP_FAILED" = 0 ]
}
