#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Words of configurations and command lines whose effect only a whole machine shows, one by one.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip_all "no python3"
lab
ip -n "$server" addr add 10.91.0.3/24 dev gns$$

# gnomond NAME OPTIONS LINES: starts one at the client's side; its pid is in $started
gnomond() {
	gnomond_name=$1
	gnomond_options=$2
	printf '%s\n' "$3" "port 0" "cmdport 0" | gnomond_conf "$gnomond_name"
	# shellcheck disable=SC2086
	start "$gnomond_name" "$client" timeout -k 2 50 "$GNOMOND" -x -U -d $gnomond_options \
		-f "$work/$gnomond_name.conf"
	within 5 test -S "$work/$gnomond_name/ctl.sock"
}
reached() { # NAME ADDRESS
	ctl "$1" -c -n sources | grep -q "^^,[*+-],$2,"
}
silent() { # NAME ADDRESS
	ctl "$1" -c -n sources | grep -q "^^,?,$2,.*,0,4294967295,"
}

# ------------------------------------------------------------------------------ a server
gnomond_conf server <<CONF
local stratum 2
allow
clockprecision 1e-3
bindcmdaddress 10.91.0.1
cmdallow 10.91.0.2
opencommands tracking
CONF
start server "$server" "$GNOMOND" -x -U -d -f "$work/server.conf"
within 5 test -S "$work/server/ctl.sock"
precision() {
	ip netns exec "$client" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.sendto(b"\x23\0\6\x20" + bytes(36) + b"gnomon:)", ("10.91.0.1", 123))
precision = s.recv(512)[3]
print(precision)
sys.exit(precision != 256 - 10)'
}
check "clockprecision 1e-3 is served as 2^-10" precision
by_udp() {
	ip netns exec "$client" "$GNOMONCTL" -h 10.91.0.1 -p "${1:-323}" -m "timeout 200" "retries 0" \
		tracking
}
check "cmdallow, -p: the other machine may ask" by_udp
not_by_udp() {
	! by_udp "$@" && grep -q "506 Cannot talk to daemon" "$work/check.out"
}
check "-p: not at another port" not_by_udp 324
check "cmddeny, by command" ctl server cmddeny 10.91.0.2
check "cmddeny: the other machine may not ask" not_by_udp
check "cmdaccheck tells" eval 'ctl server cmdaccheck 10.91.0.2 | grep -qx "209 Access denied"'

# ------------------------------------------------------------------------------ where from
gnomond device "" "server 10.91.0.1 iburst minpoll 2
bindacqdevice gnc$$"
gnomond wrong_device "" "server 10.91.0.1 iburst minpoll 2
bindacqdevice lo"
gnomond only6 -6 "server fd91::1 iburst minpoll 2
server 10.91.0.1 iburst minpoll 2"
only6=$started
gnomond only4 -4 "server fd91::1 iburst minpoll 2
server 10.91.0.1 iburst minpoll 2"
check "bindacqdevice: a device with a way there" within 10 reached device 10.91.0.1
check "bindacqdevice: one without" silent wrong_device 10.91.0.1
check "-6: sources of IPv6" within 10 reached only6 fd91::1
check "-6: no others" eval '! reached only6 10.91.0.1'
check "-4: sources of IPv4" within 10 reached only4 10.91.0.1
check "-4: no others" eval '! reached only4 fd91::1'

printf '127.0.0.1 localhost\n10.91.0.1 both.example\nfd91::1 both.example\n' >"$work/hosts"
named() { # NAME LINE
	printf '%s\n' "$2" "port 0" "cmdport 0" | gnomond_conf "$1"
	start "$1" "$client" timeout -k 2 50 unshare -m sh -c \
		'mount --bind "$0" /etc/hosts && exec "$@"' "$work/hosts" \
		"$GNOMOND" -x -U -d -f "$work/$1.conf"
}
named name4 "server both.example ipv4 iburst minpoll 2"
named name6 "server both.example ipv6 iburst minpoll 2"
check "ipv4: that address of a name" within 10 reached name4 10.91.0.1
check "ipv6: that address of a name" within 10 reached name6 fd91::1

# ------------------------------------------------------------------------------ memory, history
stop "$only6"
mkdir -p "$work/dump"
gnomond dumps "-m" "server 10.91.0.1 iburst minpoll 2
dumpdir $work/dump
dumponexit"
dumps=$started
check "a daemon with a history" within 15 reached dumps 10.91.0.1
# A machine that does not let root raise its limits is told so.
locked() {
	grep VmLck "/proc/$(cat "$work/dumps/pid")/status"
	grep -q 'VmLck:.* [1-9][0-9]* kB' "/proc/$(cat "$work/dumps/pid")/status" ||
		grep -E "(mlockall|setrlimit)\(\) failed$" "$work/dumps.log"
}
check "-m: its memory is locked, or it says why not" locked
kill "$(cat "$work/dumps/pid")"
wait "$dumps"
check "dumpdir: the history is kept" test -s "$work/dump/10.91.0.1.dat"
cp "$work/dump/10.91.0.1.dat" "$work/history"
gnomond restores "-r" "server 10.91.0.1 minpoll 6
dumpdir $work/dump"
check "-r: the history is read" within 5 grep -q "Loaded dump file for 10.91.0.1" "$work/restores.log"
check "-r: it is as good as samples" within 3 reached restores 10.91.0.1
gnomond forgets "" "server 10.91.0.1 minpoll 6
dumpdir $work/dump"
check "without -r there is none" eval '! grep -q "Loaded dump" "$work/forgets.log"'
check "without -r it is taken away" within 5 test ! -e "$work/dump/10.91.0.1.dat"

