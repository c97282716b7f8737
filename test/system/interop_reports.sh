#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# gnomond follows Debian's chronyd; the stock chronyc and gnomonctl print the same bytes of either.
. "$(dirname "$0")/lib.sh"
need chronyd
chronyd=$found
need chronyc
chronyc=$found
lab

run_dir chronyd
cat >"$work/chronyd.conf" <<EOF
local stratum 1
allow
bindcmdaddress $work/chronyd/ctl.sock
pidfile $work/chronyd/pid
EOF
start chronyd "$server" "$chronyd" -x -U -u root -d -f "$work/chronyd.conf"
gnomond_conf gnomond <<EOF
server 10.91.0.1 iburst minpoll 2 maxpoll 4
server fd91::1 iburst minpoll 2 maxpoll 4 noselect
driftfile $work/gnomond/drift
EOF
start gnomond "$client" "$GNOMOND" -x -U -d -f "$work/gnomond.conf"
check "gnomond selects chronyd within 15 s" within 15 selected gnomond

# a client of gnomond's for the other direction: chronyd with a source to show
cat >"$work/follower.conf" <<EOF
server 10.91.0.1 iburst minpoll 2 maxpoll 4
bindcmdaddress $work/follower/ctl.sock
cmdport 0
pidfile $work/follower/pid
EOF
run_dir follower
start follower "$client" "$chronyd" -x -U -u root -d -f "$work/follower.conf"
check "chronyd as a second client selects too" within 15 selected follower

# frozen NAME: starts a freezing relay before a daemon's socket
frozen() {
	python3 "$here/freeze.py" "$work/$1/frozen.sock" "$work/$1/ctl.sock" 2>"$work/$1.freeze" &
	freezer=$!
	pids="$pids $freezer"
	within 5 test -S "$work/$1/frozen.sock"
}

# without_newer: drops what ntpdata prints since 4.6 only, so that an older chronyc can be compared:
# four counters, lines of their own or the last four columns after the thirty-second
without_newer() {
	sed '/^Total \(kernel\|HW\) [RT]X /d; s/^\(\([^,]*,\)\{31\}[^,]*\),.*/\1/' "$1"
}

# same DAEMON ARGUMENTS...: both clients print the same and exit alike. serverstats is not among
# the reports: asking for it changes it, and newer clients ask in a longer form
same() {
	same_of=$1
	shift
	kill -USR1 "$freezer"
	"$chronyc" -h "$work/$same_of/frozen.sock" "$@" >"$work/a" 2>&1
	same_a=$?
	"$GNOMONCTL" -h "$work/$same_of/frozen.sock" "$@" >"$work/b" 2>&1
	same_b=$?
	without_newer "$work/a" >"$work/a.old"
	without_newer "$work/b" >"$work/b.old"
	diff "$work/a.old" "$work/b.old" && [ "$same_a" -eq "$same_b" ] && [ -s "$work/a" ]
}

for daemon in gnomond follower; do
	frozen "$daemon"
	for report in tracking sources "sources -v" sourcestats "sourcestats -v" activity \
		selectdata "selectdata -v" ntpdata "sourcename 10.91.0.1" authdata \
		rtcdata smoothing; do
		for flags in "-n" "-c -n" "-N" "-c -N"; do
			# shellcheck disable=SC2086
			check "$daemon: $flags $report" same "$daemon" $flags $report
		done
	done
	kill "$freezer"
done
finish
