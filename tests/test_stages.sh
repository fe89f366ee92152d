#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The packet tests that send plain packets, once more without the express way: what those packets are
# due by the stages is not only compared with the express way (tests/prog/test_express.c), but known.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib/tap.sh

export ERXDP_TEST_STAGES=1

case_program() {
	"${BUILD:-build}/tests/prog/test_$1"
}

tap_begin "without the express way"
for name in bond nat route session tc_in tcp vlan way; do
	tap_case "$name" case_program $name
done
tap_end
