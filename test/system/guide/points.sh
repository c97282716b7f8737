# SPDX-License-Identifier: BSD-2-Clause
# How the points of the guide are looked at: daemons with an ntp.conf, Debian's ntpq, lines of logs.
# shellcheck shell=sh disable=SC2034,SC2154

# conf NAME: an ntp.conf in $work/NAME, of standard input; the clock is left alone
conf() {
	mkdir -p "$work/$1"
	{
		echo "disable ntp # nobody's clock is touched"
		cat
	} >"$work/$1/ntp.conf"
}
# daemon NAME NAMESPACE [ARGUMENTS...]: ntpd with that; its pid in $NAME_pid
daemon() {
	daemon_name=$1
	daemon_space=$2
	shift 2
	start "$daemon_name" "$daemon_space" "$ntpd" -n -c "$work/$daemon_name/ntp.conf" "$@"
	eval "${daemon_name}_pid=$started"
}
# ntp NAMESPACE ARGUMENTS...: Debian's ntpq there
ntp() {
	ntp_space=$1
	shift
	stock "$ntp_space" "$ntpq" "$@" 127.0.0.1 2>&1
}
has() { # FILE REGEX...
	has_file=$1
	shift
	for has_line in "$@"; do
		grep -Eq -- "$has_line" "$has_file" && continue
		echo "missing: $has_line"
		tail -n 30 "$has_file"
		return 1
	done
}
has_not() { # FILE REGEX
	! grep -E -- "$2" "$1"
}
peers() { # NAMESPACE REGEX...
	peers_space=$1
	shift
	ntp "$peers_space" -pn >"$work/peers" 2>&1
	has "$work/peers" "$@"
}
rv() { # NAMESPACE REGEX...
	rv_space=$1
	shift
	ntp "$rv_space" -c 'rv &1' >"$work/rv"
	has "$work/rv" "$@"
}
# What was told before the log file, and then the file, is $work/whole.
head='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2} ntpd\[[0-9]+\]: '
at=1
line() { # ID REGEX: a line of this form, after that of the id before
	line_next=$(tail -n "+$at" "$work/whole" | grep -nEm1 -- "$head$2" | cut -d: -f1)
	if [ -n "$line_next" ]; then
		at=$((at + line_next))
		result 0 "$1 $2"
		return
	fi
	result 1 "$1 $2"
	echo "# not from line $at on; elsewhere:"
	grep -En -- "$2" "$work/whole" | head -3 | sed 's/^/# /'
}
# What the log tells of a client of NTS, from its library to the source that is followed.
nts_lines() {
	sed "s|@WORK@|$work|" "$here/guide/nts.lines" >"$work/nts.lines"
	while read -r lines_id lines_regex; do
		line "$lines_id" "$lines_regex"
	done <"$work/nts.lines"
}
