#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# gnomond in the place of ntpd: the files, options, log lines, signals and exit statuses that people
# know, over NTS as the guide has it. The clock is never touched.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || skip_all "ntpd starts as root"
need_nts
lab
ln -s "$GNOMOND" "$work/ntpd"
ntpd=$work/ntpd

# exits STATUS TEXT COMMAND...: the command ends with this status and says this text
exits() {
	status=$1
	text=$2
	shift 2
	ip netns exec "$client" setpriv --bounding-set -sys_time --inh-caps -sys_time \
		timeout 60 "$@" >"$work/out" 2>&1
	[ $? -eq "$status" ] && grep -qE -e "$text" "$work/out" && return
	cat "$work/out"
	return 1
}
gone() {
	! kill -0 "$1" 2>/dev/null
}
# says FILE REGEX: some line is this behind the time and ntpd's name
says() {
	grep -qE "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2} ntpd\[[0-9]+\]: $2" "$1" && return
	cat "$1"
	return 1
}

lab_authority
lab_certificate server nts.test 'DNS:nts.test,IP:10.91.0.1'
lab_authority other
mkdir -p "$work/stats" "$work/conf/ntp.d" "$work/keys"
echo '10.91.0.1 nts.test' | lab_names

check "-V" exits 0 '^ntpd gnomon-[0-9.]+$' "$ntpd" -V
check "-h" exits 0 '^Usage: ntpd' "$ntpd" -h
check "-b is refused" exits 1 'Obsolete and unsupported broadcast option' "$ntpd" -b
check "-U -1 ends well" exits 0 'interface update interval' "$ntpd" -U -1
check "a bad option" exits 1 'invalid option' "$ntpd" -M
check "a key out of range" exits 1 '65536' "$ntpd" -t 65536
echo 'disable ntp' >"$work/user.conf"
check "a user that there is not" exits 1 "INIT: Cannot find user \`nosuchuser'" \
	"$ntpd" -n -c "$work/user.conf" -u nosuchuser
check "a group that there is not" exits 1 "INIT: Cannot find group \`nosuchgroup'" \
	"$ntpd" -n -c "$work/user.conf" -u root:nosuchgroup
check "-R prints the configuration" sh -c "echo 'server  127.0.0.1   iburst' >'$work/r.conf' &&
	'$ntpd' -R -c '$work/r.conf' | grep -qx 'server 127.0.0.1 iburst'"
check "not root" sh -c "setpriv --reuid 65534 --clear-groups '$ntpd' -n 2>&1 |
	grep -q 'INIT: must be run as root, not uid 65534'"
echo 'refclock sundial' >"$work/bad.conf"
check "an unknown driver ends it" exits 1 'CONFIG: Unknown driver name sundial' \
	"$ntpd" -n -c "$work/bad.conf"
echo 'interface ignore all' >"$work/bad.conf"
check "-I and interface exclude each other" exits 1 'rules are not allowed with --interface' \
	"$ntpd" -n -c "$work/bad.conf" -I lo
: >"$work/none.conf"
printf 'disable ntp\nnts enable cert %s key %s cookie %s\n' /none /none "$work/keys/none" >"$work/bad.conf"
check "an NTS server without its certificate ends" exits 1 'NTS: troubles during init2\.  Bailing\.' \
	"$ntpd" -n -c "$work/bad.conf"
check "-q without a server ends well" exits 0 'SYNC: no servers found' \
	"$ntpd" -q -c "$work/none.conf"

# -w: the process that was started waits until the clock is right, or for so long.
printf 'disable ntp\nserver 10.91.0.77\n' >"$work/wait.conf"
check "-w ends with ETIMEDOUT" sh -c "ip netns exec '$client' timeout 60 setpriv \
	--bounding-set -sys_time --inh-caps -sys_time \
	'$ntpd' -w 1 -c '$work/wait.conf' -p '$work/wait.pid'; [ \$? -eq 110 ]"
