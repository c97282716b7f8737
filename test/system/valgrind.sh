#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A server and its client under valgrind: no leak, no error. Then the idle memory of both, beside
# chronyd's when it is here.
. "$(dirname "$0")/lib.sh"
need_tool valgrind
lab

checked() {
	valgrind_name=$1
	valgrind_space=$2
	shift 2
	start "$valgrind_name" "$valgrind_space" valgrind --quiet --leak-check=full \
		--errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99 \
		--trace-children=no --child-silent-after-fork=yes "$GNOMOND" "$@"
}

gnomond_conf server <<EOF
local stratum 8
allow
EOF
gnomond_conf client <<EOF
server 10.91.0.1 iburst minpoll 0 maxpoll 2
driftfile $work/client/drift
dumpdir $work/client
logdir $work/client
log measurements statistics tracking selection refclocks
EOF
checked server "$server" -x -U -d -f "$work/server.conf"
server_pid=$started
checked client "$client" -x -U -d -f "$work/client.conf"
client_pid=$started
check "the client selects its server" within 30 selected client
for report in tracking sources sourcestats ntpdata activity selectdata serverstats authdata; do
	check "$report answers" ctl client -n $report
done
check "offline and online" ctl client offline
check "online" ctl client online
check "add by name" ctl client add server 10.91.0.77
check "delete" ctl client delete 10.91.0.77
check "cyclelogs" ctl client cyclelogs
check "dump" ctl client dump
check "an unknown source is refused" sh -c "! '$GNOMONCTL' -h '$work/client/ctl.sock' delete 1.2.3.4"
sleep 2
stop "$client_pid"
check "client: no leak, no error" test "$stopped" -eq 0
stop "$server_pid"
check "server: no leak, no error" test "$stopped" -eq 0
[ "$failed" -eq 0 ] || sed 's/^/# /' "$work/client.log" "$work/server.log" | tail -80

memory() {
	awk '/^VmRSS:/ {rss = $2} /^RssAnon:/ {anon = $2} END {print rss " kB (anonymous " anon " kB)"}' \
		"/proc/$1/status"
}
start plain "$client" "$GNOMOND" -x -U -d -f "$work/client.conf"
within 15 selected client
echo "# idle memory of gnomond: $(memory "$started")"
stop "$started"
if [ -x "${GNOMON_PARTNERS:-}/usr/sbin/chronyd" ]; then
	grep -v '^log ' "$work/client.conf" >"$work/chronyd.conf"
	start chronyd "$client" "$GNOMON_PARTNERS/usr/sbin/chronyd" -x -U -d -f "$work/chronyd.conf"
	sleep 3
	echo "# idle memory of chronyd: $(memory "$started")"
	stop "$started"
fi
finish
