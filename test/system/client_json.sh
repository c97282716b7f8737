#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The JSON of gnomonctl says what its CSV says.
. "$(dirname "$0")/lib.sh"
need_tool python3

status=0
for scenario in plain states addresses edges unsynchronised chance1 chance2; do
	mkfifo "$work/ready"
	python3 "$here/canned_daemon.py" --socket "$work/daemon.sock" --scenario "$scenario" \
		--generation 4.9 >"$work/ready" &
	pids=$!
	read -r _ <"$work/ready"
	rm "$work/ready"
	python3 "$here/client_json.py" "$GNOMONCTL" "$work/daemon.sock" "$scenario" || status=1
	kill "$pids"
	wait "$pids"
	pids=
done
exit $status