wait_pid=$(cat "$work/wait.pid" 2>/dev/null || echo 0)
[ "$wait_pid" -gt 1 ] && pids="$pids $wait_pid"
check "and the daemon goes on" kill -0 "$wait_pid"
kill "$wait_pid"
within 10 gone "$wait_pid"
printf 'disable ntp\nserver 127.127.1.0 prefer\n' >"$work/wait.conf"
check "-w ends well when the clock is right" sh -c "ip netns exec '$client' timeout 60 setpriv \
	--bounding-set -sys_time --inh-caps -sys_time \
	'$ntpd' -w 15 -c '$work/wait.conf' -p '$work/wait.pid'"
wait_pid=$(cat "$work/wait.pid" 2>/dev/null || echo 0)
[ "$wait_pid" -gt 1 ] && pids="$pids $wait_pid"
kill "$wait_pid"
within 10 gone "$wait_pid"

# The server of the guide.
cat >"$work/server.conf" <<END
disable ntp
server 127.127.1.0 prefer
fudge 127.127.1.0 stratum 10
nts enable cert $work/server.pem key $work/server.key cookie $work/keys/nts-keys
restrict default kod nomodify noquery limited
restrict 127.0.0.1
extra port 1123
driftfile $work/server.drift
END
start server "$server" "$ntpd" -n -c "$work/server.conf" -p "$work/server.pid"
server_pid=$started
check "the pid file holds the pid" within 10 sh -c "[ \"\$(cat '$work/server.pid')\" = $server_pid ]"

check "a second one says what is in its way" sh -c "ip netns exec '$server' setpriv \
	--bounding-set -sys_time --inh-caps -sys_time timeout 60 '$ntpd' -n -c '$work/none.conf' 2>&1 |
	grep -q 'IO: unable to bind to wildcard address .* - another process may be running'"

# -q: what it did and how it ended.
printf 'server 10.91.0.1 iburst minpoll 2\n' >"$work/once.conf"
check "-q sets the clock once, and says so" exits 0 'CLOCK: time (set|slew) [-+]0\.[0-9]{6} s$' \
	"$ntpd" -q -c "$work/once.conf"
printf 'server 10.91.0.99 iburst minpoll 2\n' >"$work/none.conf"
check "-q of a server that is silent ends well" exits 0 'SYNC: no servers found$' \
	"$ntpd" -q -g -c "$work/none.conf"

check "a pid file that cannot be written ends nothing" exits 0 'LOG: pid file /nonexistent/pid: No such' \
	"$ntpd" -n -p /nonexistent/pid -q -c "$work/once.conf"

# -i: all but the start is inside a directory, as somebody else.
mkdir -p "$work/jail/stats"
chown 65534 "$work/jail/stats"
printf 'server 10.91.0.1 iburst minpoll 0 maxpoll 0\nstatsdir /stats/\nstatistics rawstats\n' \
	>"$work/jail.conf"
start jail "$client" "$ntpd" -n -i "$work/jail" -u 65534:65534 -c "$work/jail.conf"
jailed() {
	[ "$(readlink "/proc/$started/root")" = "$work/jail" ] &&
		grep -q '^Uid:.65534.65534.65534.65534$' "/proc/$started/status"
}
check "-i and -u: it is in the directory, as somebody else" within 10 jailed
check "and writes its statistics there" within 20 test -s "$work/jail/stats/rawstats"
stop "$started"
check "and ends well" test "$stopped" -eq 0

# -I: only there is it served, besides loopback.
printf 'server 10.91.0.1 iburst\nrestrict default\n' >"$work/nic.conf"
start nic "$client" "$ntpd" -n -I lo -c "$work/nic.conf"
asked() {
	ip netns exec "$1" python3 "$here/query.py" "$2"
}
not_asked() {
	! asked "$@"
}
check "-I: the interface named is served" within 10 asked "$client" 127.0.0.1
check "-I: others are not" not_asked "$server" 10.91.0.2
stop "$started"
start nic "$client" "$ntpd" -n -I 10.91.0.2 -c "$work/nic.conf"
check "-I: the address named is served" within 10 asked "$server" 10.91.0.2
check "-I: others of the interface are not" not_asked "$server" fd91::2
stop "$started"

