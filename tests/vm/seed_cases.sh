#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The seed's scenario, inside the lab's machine: MODE=kernel for the kernel alone, MODE=native, tc or
# generic with erxdp attached so. The cases and what they expect of the network are the same.
set -uo pipefail

MODE=${MODE:-kernel}
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../lib/tap.sh"
. "$HERE/../lib/lab.sh"
. "$HERE/../lib/stats.sh"
for cases in attach check routing host transfer change bonds paths nat; do
	. "$HERE/cases/$cases.sh"
done

tap_begin "$(uname -r | cut -d. -f1,2) $MODE"
# Before the attach.
[[ " ${CASES:-check} " != *" check "* ]] || run_check
run_attach
if [ "$TAP_FAILED" != 0 ]; then
	# The other cases would only say the same again.
	tap_end
	exit 1
fi
for cases in ${CASES:-routing host transfer change bonds paths nat}; do
	[ "$cases" = check ] || "run_$cases"
done
run_detach
tap_case "the kernel has not complained" case_kernel_log
tap_end
