#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The counters of ntsinfo that need a history: cookies of keys of two rotations ago and of older ones,
# of an NTP server that serves no NTS, of nobody; connections that are no TLS, and requests for keys
# that are none. And what gnomonctl says to chronyd, which does not count.
. "$(dirname "$0")/lib.sh"
need chronyd
need_nts
need_tool python3
lab
lab_authority
lab_certificate srv nts.test DNS:nts.test,DNS:fast.test,DNS:plain.test
for host in 3 4; do
	ip -n "$server" addr add 10.91.0.$host/24 dev gns$$
done
lab_names <<HOSTS
10.91.0.1 nts.test
10.91.0.3 fast.test
10.91.0.4 plain.test
HOSTS

# server NAME HOST: a gnomond with further lines of standard input
server() {
	{
		echo "local stratum 2"
		echo "allow"
		echo "bindaddress 10.91.0.$2"
		echo "cmdport 0"
		cat
	} | gnomond_conf "$1"
	start "$1" "$server" "$GNOMOND" -x -U -d -4 -f "$work/$1.conf"
}
nts="ntsservercert $work/srv.pem
ntsserverkey $work/srv.key"
server slow 1 <<CONF
$nts
ntsrotate 6
CONF
server fast 3 <<CONF
$nts
ntsrotate 2
CONF
# one that has the keys made elsewhere is asked for time, and serves none of NTS
server plain 4 </dev/null
server keys 3 <<CONF
port 0
ntsport 4461
ntsntpserver plain.test
$nts
CONF
# client NAME LINE
client() {
	gnomond_conf "$1" <<-CONF
		$2
		port 0
		cmdport 0
		ntstrustedcerts $work/ca.pem
		nosystemcert
	CONF
	start "$1" "$client" "$GNOMOND" -x -U -d -f "$work/$1.conf"
}
for name in slow fast plain keys; do
	within 10 ctl $name activity
done
client of_slow "server nts.test minpoll 0 maxpoll 0 nts"
client of_fast "server fast.test minpoll 0 maxpoll 0 nts"
client of_plain "server fast.test minpoll 0 maxpoll 0 nts ntsport 4461"
began=$(date +%s)

# ------------------------------------------------------------------------------ strangers
no_tls() {
	ip netns exec "$client" python3 -c '
import socket
s = socket.create_connection(("10.91.0.1", 4460))
s.sendall(b"GET / HTTP/1.0\r\n\r\n")
s.recv(100)'
	within 3 counted 19
}
bad_request() {
	printf '\200\0\0\0' | ip netns exec "$client" timeout 30 openssl s_client -quiet -alpn ntske/1 \
		-CAfile "$work/ca.pem" -servername nts.test -connect 10.91.0.1:4460 >/dev/null 2>&1
	within 3 counted 22
}
counted() { # COLUMN
	[ "$(number slow "$1")" = 1 ]
}
check "a connection that is no TLS is counted" no_tls
check "and a request for keys that is none" bad_request
cookies_of_nobody() {
	before=$(($(number slow 14) + $(number slow 15))) naks=$(number slow 28)
	ip netns exec "$client" python3 "$here/ke.py" naks 10.91.0.1 5 || return 1
	equal $(($(number slow 14) + $(number slow 15))) $((before + 5)) &&
		equal "$(number slow 28)" $((naks + 5))
}
check "cookies of nobody are counted, and the refusals" cookies_of_nobody

# What is no request at all: three bytes, and a packet of mode 7.
refusals() {
	ip netns exec "$client" python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("10.91.0.1", 123))
s.send(b"abc")
s.send(b"\x27" + bytes(47))'
}
check "what is no request is sent" refusals
refusals_counted() {
	[ "$(ctl slow -c refusals | tee /dev/stderr)" = "1,0,0,1,0" ]
}
check "and counted as refused" within 3 refusals_counted

# ------------------------------------------------------------------------------ chronyd
chronyd_conf chronyd <<CONF
port 0
CONF
start chronyd "$client" "$chronyd" -x -U -u root -d -f "$work/chronyd.conf"
within 10 ctl chronyd activity
unknown() {
	! ctl chronyd ntsinfo >"$work/out" 2>"$work/err" && cat "$work/out" "$work/err" &&
		grep -q '^502 Invalid command$' "$work/out" &&
		grep -q '^This daemon does not know ntsinfo' "$work/err"
}
check "chronyd does not know ntsinfo, and that is said" unknown
unknown_json() {
	ctl chronyd --json ntsinfo 2>/dev/null | python3 -c '
import json, sys
print([(d["report"], d["code"]) for d in map(json.loads, sys.stdin)])' | grep "^\[('result', 502)\]\$"
}
check "in JSON too" unknown_json

# ------------------------------------------------------------------------------ rotation
# Eight cookies last eight seconds: one or two rotations of six seconds, four of two.
old2() {
	[ "$(number slow 12)" -ge 3 ]
}
check "cookies of keys of one and two rotations ago are taken" within 25 old2
kept() {
	ctl slow ntsinfo
	number slow 4 6 10 11 12 13 14 16 | tee "$work/kept" | awk '
		{ ok = $1 == $2 && $1 == $3 + $4 + $5 + $6 && $4 >= 3 && $6 == 0 && $8 == 1 } END { exit !ok }'
}
check "with no need for new ones" kept
too_old() {
	[ "$(number fast 14)" -ge 1 ] && [ "$(number fast 16)" -ge 2 ]
}
check "older ones are refused, and lead to new ones" within 25 too_old
renewed() {
	ctl fast ntsinfo
	number fast 4 5 6 9 14 15 28 >"$work/fast.numbers"
	number of_fast 1 2 3 25 26 27 >"$work/of_fast.numbers"
	paste "$work/fast.numbers" "$work/of_fast.numbers" | awk '
		{ print }
		{ ok = $1 == $3 && $2 == $5 + $6 && $4 == $1 && $7 >= 1 &&
			$8 >= $9 + $10 && $11 >= 2 && $12 == 0 && $13 >= 1 }
		END { exit !ok }'
}
check "both sides count that" renewed
not_server() {
	tail -n 4 "$work/of_plain.log"
	[ "$(number plain 8)" -ge 3 ] && equal "$(number plain 4 5 6 9)" "0 0 0 0"
}
check "who serves no NTS counts the cookies that came" within 10 not_server
echo "# $(($(date +%s) - began)) s"

# ------------------------------------------------------------------------------ forms
forms() {
	ctl slow ntsinfo >"$work/lines"
	ctl slow -c ntsinfo >"$work/csv"
	cat "$work/lines" "$work/csv"
	[ "$(wc -l <"$work/lines")" = 28 ] && [ "$(tr ',' '\n' <"$work/csv" | wc -l)" = 28 ] &&
		grep -Eq '^NTS KE serves good CPU: +0\.[0-9]{3}$' "$work/lines"
}
check "28 lines, and 28 columns" forms
# Of a single session the processor time may well be under half a millisecond, and print as 0: ten.
cpu() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		ip netns exec "$client" python3 "$here/ke.py" ask 10.91.0.1 "$work/ca.pem" || return 1
	done
	number slow 16 17 18 | awk '
		{ print; ok = $1 >= 11 && $2 > 0 && $3 > 0 && $3 <= $2 } END { exit !ok }'
}
check "time and processor time of key establishment are told" cpu
finish
