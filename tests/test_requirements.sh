#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The manual's table of requirements claims nothing that no test shows.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib/tap.sh

case_shown() {
	tools/requirements --check
}

# A list of one requirement that no test shows.
case_missed() {
	echo 'RFC 1 REQ-1 | nothing |' >"$TAP_DIR/list"
	REQUIREMENTS=$TAP_DIR/list fails tools/requirements --check 2>"$TAP_DIR/said"
	grep 'RFC 1 REQ-1 (nothing): neither a test nor a reason' "$TAP_DIR/said"
}

tap_begin "requirements"
tap_case "each has a test or a reason" case_shown
tap_case "one that has neither is found" case_missed
tap_end
