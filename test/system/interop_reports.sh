#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every report of chronyc, as people and as programs read it: the stock chronyc and gnomonctl print
# the same bytes of gnomond, and of Debian's chronyd, each with a state that has something to show.
. "$(dirname "$0")/lib.sh"
own_memory "$@"
need chronyd chronyc
lab

# The server that both follow: with a symmetric key and with NTS, on addresses of their own.
for last in 3 4; do
	ip -n "$server" addr add 10.91.0.$last/24 dev gns$$
done
lab_authority
lab_certificate server 10.91.0.4 IP:10.91.0.4
echo "7 AES128 HEX:7EA62AE64D190114D46D5A082F948EC1" >"$work/keys"
chmod 600 "$work/keys" "$work/server.key"
chronyd_conf chronyd <<EOF
local stratum 1
allow
keyfile $work/keys
ntsservercert $work/server.pem
ntsserverkey $work/server.key
EOF
start chronyd "$server" "$chronyd" -x -U -u root -d -f "$work/chronyd.conf"

# followed: the sources of both followers, of all kinds: selected, of another family and not to be
# selected, authenticated both ways, a peer that does not answer, a server that is offline, a name
# that nobody knows, a reference clock that nobody feeds.
followed() {
	cat <<-EOF
		server 10.91.0.1 iburst minpoll 2 maxpoll 4 prefer
		server fd91::1 iburst minpoll 2 maxpoll 4 noselect xleave
		server 10.91.0.3 iburst minpoll 2 maxpoll 4 key 7 trust require
		server 10.91.0.4 iburst minpoll 2 maxpoll 4 nts
		peer 10.91.0.77 minpoll 3
		server 10.91.0.78 offline
		server a-name-that-nobody-knows.invalid iburst
		refclock SHM 9 refid SHM9 poll 2
		ntstrustedcerts $work/ca.pem
		keyfile $work/keys
		smoothtime 400 0.01
		manual
		local stratum 10
		allow
	EOF
}
{
	followed
	echo "cmdport 3323"
} | gnomond_conf gnomond
{
	followed
	echo "port 1123"
	echo "cmdport 4323"
	echo "bindcmdaddress $work/follower/ctl.sock"
	echo "pidfile $work/follower/pid"
} >"$work/follower.conf"
run_dir follower
start gnomond "$client" "$GNOMOND" -x -U -d -f "$work/gnomond.conf"
start follower "$client" "$chronyd" -x -U -u root -d -f "$work/follower.conf"
check "gnomond selects chronyd within 20 s" within 20 selected gnomond
check "chronyd selects chronyd within 20 s" within 20 selected follower

# Two clients with something to show of each, in interleaved mode, that stop before the comparison.
asks=
for port in 123 1123; do
	run_dir asks$port
	start asks$port "$server" "$chronyd" -x -U -u root -d "port 0" "cmdport 0" \
		"server 10.91.0.2 port $port minpoll -2 maxpoll -2 xleave maxdelay 10" \
		"bindcmdaddress $work/asks$port/ctl.sock" "pidfile $work/asks$port/pid"
	asks="$asks $started"
done
nts_works() {
	ctl "$1" -c -n authdata | grep -q '^10.91.0.4,NTS,.*,8,'
}
check "gnomond has cookies" within 20 nts_works gnomond
check "chronyd has cookies" within 20 nts_works follower
served() {
	ctl "$1" -c serverstats | awk -F, '{ ok = $1 > 5 && $9 > 0 } END { exit !ok }'
}
check "gnomond has a client" within 10 served gnomond
check "chronyd has a client" within 10 served follower
for pid in $asks; do
	stop "$pid"
done

# Times that somebody entered.
for daemon in gnomond follower; do
	for seconds in 3 1; do
		"$chronyc" -h "$work/$daemon/ctl.sock" settime \
			"$(date -d "$seconds seconds ago" +%H:%M:%S)" >"$work/settime.$daemon"
		sleep 1.1
	done
done

# Names of addresses, one of them longer than a column.
cat >"$work/hosts" <<'EOF'
127.0.0.1 localhost
10.91.0.1 a-host-whose-name-is-longer-than-the-column-of-names.example.net
fd91::1 sixth.example.net
10.91.0.3 x3456789012345678901234x.example
EOF
# named COMMAND...: runs it where these names are known and no other is
named() {
	ip netns exec "$client" unshare -m sh -c \
		'mount --bind "$0" /etc/hosts && exec "$@"' "$work/hosts" "$@"
}

