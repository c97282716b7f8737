#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Small facts of chronyd's life (chrony-behaviour 15), of gnomond when it is called chronyd and of
# the stock chronyd side by side: what each says, and its exit status.
. "$(dirname "$0")/lib.sh"
own_memory "$@"
need chronyd
stock=$found
need chronyc
chronyc=$found
lab

mkdir "$work/called"
ln -s "$GNOMOND" "$work/called/chronyd"
ours=$work/called/chronyd

# life NAME PROGRAM LINE...: starts one in the foreground
life() {
	life_name=$1
	life_program=$2
	shift 2
	run_dir "$life_name"
	start "$life_name" "$client" timeout -k 2 120 "$life_program" -x -U -u root -d \
		"bindcmdaddress $work/$life_name/ctl.sock" "pidfile $work/$life_name/pid" \
		"port 0" "cmdport 0" "$@"
	within 5 test -S "$work/$life_name/ctl.sock"
}
ask() { # NAME COMMAND...
	ask_name=$1
	shift
	"$chronyc" -h "$work/$ask_name/ctl.sock" "$@"
}
told() { # NAME TEXT
	cat "$work/$1.log"
	grep -q "$2" "$work/$1.log"
}

section_15_second_instance() {
	life first "$1"
	first=$started
	start second "$client" timeout -k 2 120 "$1" -x -U -u root -d "bindcmdaddress /" "pidfile $work/first/pid" \
		"port 0" "cmdport 0"
	wait "$started"
	second_is=$?
	stop "$first"
	[ "$second_is" -eq 1 ] && [ ! -e "$work/first/pid" ] && [ ! -e "$work/first/ctl.sock" ] &&
		told second "Another chronyd may already be running (pid=[0-9]*), check $work/first/pid"
}

section_15_directory() {
	mkdir -p "$work/open"
	chmod 755 "$work/open"
	start open "$client" timeout -k 2 120 "$1" -x -U -u root -d "bindcmdaddress $work/open/ctl.sock" \
		"pidfile $work/open/pid" "port 0" "cmdport 0" "refclock SHM 9"
	within 5 told open "Disabled command socket"
	stop "$started"
	told open "Wrong permissions on $work/open" &&
		told open "Disabled command socket $work/open/ctl.sock" &&
		[ ! -e "$work/open/ctl.sock" ]
}

section_15_makestep() {
	life step "$1"
	ask step makestep >"$work/step.out"
	step_is=$?
	stop "$started"
	cat "$work/step.out"
	[ "$step_is" -eq 1 ] && grep -qx "500 Failure" "$work/step.out" &&
		told step "Could not step system clock"
}

section_15_same_address() {
	life same "$1" "server 10.91.0.1" "server 10.91.0.1 port 1234"
	ask same -c sources >"$work/same.out"
	within 3 told same "Could not add source 10.91.0.1"
	stop "$started"
	[ "$(wc -l <"$work/same.out")" -eq 1 ] && told same "Could not add source 10.91.0.1"
}

section_15_pool() {
	life pool "$1" "pool a-name-that-nobody-knows.invalid maxsources 2"
	ask pool -c activity >"$work/pool.out"
	stop "$started"
	cat "$work/pool.out"
	grep -qx "0,0,0,0,4" "$work/pool.out"
}

section_15_hangup() {
	life hangup "$1"
	kill -HUP "$(cat "$work/hangup/pid")"
	wait "$started"
	hangup_is=$?
	[ "$hangup_is" -eq 0 ] && told hangup "chronyd exiting" && [ ! -e "$work/hangup/pid" ] &&
		[ ! -e "$work/hangup/ctl.sock" ]
}

section_15_no_sources() {
	ip netns exec "$client" timeout 60 "$1" -Q -U -u root "port 0" >"$work/none.log" 2>&1
	none_is=$?
	[ "$none_is" -eq 1 ] && told none "No suitable source for synchronisation"
}

# The parent of a daemon ends with 0 when the daemon answers, with 1 and the reason when it cannot.
section_15_parent() {
	run_dir parent
	ip netns exec "$client" setpriv --bounding-set -sys_time --inh-caps -sys_time \
		"$1" -x -U -u root -l "$work/parent.log" "bindcmdaddress $work/parent/ctl.sock" \
		"pidfile $work/parent/pid" "port 0" "cmdport 0" || return 1
	ask parent -c activity || return 1
	kill "$(cat "$work/parent/pid")"
	within 5 test ! -e "$work/parent/pid" || return 1
	ip netns exec "$client" "$1" -x -U -u root "nonsense" 2>"$work/reason"
	parent_is=$?
	cat "$work/reason"
	[ "$parent_is" -eq 1 ] && grep -q "Invalid directive" "$work/reason"
}

for program in "$ours" "$stock"; do
	name=gnomond
	[ "$program" = "$ours" ] || name=chronyd
	check "$name: a second instance ends" section_15_second_instance "$program"
	check "$name: a directory that is open to all" section_15_directory "$program"
	check "$name: makestep under -x" section_15_makestep "$program"
	check "$name: two sources of one address" section_15_same_address "$program"
	check "$name: a pool without an address" section_15_pool "$program"
	check "$name: SIGHUP" section_15_hangup "$program"
	check "$name: -Q without sources" section_15_no_sources "$program"
	check "$name: the parent of a daemon" section_15_parent "$program"
done
finish
