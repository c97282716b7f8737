#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Under a libc interposer that fakes the clock and makes time run faster (test/interposer/fake.c),
# as the usual outside judges of time daemons do: gnomond lives with what it refuses, and keeps the
# made-up clock. Every scenario, with several offsets and rates, is run by the stock chronyd too: what
# does not hold for it would be a mistake of the scenario.
. "$(dirname "$0")/lib.sh"
need chronyd
stock=$found
need chronyc
chronyc=$found
command -v "${CC:-cc}" >/dev/null || skip_all "no compiler"
"${CC:-cc}" -O1 -shared -fPIC -w -o "$work/fake.so" "$here/../interposer/fake.c" -ldl ||
	skip_all "the interposer does not build"
lab
for last in 3 4 5; do
	ip -n "$server" addr add 10.91.0.$last/24 dev gns$$
done

SPEED=20
base=$(cut -d' ' -f1 /proc/uptime)
# fake NAME NAMESPACE OFFSET DRIFT PROGRAM LINE...: runs a daemon on a made-up clock
fake() {
	fake_name=$1 fake_space=$2 fake_offset=$3 fake_drift=$4 fake_program=$5
	shift 5
	run_dir "$fake_name"
	start "$fake_name" "$fake_space" timeout -k 2 100 env LD_PRELOAD="$work/fake.so" \
		FAKE_SPEED=$SPEED FAKE_BASE="$base" FAKE_OFFSET="$fake_offset" \
		FAKE_DRIFT="$fake_drift" FAKE_LOG="$work/$fake_name.clock" \
		"$fake_program" -U -u root -d "bindcmdaddress $work/$fake_name/ctl.sock" \
		"pidfile $work/$fake_name/pid" "cmdport 0" "$@"
}
# passes SECONDS: of the made-up time
passes() {
	sleep "$(awk -v s="$1" -v v=$SPEED 'BEGIN { print s / v }')"
}
ask() { # NAME ARGUMENTS...
	ask_name=$1
	shift
	"$chronyc" -h "$work/$ask_name/ctl.sock" -n -c "$@"
}
# within_error NAME SECONDS: the made-up clock is right to so much
within_error() {
	tail -2 "$work/$1.clock"
	tail -1 "$work/$1.clock" | awk -v most="$2" '{ e = $2 < 0 ? -$2 : $2; exit !(e < most) }'
}
told() { # NAME TEXT
	cat "$work/$1.log"
	grep -q "$2" "$work/$1.log"
}
ends() { # PID...: and waits
	for ends_pid; do
		kill "$ends_pid" 2>/dev/null
	done
	for ends_pid; do
		wait "$ends_pid" 2>/dev/null
	done
}

# Servers that are right, and one that is not.
fake server "$server" 0 0 "$stock" "local stratum 1" "allow" "bindaddress 10.91.0.1"
fake second "$server" 0 0 "$stock" "local stratum 1" "allow" "bindaddress 10.91.0.3"
fake third "$server" 0 0 "$GNOMOND" "local stratum 1" "allow" "bindaddress 10.91.0.4"
fake liar "$server" 2 0 "$stock" "local stratum 1" "allow" "bindaddress 10.91.0.5"
sleep 0.5

for program in "$GNOMOND" "$stock"; do
	name=$(basename "$program")
	n=0
	running=
	# All at once: what happens to one clock is nothing to another.
	for clock in "0.05 20" "-0.05 -300" "0.5 0" "-0.3 100"; do
		n=$((n + 1))
		# shellcheck disable=SC2086
		fake $name.slew$n "$client" ${clock% *} ${clock#* } "$program" "port 0" \
			"server 10.91.0.1 iburst minpoll 4 maxpoll 5"
		running="$running $started"
	done
	n=0
	for clock in "100 10" "-3600 50" "-2 -50"; do
		n=$((n + 1))
		# shellcheck disable=SC2086
		fake $name.step$n "$client" ${clock% *} ${clock#* } "$program" "port 0" \
			"server 10.91.0.1 iburst minpoll 4 maxpoll 5" "makestep 1 3"
		running="$running $started"
	done
	fake $name.choose "$client" 0.01 10 "$program" "port 0" \
		"server 10.91.0.1 iburst minpoll 4 maxpoll 4" \
		"server 10.91.0.3 iburst minpoll 4 maxpoll 4" \
		"server 10.91.0.4 iburst minpoll 4 maxpoll 4" \
		"server 10.91.0.5 iburst minpoll 4 maxpoll 4"
	running="$running $started"
	fake $name.polls "$client" 0 0 "$program" "port 0" "server 10.91.0.1 minpoll 3 maxpoll 3"
	polls_began=$(cut -d' ' -f1 /proc/uptime)
	running="$running $started"
	passes 200

	for i in 1 2 3 4; do
		check "$name: slew $i: the clock is right to 2 ms" within_error $name.slew$i 2e-3
		check "$name: slew $i: nothing was stepped" \
			eval "! told $name.slew$i 'was stepped' >/dev/null"
	done
	check "$name: slew 2: the frequency is known" eval \
		"ask $name.slew2 tracking | awk -F, '{ exit !(\$8 > -330 && \$8 < -270) }'"
	for i in 1 2 3; do
		check "$name: step $i: the clock is right to 2 ms" within_error $name.step$i 2e-3
		check "$name: step $i: it was stepped" told $name.step$i "System clock was stepped by"
		check "$name: step $i: it was said to be wrong" \
			told $name.step$i "System clock wrong by -\?[0-9]*\.[0-9]* seconds"
	done
	check "$name: a step of 100 s back is told as such" \
		told $name.step1 "System clock was stepped by -\(100\|99\|101\)\.[0-9]* seconds"
	check "$name: an hour forward is told as such" \
		told $name.step2 "System clock was stepped by 3\(600\|599\)\.[0-9]* seconds"
	check "$name: a source is selected" told $name.choose "Selected source 10.91.0.[134]"
	# chronyd of this age says it only later.
	[ "$name" = chronyd ] || check "$name: the liar is found" told $name.choose "Detected falseticker 10.91.0.5"
	check "$name: letters of sources" eval \
		"ask $name.choose sources | cut -d, -f2 | sort | tr -d '\n' | grep -q '^[*+-]*x\$\|^[*+x-]*\$' &&
			ask $name.choose sources | grep -q '^^,x,10.91.0.5,' &&
			[ \"\$(ask $name.choose sources | grep -c '^^,[*]')\" -eq 1 ]"
	check "$name: the clock that chose is right to 2 ms" within_error $name.choose 2e-3
	# Requests at 0.2 s and every 8.0 to 8.2 s; a second more or less for starting.
	polls_fit() {
		sent=$(ask "$name.polls" ntpdata 10.91.0.1 | cut -d, -f31)
		awk -v sent="$sent" -v real="$(cut -d' ' -f1 /proc/uptime)" -v began="$polls_began" \
			-v speed=$SPEED 'BEGIN { s = (real - began) * speed
				print sent, "in", s, "s"
				exit !(sent >= s / 8.2 - 2 && sent <= s / 8 + 2) }'
	}
	check "$name: as many requests as polls" polls_fit
	# shellcheck disable=SC2086
	ends $running
	for i in slew1 slew2 slew3 slew4 step1 step2 step3 choose polls; do
		check "$name: $i ends as asked" told $name.$i "exiting"
		check "$name: $i: nothing was called that must not be" \
			eval "! grep -q interposer $work/$name.$i.log"
	done
done
finish
