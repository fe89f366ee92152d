# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash

# wait_for SECONDS WHAT COMMAND...: until the command succeeds; says what it waited for in vain.
# The condition is asked again at once, ten times a second at most: nothing ever waits a fixed time.
wait_for() {
	local limit=$1 what=$2 end
	shift 2
	end=$((SECONDS + limit))
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "not within $limit s: $what" >&2
			return 1
		fi
		read -r -t 0.1 <> <(:) || true
	done
}
