#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# gnomonctl at a terminal.
. "$(dirname "$0")/lib.sh"
need_tool python3

mkfifo "$work/ready"
python3 "$here/canned_daemon.py" --socket "$work/daemon.sock" --scenario plain >"$work/ready" &
pids=$!
read -r _ <"$work/ready"
python3 "$here/client_terminal.py" "$GNOMONCTL" "$work/daemon.sock"