# frozen NAME: starts a freezing relay before a daemon's socket
frozen() {
	python3 "$here/freeze.py" "$work/$1/frozen.sock" "$work/$1/ctl.sock" 2>"$work/$1.freeze" &
	freezer=$!
	pids="$pids $freezer"
	within 5 test -S "$work/$1/frozen.sock"
}

# without_newer REPORT: drops what newer clients print since 4.4 (serverstats: six counters) and 4.6
# (ntpdata: four), so that an older chronyc can be compared: lines of their own, or the last columns.
# The counter of commands of serverstats, the third column, goes up by asking: it is taken out here
# and compared by itself below.
without_newer() {
	case $1 in
	*serverstats*)
		sed '/^NTP \(timestamp\|daemon\|kernel\|hardware\)/d; /^Command packets received/d
			s/^\([0-9]*,[0-9]*\),[0-9]*\(\(,[0-9]*\)\{8\}\).*/\1\2/'
		;;
	*) sed '/^Total \(kernel\|HW\) [RT]X /d; s/^\(\([^,]*,\)\{31\}[^,]*\),.*/\1/' ;;
	esac
}

# same DAEMON ARGUMENTS...: both clients print the same and exit alike
same() {
	same_of=$1
	shift
	kill -USR1 "$freezer"
	named "$chronyc" -h "$work/$same_of/frozen.sock" "$@" >"$work/a" 2>&1
	same_a=$?
	named "$GNOMONCTL" -h "$work/$same_of/frozen.sock" "$@" >"$work/b" 2>&1
	same_b=$?
	without_newer "$*" <"$work/a" >"$work/a.old"
	without_newer "$*" <"$work/b" >"$work/b.old"
	diff "$work/a.old" "$work/b.old" && [ "$same_a" -eq "$same_b" ]
}

cat >"$work/reports" <<'END'
tracking
sources
sources -a
sources -v
sources -a -v
sourcestats
sourcestats -a
sourcestats -v
selectdata
selectdata -a
selectdata -v
authdata
authdata -a
authdata -v
ntpdata
ntpdata 10.91.0.1
ntpdata 10.91.0.77
ntpdata 10.91.0.99
activity
serverstats
clients
clients -k
clients -p 3
clients -p 100000
manual list
rtcdata
smoothing
sourcename 10.91.0.1
sourcename 10.91.0.99
waitsync 1 0 0 0.1
END

# rich NAME: what is compared has something in it, so that no empty report passes for the same
rich() {
	ctl "$1" -c -n sources -a >"$work/rich"
	cat "$work/rich"
	grep -q '^^,\*,' "$work/rich" && grep -q '^=,' "$work/rich" && grep -q '^#,' "$work/rich" &&
		grep -q '^^,?,ID#' "$work/rich" && ctl "$1" -c -n clients | grep -q '^10.91.0.1,[1-9]' &&
		ctl "$1" smoothing | tee /dev/stderr | grep -q '^Active *: Yes'
}

entered() {
	ctl "$1" manual list
	ctl "$1" -c manual list | grep -q '^1,'
}

# commands_counted NAME: each of both clients counts as one more command
commands_counted() {
	first=$("$chronyc" -h "$work/$1/ctl.sock" -c serverstats | cut -d, -f3)
	second=$(ctl "$1" -c serverstats | cut -d, -f3)
	third=$("$chronyc" -h "$work/$1/ctl.sock" -c serverstats | cut -d, -f3)
	echo "$first $second $third"
	[ "$first" -gt 0 ] && [ $((second - first)) -eq 1 ] && [ $((third - second)) -eq 1 ]
}

for daemon in gnomond follower; do
	frozen "$daemon"
	# A time that somebody entered may have taken the selection away for a while.
	check "$daemon: there is something to show" within 15 rich "$daemon"
	check "$daemon: there are times that somebody entered" entered "$daemon"
	for flags in "" -n -N -c "-c -n" "-c -N"; do
		while read -r report; do
			# shellcheck disable=SC2086
			check "$daemon: $flags $report" same "$daemon" $flags $report </dev/null
		done <"$work/reports"
	done
	check "$daemon: -m" same "$daemon" -m "sources -a" tracking "nonsense here" activity
	check "$daemon: commands are counted one by one" commands_counted "$daemon"
	kill "$freezer"
done
finish