# Clients with the lines of the guide, and what may go wrong.
cat >"$work/conf/ntp.conf" <<END
disable ntp
server nts.test:4460 iburst minpoll 3 maxpoll 6 nts ca $work/ca.pem # the guide's third
srver typo
driftfile $work/client.drift
statsdir $work/stats
statistics loopstats peerstats clockstats rawstats
filegen loopstats file loopstats type day enable
logfile $work/client.ntp.log
logconfig =syncall +clockall +peerall +sysall
END
echo 'tos minsane 1' >"$work/conf/ntp.d/more.conf"
check "starts in the background and is ready" ip netns exec "$client" setpriv \
	--bounding-set -sys_time --inh-caps -sys_time \
	"$ntpd" -g -N -u root -c "$work/conf/ntp.conf" -p "$work/client.pid"
client_pid=$(cat "$work/client.pid" 2>/dev/null || echo 0)
[ "$client_pid" -gt 1 ] && pids="$pids $client_pid"
log=$work/client.ntp.log
check "log: starting" says "$log" 'INIT: ntpd gnomon-[^ ]*: Starting'
check "log: command line" says "$log" "INIT: Command line: $ntpd -g -N -u root -c"
check "log: errors are counted" says "$log" 'INIT: saw 1 parsing errors'
check "the server answers over NTS" within 30 grep -q 'NTSc: certificate is valid\.' "$log"
check "extra port: clients of NTS are sent there" within 10 \
	says "$log" 'DNS: Server taking: 10\.91\.0\.1:1123'
check "and are answered there" within 10 says "$log" 'PROTO: 10\.91\.0\.1 e014 84 reachable'
kill -HUP "$client_pid"
check "SIGHUP is told" within 10 says "$log" 'LOG: Saw SIGHUP'
mv "$log" "$log.1"
kill -HUP "$client_pid"
check "a log that was moved is made anew" within 10 test -e "$log"
kill -USR1 "$client_pid"
check "SIGUSR1 is told" within 10 says "$log" 'LOG: ntpd not compiled for debugging \(signal 10\)'
check "and ends nothing" kill -0 "$client_pid"
kill "$client_pid"
check "SIGTERM ends it" within 10 gone "$client_pid"
check "and is told" says "$log" 'ERR: ntpd exiting on signal 15 \(Terminated\)'
check "the pid file is gone" test ! -e "$work/client.pid"

# noval accepts a certificate of a stranger; without it nothing is had.
for how in '' noval; do
	printf 'disable ntp\nserver nts.test iburst minpoll 3 nts ca %s %s\n' "$work/other.pem" "$how" \
		>"$work/v.conf"
	start "v$how" "$client" "$ntpd" -n -c "$work/v.conf"
	if [ -n "$how" ]; then
		check "noval takes any certificate" within 20 \
			grep -q 'NTSc: noval - accepting invalid cert\.' "$work/v$how.log"
		check "and gets cookies" within 10 grep -q 'Got 8 cookies' "$work/v$how.log"
	else
		check "a stranger's certificate is refused" within 20 \
			grep -q 'NTSc: certificate invalid: 20=>' "$work/v$how.log"
	fi
	stop "$started"
	check "its exit status" test "$stopped" -eq 0
done

printf 'disable ntp\nserver nts.test iburst nts ca %s aead AES_SIV_CMAC_512\n' "$work/ca.pem" \
	>"$work/a.conf"
start aead "$client" "$ntpd" -n -c "$work/a.conf"
check "aead: the algorithm that was asked for" within 20 grep -q 'aead=17\.' "$work/aead.log"
stop "$started"

stop "$server_pid"
check "the server ends well" test "$stopped" -eq 0
check "and says so" says "$work/server.log" 'ERR: ntpd exiting on signal 15 \(Terminated\)'
finish