# ------------------------------------------------------------------------------ processes
lab_authority
lab_certificate server 10.91.0.2 IP:10.91.0.2
chmod 600 "$work/server.key"
helpers() { # PROCESSES: how many processes a server of keys has
	gnomond "nts$1" "" "ntsservercert $work/server.pem
ntsserverkey $work/server.key
ntsprocesses $1
allow"
	helpers_n=$(pgrep -c -P "$(cat "$work/nts$1/pid")")
	stop "$started"
	echo "$helpers_n"
}
more_processes() {
	none=$(helpers 0)
	three=$(helpers 3)
	echo "$none and $three"
	[ $((three - none)) -eq 3 ]
}
if openssl version >/dev/null 2>&1; then
	check "ntsprocesses: so many more" more_processes
fi

# ------------------------------------------------------------------------------ commands
has_line() { # FILE LINE
	cat "$1"
	grep -q -- "$2" "$1"
}
says() { # TEXT ARGUMENTS...: what the client prints has this line
	says_text=$1
	shift
	"$GNOMONCTL" -h "$work/device/ctl.sock" "$@" >"$work/said" 2>&1
	has_line "$work/said" "$says_text"
}
mkdir -p "$work/sources.d"
gnomond reloads "" "sourcedir $work/sources.d"
echo "server 10.91.0.3 iburst minpoll 2" >"$work/sources.d/x.sources"
check "reload sources" ctl reloads reload sources
check "reload sources: it is there" within 10 reached reloads 10.91.0.3
check "reset sources" ctl reloads reset sources
check "reset sources is logged" has_line "$work/reloads.log" "Reset all sources"
check "reset sources: no samples are left" eval \
	'[ "$(ctl reloads -c sourcestats | cut -d, -f2)" -lt 3 ]'
check "reselectdist" ctl reloads reselectdist 0.001
check "reselectdist is logged" has_line "$work/reloads.log" "New reselect distance 0.001000"
check "offset" ctl reloads offset 10.91.0.3 0.125
check "offset: of the source" within 10 eval \
	'ctl reloads -c ntpdata 10.91.0.3 | cut -d, -f19 | grep -q "^0\.125\|^0\.124"'
check "keygen" says '^5 AES128 HEX:[0-9A-F]\{32\}$' keygen 5 AES128
check "exit" says '^1,' -c -m activity exit nonsense
check "smoothtime reset, where there is none" says '^505 Facility not enabled' smoothtime reset
gnomond smooth "" "local
smoothtime 400 0.01"
check "smoothtime activate" ctl smooth smoothtime activate
check "smoothtime reset" ctl smooth smoothtime reset
check "smoothtime reset is logged" has_line "$work/smooth.log" "Reset time smoothing"
check "help" says '^sources ' help
check "dns, retries, timeout, quit" says '^1,' -c -m "dns -n" "retries 1" "timeout 500" activity quit nonsense
check "-e: a dot after each answer" says '^\.$' -e activity
check "-w: wide columns" says '^MS Name/IP address                       Stratum Poll' -w sources
check "-a, -f and -d are taken" says 'sources online' -a -f /none -d activity
check "-u: the user that it becomes" says 'sources online' -u root activity
# ------------------------------------------------------------------------------ what the system is told
gnomond_conf bound <<CONF
local stratum 2
allow
binddevice gns$$
bindcmddevice gns$$
bindcmdaddress 10.91.0.1
port 1123
cmdport 1323
dscp 46
sched_priority 7
CONF
start bound "$server" "$GNOMOND" -x -U -d -f "$work/bound.conf"
bound=$started
within 5 test -S "$work/bound/ctl.sock"
sockets() {
	ip netns exec "$server" ss -Hlun --tos "sport = :$1"
}
check "binddevice, seen by ss" eval 'sockets 1123 | grep -q "%gns$$:1123"'
check "bindcmddevice, seen by ss" eval 'sockets 1323 | grep -q "%gns$$:1323"'
check "dscp, seen by ss" eval 'sockets 1123 | grep -q "tos:0xb8"'
# proc_pid_stat(5): the priority and the policy, which is SCHED_FIFO
check "sched_priority: real time" test \
	"$(sed 's/.*) //' "/proc/$bound/stat" | cut -d' ' -f38,39)" = "7 1"
stop "$bound"

finish
