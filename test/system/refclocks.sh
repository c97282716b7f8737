#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Reference clocks as other programs feed them: Debian's gpsd by shared memory and by its own
# protocol, a receiver on a pseudo-terminal, lines of Python and of shell as senders of datagrams, and
# linuxptp's ptp4l, set up by its timemaster. Shared memory is of a namespace of this test's own.
#
# Not here, for want of hardware: phc2sys and ts2phc (Debian's end with "does not have a PHC"), and
# gpsd as the sender of datagrams, which it sends of pulses only.
. "$(dirname "$0")/lib.sh"
own_memory "$@"
need chronyc gpsd
need_tool python3
for dir in "$GNOMON_PARTNERS"/lib/*-linux-gnu "$GNOMON_PARTNERS"/usr/lib/*-linux-gnu; do
	LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$dir
done
with_libraries="env LD_LIBRARY_PATH=$LD_LIBRARY_PATH"
unset LD_LIBRARY_PATH
$with_libraries "$gpsd" -V >/dev/null 2>&1 || skip_all "gpsd does not run here"
lab

# ------------------------------------------------------------------------------ a receiver
# The same sentences come by TCP for gpsd (it leaves pseudo-terminals' times to themselves) and on
# a pseudo-terminal for the driver that does without it.
start receiver "$client" python3 "$here/receiver.py" 2948 "$work/ttyGPS"
check "a receiver" within 10 test -e "$work/ttyGPS"
# shellcheck disable=SC2086
start gpsd "$client" $with_libraries "$gpsd" -N -n -S 2947 tcp://127.0.0.1:2948
gpsd_pid=$started
gnomond_conf gnomond <<EOF
refclock SHM 0 refid SHM0 offset 0.1 delay 0.02 poll 2
refclock SOCK $work/clock.sock:perm=0622 refid SOCK poll 2
refclock SOCK $work/shell.sock:owner=nobody refid SHEL poll 2 noselect
refclock GPSD localhost refid JSON offset 0.1 delay 0.02 poll 2
refclock NMEA $work/ttyGPS:baud=38400 refid NMEA offset 0.1 delay 0.02 poll 2
EOF
NOTIFY_SOCKET=$work/notify.sock
start listener "$client" python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1] + "/notify.sock")
while b"READY=1" not in s.recv(4096): pass
print("socket is there" if os.path.exists(sys.argv[1] + "/clock.sock") else "no socket", flush=True)
' "$work"
within 5 test -S "$NOTIFY_SOCKET"
start gnomond "$client" env NOTIFY_SOCKET="$NOTIFY_SOCKET" \
	"$GNOMOND" -x -U -d -f "$work/gnomond.conf"
daemon=$started
check "the socket is there before readiness is told" \
	within 10 grep -q "socket is there" "$work/listener.log"
check "its mode is as asked" test "$(stat -c %a "$work/clock.sock")" = 622
check "and the owner of the other one" test "$(stat -c %U "$work/shell.sock")" = nobody

# produce PATH: a producer in one line: tv, offset, pulse, leap, padding, magic
produce() {
	start producer "$client" python3 -c '
import random, socket, struct, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
while True:
    s.sendto(struct.pack("@qqdiiii", *divmod(time.time_ns() // 1000, 10**6), random.gauss(0, 1e-6), 0, 0, 0, 0x534f434b), sys.argv[1])
    time.sleep(1)' "$1"
}
produce "$work/clock.sock"

# The same by printf alone: little-endian numbers, and whoever can send a datagram to a path.
little_endian() {
	number_left=$1
	for _ in $(seq "$2"); do
		printf "\\$(printf %03o $((number_left & 255)))"
		number_left=$((number_left >> 8))
	done
}
sender=
command -v perl >/dev/null && sender="perl -MIO::Socket::UNIX -e \"read STDIN, \\\$b, 40;
	IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => '$work/shell.sock')->send(\\\$b)\""
command -v socat >/dev/null && sender="dd bs=40 count=1 iflag=fullblock 2>/dev/null |
	socat -u - 'UNIX-SENDTO:$work/shell.sock'"
say() {
	{ little_endian "$(date +%s)" 8 && little_endian 0 8 && little_endian 0 8 && little_endian 0 12 &&
		little_endian $((0x534f434b)) 4; } | sh -c "$sender"
}
shell_says() {
	for _ in 1 2 3 4; do
		say || return 1
		sleep 1.1
	done
	"$chronyc" -c -h "$work/gnomond/ctl.sock" sources | grep -q '^#,?,SHEL,0,2,[1-9]'
}

# reached NAME: the stock client shows samples of a reference clock
reached() {
	"$chronyc" -h "$work/gnomond/ctl.sock" sources | grep -q "^#[*+-] $1 .* [1-7][0-7]* "
}
for clock in SHM0 SOCK JSON NMEA; do
	check "chronyc shows $clock as selectable within 40 s" within 40 reached $clock
done
check "the better one is selected" within 20 sh -c \
	"'$chronyc' -h '$work/gnomond/ctl.sock' sources | grep -q '^#\* SOCK'"
"$chronyc" -h "$work/gnomond/ctl.sock" sources | sed 's/^/# /'
check "it is followed at stratum 1" sh -c \
	"'$chronyc' -h '$work/gnomond/ctl.sock' tracking | grep -q '^Stratum *: 1\$'"
case $(printf '\1\0' | od -An -d)$sender in
*1?*) check "a line of shell is a producer too" shell_says ;;
*) echo "# nothing sends a datagram for the shell here" ;;
esac
# offset of a clock by its estimate, s; the machine is busy, so only gross errors fail
small() {
	"$chronyc" -c -h "$work/gnomond/ctl.sock" sourcestats |
		awk -F, -v name="$1" '$1 == name { found = 1; if ($7 > 0.09 || $7 < -0.09) bad = 1 }
			END { exit !found || bad }'
}
for clock in SHM0 SOCK JSON NMEA; do
	check "$clock agrees with the machine's clock" small $clock
done

# ------------------------------------------------------------------------------ bad samples
printf 'short' >"$work/short"
check "bad datagrams are sent" sh -c "
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(b\"short\", sys.argv[1])
s.sendto(bytes(40), sys.argv[1])
s.sendto(bytes(4000), sys.argv[1])' '$work/clock.sock'
"
check "which is told" within 5 grep -q 'Refclock SOCK: sample refused (length), 1 so far' \
	"$work/gnomond.log"
check "it goes on" reached SOCK
stop "$daemon"
check "gnomond ends cleanly" test "$stopped" -eq 0
check "its socket is gone" test ! -e "$work/clock.sock"
if [ -x "$GNOMON_PARTNERS/usr/bin/ntpshmmon" ]; then
	check "ntpshmmon still sees what gpsd writes" sh -c \
		"timeout 60 $with_libraries '$GNOMON_PARTNERS/usr/bin/ntpshmmon' -n 2 | grep -q 'sample NTP0'"
fi

# ------------------------------------------------------------------------------ ntp.conf
# ntpq ARGUMENTS...: NTPsec's
ntpq() {
	libraries=$(dirname "$(find "$GNOMON_PARTNERS/usr/lib" -name libntpc.so | head -n 1)")
	ip netns exec "$client" env LD_LIBRARY_PATH="$libraries" LIBRARY_PATH="$libraries" \
		PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$GNOMON_PARTNERS/usr/lib/python3/dist-packages" \
		timeout 60 python3 "$GNOMON_PARTNERS/usr/bin/ntpq" "$@"
}
peers_show() {
	ntpq -np 127.0.0.1 | grep -q "$1"
}
if ntpq --version 2>/dev/null | grep -q ntpsec; then
	cat >"$work/ntp.conf" <<-EOF
		server 127.127.28.0 minpoll 4
		fudge 127.127.28.0 refid GPS time1 0.1
		refclock nmea unit 0 path $work/ttyGPS baud 38400 minpoll 4 time2 0.1
		refclock sock unit 0 path $work/ntp.sock minpoll 4 refid SOCK
		statsdir $work/
		statistics clockstats
		fudge 127.127.28.0 flag4 1
		restrict default
	EOF
	start ntp "$client" "$GNOMOND" -x -U -d -f "$work/ntp.conf"
	ntp_pid=$started
	within 5 test -S "$work/ntp.sock"
	produce "$work/ntp.sock"
	check "ntpq shows gpsd's time under ntp.conf" within 30 peers_show '^[*+-]SHM(0) '
	check "ntpq shows the receiver as well" within 20 peers_show '^[*+-]NMEA(0) '
	check "of both at once the better is preferred" within 30 peers_show '^\*SOCK(0) '
	ntpq -np 127.0.0.1 | sed 's/^/# /'
	# clockvar N PATTERN: the variables of the n-th clock have it
	clockvar() {
		ntpq -c associations -c "clockvar &$1" 127.0.0.1 >"$work/clockvar.out"
		cat "$work/clockvar.out"
		tr -d '\n' <"$work/clockvar.out" | grep -q "$2"
	}
	check "ntpq -c clockvar has the receiver's sentence" \
		clockvar 2 'name="NMEA", *timecode="$GP[A-Z]*,.*poll=[1-9].*badformat=0, baddata=0'
	check "and shared memory's fudge" \
		clockvar 1 'name="SHM".*poll=[1-9].*fudgetime1=100\.0.*flags=8.*Shared memory'
	check "clockstats has what was counted" within 20 sh -c \
		"grep -q ' NMEA(0) .GP[A-Z]*,' '$work'/clockstats* && grep -qE ' SHM\(0\) +[0-9]+ +[1-9]' '$work'/clockstats*"
	# Two readers of one unit would take each other's samples.
	stop "$ntp_pid"
	check "gnomond with ntp.conf ends cleanly" test "$stopped" -eq 0
else
	skip "ntpq does not run here"
fi

# ------------------------------------------------------------------------------ trouble
gnomond_conf troubled <<EOF
refclock NMEA $work/ttyGPS:baud=38400 refid NMEA
EOF
for clock in "PPS /dev/no-pps" "PHC /dev/no-ptp" "SHM 0:prem=0666" "SOCK /no/such/clock.sock" \
	"NMEA /dev/null"; do
	echo "refclock $clock" >"$work/troubled.try"
	cat "$work/troubled.conf" >>"$work/troubled.try"
	ip netns exec "$client" timeout 30 "$GNOMOND" -x -U -d -f "$work/troubled.try" \
		>"$work/troubled.log" 2>&1
	status=$?
	check "refclock $clock: it does not start and says why" sh -c "
		test $status -eq 1 && grep -q 'Could not initialise refclock ${clock%% *}' '$work/troubled.log'"
	sed -n '/Could not\|Invalid/s/^/# /p' "$work/troubled.log"
done

# ------------------------------------------------------------------------------ PTP
# Both would write to unit 0.
stop "$gpsd_pid"
for program in ptp4l timemaster; do
	[ -x "$GNOMON_PARTNERS/usr/sbin/$program" ] || finish
done
ptp4l=$GNOMON_PARTNERS/usr/sbin/ptp4l
start grandmaster "$server" "$ptp4l" -S -m -i gns$$ --priority1 1
mkdir -p "$work/timemaster"
run_dir ptp
cat >"$work/timemaster.conf" <<EOF
[timemaster]
rundir $work/timemaster
[ptp_domain 0]
interfaces gnc$$
ntp_poll 0
phc2sys_poll 0
[chronyd]
path $GNOMOND
options -x -U
[chrony.conf]
bindcmdaddress $work/ptp/ctl.sock
pidfile $work/ptp/pid
user root
[ptp4l]
path $ptp4l
EOF
start timemaster "$client" "$GNOMON_PARTNERS/usr/sbin/timemaster" -m -f "$work/timemaster.conf"
timemaster_pid=$started
check "timemaster starts gnomond, which follows ptp4l by shared memory" \
	within 45 selected ptp
# near: PTP by the stamps of one machine's clock differs little from it
near() {
	"$chronyc" -c -h "$work/ptp/ctl.sock" tracking |
		awk -F, '{ ok = $6 > -0.01 && $6 < 0.01 && $3 == 1 } END { exit !ok }'
}
check "PTP agrees with the machine's clock" within 20 near
"$chronyc" -h "$work/ptp/ctl.sock" sources | sed 's/^/# /'
stop "$timemaster_pid"
check "timemaster ends it again" within 5 test ! -e "$work/ptp/pid"
finish
