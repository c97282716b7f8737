#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# gnomonctl beside the chronyc of the distribution: for the same answers of a daemon made of fixed
# bytes both must print the same, exit alike, and have asked the same.
. "$(dirname "$0")/lib.sh"
need chronyc
theirs=$chronyc
need_tool python3

# Where there is no network nobody waits for the names of made-up addresses.
alone=
for way in "unshare -n" "unshare -r -n"; do
	[ -n "$alone" ] || ! $way true 2>/dev/null || alone=$way
done

# canned SCENARIO: runs the daemon until canned_end
canned() {
	mkfifo "$work/ready"
	python3 "$here/canned_daemon.py" --socket "$work/daemon.sock" --scenario "$1" \
		--log "$work/log" >"$work/ready" &
	canned_pid=$!
	pids=$canned_pid
	read -r _ <"$work/ready"
	rm "$work/ready"
}

canned_end() {
	kill "$canned_pid"
	wait "$canned_pid"
	pids=
}

# ask CLIENT OUTPUT OPTIONS...: runs the commands of $work/commands; leaves what was printed with
# the exit status, and what was asked
ask() {
	client=$1 output=$2
	shift 2
	: >"$work/log"
	# The way is words.
	# shellcheck disable=SC2086
	$alone "$client" -h "$work/daemon.sock" "$@" <"$work/commands" >"$output" 2>"$output.err"
	echo "exit $?" >>"$output"
	cp "$work/log" "$output.asked"
}

# compare NAME OPTIONS...
compare() {
	name=$1
	shift
	ask "$theirs" "$work/theirs" "$@"
	ask "$GNOMONCTL" "$work/ours" "$@"
	check "$name: bytes" diff -u "$work/theirs" "$work/ours"
}

# What was asked: the number, the attempt, and the payload without the zeros that fill it up. Newer
# forms that the daemon refused (74, 75) are left out, and of the older form of "add" (64) the field
# that 4.8 appended.
requests() {
	cut -d' ' -f1,2,4 "$1" | grep -v '^7[45] ' | sed -E 's/^(64 . .{696}).*/\1/; s/0*$//'
}

compare_requests() {
	requests "$work/theirs.asked" >"$work/theirs.requests"
	requests "$work/ours.asked" >"$work/ours.requests"
	check "$1: requests" diff -u "$work/theirs.requests" "$work/ours.requests"
}

reports() {
	cat <<-END
		tracking
		sources
		sources -a
		sources -v
		sourcestats
		sourcestats -a -v
		selectdata
		selectdata -a -v
		authdata
		authdata -v -a
		ntpdata
		ntpdata 127.0.0.2
		ntpdata 192.0.2.254
		sourcename 127.0.0.1
		sourcename 127.0.0.2
		activity
		serverstats
		clients
		clients -k
		clients -p 3
		clients -r
		rtcdata
		smoothing
		manual list
		settime 2026-11-23 09:06:50
		accheck 127.0.0.1
		cmdaccheck 192.0.2.1
	END
}

waits() {
	cat <<-END
		waitsync 1 0 0 0.1
		waitsync 2 1e-12 0 0.1
		waitsync 2 0 1e-12 0.1
	END
}

actions() {
	cat <<-END
		online
		offline
		online 10.0.0.0/8
		online 255.255.0.0/10.1.0.0
		offline 2001:db8::/32
		online 192.0.2.1
		offline ::1
		online ID#0000000001
		burst 3/5
		burst 4/4 192.0.2.0/24
		burst 1/2 2001:db8::1
		minpoll 192.0.2.1 -3
		maxpoll 192.0.2.1 10
		maxdelay 192.0.2.1 0.5
		maxdelayratio ID#0000000003 3
		maxdelaydevratio ::1 1e-3
		minstratum 192.0.2.1 2
		polltarget 192.0.2.1 30
		maxupdateskew 5.25
		reselectdist 1e-4
		reselect
		reload sources
		reset sources
		refresh
		rekey
		dump
		cyclelogs
		onoffline
		writertc
		trimrtc
		makestep
		makestep 0.1 3
		makestep 1 -1
		manual on
		manual off
		manual reset
		manual delete 3
		smoothtime reset
		smoothtime activate
		dfreq -1.5
		doffset 1e-3
		delete 192.0.2.1
		delete ID#0000000007
		allow
		allow all
		allow 10
		allow 10.1
		allow 10.1.2
		allow all 10.1.2.3
		allow 10.1.2.0/30
		deny 2001:db8::/32
		deny all ::1
		deny all
		cmdallow 192.0.2.1
		cmdallow all 192.0.2.0/25
		cmddeny
		cmddeny all 10
		local
		local off
		local stratum 7
		local stratum 3 distance 0.25
		local orphan stratum 12
		add server 192.0.2.7
		add peer 2001:db8::7 key 4 minpoll 3 maxpoll 5
		add pool 192.0.2.9 maxsources 2 iburst
		add server 192.0.2.7 offline minpoll 7 maxpoll 11 iburst key 5 maxdelay 0.5 offset -0.00005
		add server 192.0.2.7 port 11123 burst xleave noselect minstratum 3 version 3 polltarget 20
		add server 192.0.2.7 prefer trust require auto_offline presend 6 minsamples 3 maxsamples 9
		add server 192.0.2.7 nts ntsport 4461 certset 2 filter 5 copy asymmetry 0.25 mindelay 1e-4
		add server 192.0.2.7 maxdelayratio 2.5 maxdelaydevratio 3.5 maxdelayquant 0.25 extfield F323
		ntpdata 192.0.2.254
		shutdown
	END
}

for scenario in plain states addresses edges unsynchronised local six half \
	chance1 chance2 chance3 chance4; do
	canned "$scenario"
	reports >"$work/commands"
	for options in "" -n -c -N "-c -N" "-n -N"; do
		# Names of many addresses would take long where no DNS answers.
		case $options$scenario in chance* | edges | states) continue ;; esac
		# The options are words.
		# shellcheck disable=SC2086
		compare "$scenario $options" $options
	done
	compare_requests "$scenario"
	waits >"$work/commands"
	compare "$scenario waitsync"
	canned_end
done

for code in $(python3 "$here/canned_daemon.py" --list | sed -n 's/^status//p'); do
	canned "status$code"
	reports >"$work/commands"
	compare "status $code of reports" -n
	echo tracking >"$work/commands"
	compare "exit status with status $code"
	canned_end
done

canned plain
actions >"$work/commands"
compare "actions"
compare_requests "actions"
printf 'bogus\nactivity\n' >"$work/commands"
compare "a failure before a success"
printf 'activity\nbogus\n' >"$work/commands"
compare "a failure at the end"
printf ' \t activity  x \n\n! a\n; b\n# c\n%% d\n\t\nquit\nactivity\n' >"$work/commands"
compare "blanks, comments and quit"
: >"$work/commands"
compare "no command at all"
reports >"$work/commands"
ask "$theirs" "$work/theirs"
ask "$GNOMONCTL" "$work/ours" -e
marks=$(grep -cx '\.' "$work/ours")
sed -i '/^\.$/d' "$work/ours"
cmp -s "$work/theirs" "$work/ours" && [ "$marks" = "$(wc -l <"$work/commands")" ]
result $? "marks of -e after each command"
compare "a command of words" -c sources -a
compare "many commands" -m activity "manual list" bogus tracking
compare "many commands with quit" -m activity quit tracking
canned_end

finish
