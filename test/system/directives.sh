#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Directives that reach beyond the daemon: mail, the temperature's sensor, time by hand, servers
# that are asked first, the RTC, Samba's signatures. The clock is never touched.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || skip_all "a daemon that starts as root"

mkdir "$work/run" "$work/log" "$work/signd"
chmod 770 "$work/run"
socket="$work/run/sock"

# begin NAME DIRECTIVE...: starts a daemon, its messages in NAME.log, and waits for its socket
begin() {
	name=$1
	shift
	rm -f "$socket"
	"$GNOMOND" -x -d "user root" "pidfile $work/pid" "bindcmdaddress $socket" "cmdport 0" "$@" \
		2>"$work/$name.log" &
	daemon=$!
	pids="$pids $daemon"
	within 5 test -S "$socket"
}

# end: ends it
end() {
	kill "$daemon"
	wait "$daemon"
}

ctl() {
	"$GNOMONCTL" -h "$socket" "$@"
}

# says NAME TEXT: a daemon said so
says() {
	grep -qF -e "$2" "$work/$1.log" && return
	cat "$work/$1.log"
	return 1
}

# answers TEXT COMMAND...: gnomonctl says so
answers() {
	text=$1
	shift
	ctl "$@" >"$work/out" 2>&1
	grep -qF -e "$text" "$work/out" && return
	cat "$work/out"
	return 1
}

# time by hand, and a temperature
echo 52000 >"$work/sensor"
begin hand "port 0" "manual" "logdir $work/log" "log tempcomp tracking" \
	"tempcomp $work/sensor 1 50000 0 0.001 0"
check "manual: nothing was typed" answers "210 n_samples = 0" manual list
check "manual: settime" answers "Clock was " settime "$(date -d '+20 seconds' '+%H:%M:%S')"
check "manual: not twice in a second" answers "500 Failure" settime 16:30
check "manual: it is told" says hand "Making a slew of -"
check "manual: one entry" answers "210 n_samples = 1" manual list
check "manual: there is no second" answers "516 Sample index out of range" manual delete 1
check "manual: delete" answers "200 OK" manual delete 0
check "manual: off" answers "200 OK" manual off
check "manual: off is off" answers "505 Facility not enabled in daemon" settime 16:30
check "manual: its line of tracking.log" grep -q " MANU  *1 " "$work/log/tracking.log"
check "tempcomp: its log" within 5 grep -q "  5.2000e+04  2.0000e+00" "$work/log/tempcomp.log"
echo 80000 >"$work/sensor"
check "tempcomp: 30 ppm are too much" within 5 says hand \
	"Temperature compensation of 30.000 ppm exceeds sanity limit of 10.0"
check "rtcdata without an RTC" answers "513 RTC driver not running" rtcdata
end

# mail: the program is looked for where it was built for
sendmail=/usr/lib/sendmail
if [ -e "$sendmail" ]; then
	echo "# a real sendmail is here: nothing is sent"
else
	begin mail "port 0" "manual" "mailonchange root@localhost 0.5"
	ctl settime "$(date -d '+20 seconds' '+%H:%M:%S')" >/dev/null
	check "mailonchange: without sendmail it is said" says mail \
		"Could not send mail notification to user root@localhost"
	end
fi

# a server that does not answer is asked first: the daemon is not ready before it is given up
begin first "port 0" "initstepslew 1 127.0.0.1"
check "initstepslew: it is being asked" within 5 answers "1 sources doing burst" activity
check "initstepslew: it is given up" within 12 says first "No suitable source for initstepslew"
check "initstepslew: it is forgotten" answers "0 sources online" activity
end

# no RTC: said, and life goes on
touch -d "+2 days" "$work/drift"
"$GNOMOND" -x -d -s -t 1 "user root" "pidfile /" "bindcmdaddress /" "cmdport 0" "port 0" \
	"driftfile $work/drift" "rtcdevice $work/none" "rtcfile $work/rtc" 2>"$work/rtc.log"
check "rtcfile without an RTC" says rtc "Could not open RTC device $work/none"
check "rtcfile without an RTC: no driver" says rtc "RTC driver could not be initialised"
check "-s without a right to set the clock" says rtc "Could not step system clock"

# no stamps of network cards: all that can are none, and one by name is refused
ip link add gnh$$ type veth peer name gni$$ 2>/dev/null && link=gnh$$ || link=lo
"$GNOMOND" -x -d "user root" "pidfile /" "bindcmdaddress /" "cmdport 0" "port 0" \
	"hwtimestamp $link minpoll 0" 2>"$work/card.log"
check "hwtimestamp: one by name cannot be enabled" says card \
	"Fatal error : Could not enable HW timestamping on $link"
ip link del gnh$$ 2>/dev/null
begin cards "port 0" "hwtimestamp *"
check "hwtimestamp: all that can, which are none" answers "0 sources online" activity
end

# Samba's signatures
cat >"$work/signd.py" <<'END'
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1] + "/new")
s.listen(1)
os.rename(sys.argv[1] + "/new", sys.argv[1] + "/socket")
c, _ = s.accept()
while True:
    q = c.recv(68, socket.MSG_WAITALL)
    if len(q) < 68:
        break
    n, version, operation, number, zero, key = struct.unpack(">IIIHHI", q[:20])
    assert (n, version, operation, zero) == (64, 0, 0, 0)
    signed = q[20:] + struct.pack("<I", key) + b"S" * 16
    c.sendall(struct.pack(">IIII", 12 + len(signed), 0, 3, number) + signed)
END
cat >"$work/member.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(float(sys.argv[3]))
s.connect(("127.0.0.1", int(sys.argv[1])))
s.send(b"\x1b" + bytes(39) + b"12345678" + bytes.fromhex(sys.argv[2]))
try:
    r = s.recv(1000)
except socket.timeout:
    sys.exit("no answer")
assert len(r) == 68, len(r)
assert r[0] & 0x3f == 0x1c and r[24:32] == b"12345678"
assert r[52:] == b"S" * 16, r[48:]
END
python3 "$work/signd.py" "$work/signd" 2>"$work/signd.log" &
pids="$pids $!"
within 20 test -S "$work/signd/socket"
begin signd "port 11723" "bindaddress 127.0.0.1" "allow 127.0.0.1" "local" \
	"ntpsigndsocket $work/signd"
check "ntpsigndsocket: enabled" says signd "MS-SNTP authentication enabled"
zeros=00000000000000000000000000000000
for key in 01000002 ff030000; do
	check "ntpsigndsocket: signed for $key" python3 "$work/member.py" 11723 "$key$zeros" 20
done
digest=11111111111111111111111111111111
check "ntpsigndsocket: a wrong MAC gets no answer" \
	sh -c '! python3 "$0" 11723 "$1" 3 2>/dev/null' "$work/member.py" "01000002$digest"
end

finish
