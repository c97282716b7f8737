#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Signs: gnomond and Debian's chronyd on a clock that is slow and loses, and the sign of every figure
# about it in every report, log and file, side by side. No two of these agree by nature.
. "$(dirname "$0")/lib.sh"
need chronyd chronyc
need_tool python3
lab

ip -n "$server" addr add 10.91.0.3/24 dev gns$$
# One source steers (so slowly that the clock stays slow), the others show what is not corrected.
conf() {
	cat <<-CONF
		server 10.91.0.1 iburst minpoll 1 maxpoll 1
		server 10.91.0.3 iburst minpoll 1 maxpoll 1 noselect
		refclock SOCK $work/$1/feed.sock refid SOCK poll 1 noselect filter 4
		maxslewrate 50
		maxdrift 100
		logdir $work/$1
		log rawmeasurements statistics selection tracking refclocks
		logbanner 0
		driftfile $work/$1/drift
		port 0
		cmdport 0
	CONF
}
conf ours | gnomond_conf ours
conf theirs | chronyd_conf theirs
start ahead "$server" python3 "$here/ahead.py" 10.91.0.1 10.91.0.3 \
	"$work/ours/feed.sock" "$work/theirs/feed.sock"
start ours "$client" "$GNOMOND" -x -U -d -f "$work/ours.conf"
ours_pid=$started
start theirs "$client" "$chronyd" -x -U -u root -d -f "$work/theirs.conf"
theirs_pid=$started
report() {
	report_of=$1
	shift
	"$chronyc" -h "$work/$report_of/ctl.sock" -n "$@"
}
# Ten seconds are enough for both to know rates; a noisy machine may take longer.
knows() {
	report "$1" -c sourcestats | awk -F, '$5 < -200 { n++ } END { exit n != 3 }'
}
check "gnomond knows what the clock loses" within 30 knows ours
check "chronyd knows what the clock loses" within 30 knows theirs

loses() {
	report "$1" -c selectdata >"$work/selectdata"
	awk -F, '$1 == "*" && $14 >= 1 { ok = 1 } END { exit !ok }' "$work/selectdata"
}
# figures DAEMON: every figure about the clock with its name, first the reports, then what is left
# in files when the daemon has ended
figures() {
	report "$1" -c tracking | awk -F, '{
		print "tracking.system", $5; print "tracking.last", $6
		print "tracking.average", $7; print "tracking.frequency", $8 }'
	report "$1" tracking | awk '/^System time/ { print "tracking.system.words", $6 }
		/^Frequency/ { print "tracking.frequency.words", $5 }'
	# what the clock lost since the update before was in the offset of the source that is followed
	report "$1" -c sources | awk -F, '$2 == "*" { print "sources.measured", $9 }'
	report "$1" -c sourcestats | awk -F, '{ print "sourcestats." $1 ".frequency", $5 }'
	# and what it lost since the last one is in the limits
	within 5 loses "$1"
	awk -F, '$1 == "*" { print "selectdata.middle", $16 + $17 }' "$work/selectdata"
	report "$1" -c ntpdata 10.91.0.1 | awk -F, '{ print "ntpdata.offset", $19 }'
}
# log DAEMON NAME WORD COLUMN TITLE [FIRST]: a column of the last line (or first) with this word
log() {
	if [ $# -gt 5 ]; then
		grep -w "$3" "$work/$1/$2.log" | head -1
	else
		grep -w "$3" "$work/$1/$2.log" | tail -1
	fi | awk -v c="$4" -v t="$2.$5" '{ print t, $c }'
}
logged() {
	log "$1" measurements 10.91.0.1 12 offset
	log "$1" statistics 10.91.0.1 5 offset
	log "$1" statistics 10.91.0.1 7 frequency
	log "$1" tracking 10.91.0.1 5 frequency
	log "$1" tracking 10.91.0.1 7 offset
	log "$1" tracking 10.91.0.1 7 first first
	log "$1" tracking 10.91.0.1 11 remaining
	log "$1" refclocks SOCK 7 raw first
	log "$1" refclocks SOCK 8 cooked first
	awk '{ print "driftfile", $1 }' "$work/$1/drift"
}
signs() {
	awk '{ print $1, $2 ~ /^[-+0-9.e]+$/ ? ($2 > 0 ? "+" : $2 < 0 ? "-" : "0") : $2 }'
}
for daemon in ours theirs; do
	figures $daemon >"$work/figures.$daemon"
done
stop "$ours_pid"
stop "$theirs_pid"
for daemon in ours theirs; do
	logged $daemon >>"$work/figures.$daemon"
	signs <"$work/figures.$daemon" >"$work/signs.$daemon"
done
# What the table of signs says of a clock that is slow, + or -.
cat >"$work/signs" <<'END'
tracking.system +
tracking.last -
tracking.average +
tracking.frequency -
tracking.system.words slow
tracking.frequency.words slow
sources.measured -
sourcestats.SOCK.frequency -
sourcestats.10.91.0.1.frequency -
sourcestats.10.91.0.3.frequency -
selectdata.middle -
ntpdata.offset +
measurements.offset +
statistics.offset -
statistics.frequency -
tracking.frequency -
tracking.offset -
tracking.first -
tracking.remaining +
refclocks.raw +
refclocks.cooked +
driftfile -
END
paste -d' ' "$work/figures.ours" "$work/figures.theirs" | sed 's/^/# /'
check "gnomond: every sign" diff "$work/signs" "$work/signs.ours"
check "chronyd: every sign" diff "$work/signs" "$work/signs.theirs"

# The average of offsets begins where they stop shrinking: what the clock was off by at start is no
# part of it.
average() {
	awk '$1 == "tracking.average" { exit !($2 > 1e-5 && $2 < 2e-2) }' "$work/figures.$1"
}
check "gnomond: the average of offsets has not the first one in it" average ours
check "chronyd: the same" average theirs
finish
