#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# gnomond as an NTS server: to chronyd and NTPsec's ntpd, under 1,000 half-open connections, without
# its helper process, with other certificates, and over a restart.
. "$(dirname "$0")/lib.sh"
need chronyd chronyc ntpd
# the sanitizer keeps freed memory: without this its quarantine is what is measured
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:quarantine_size_mb=1"
need_nts
lab

lab_authority
lab_certificate first first.test DNS:nts.test,IP:10.91.0.1
lab_certificate second second.test DNS:nts.test,IP:10.91.0.1
lab_certificate third third.test 'DNS:third.test,DNS:*.wild.test'
cp "$work/first.pem" "$work/srv.pem"
cp "$work/first.key" "$work/srv.key"

echo "10.91.0.1 nts.test" | lab_names

mkdir -p "$work/keys"
gnomond_conf gnomond <<CONF
local stratum 2
allow
ntsservercert $work/srv.pem
ntsserverkey $work/srv.key
ntsservercert $work/third.pem
ntsserverkey $work/third.key
ntsdumpdir $work/keys
ntsaeads 30 17 16 15
CONF
start_gnomond() {
	start "$1" "$server" "$GNOMOND" -x -U -d -f "$work/gnomond.conf"
	gnomond=$started
}
start_gnomond gnomond
within 5 ctl gnomond tracking
check "gnomond serves" ctl gnomond tracking

ask() {
	ip netns exec "$client" python3 "$here/ke.py" ask 10.91.0.1 "$work/ca.pem" "$@"
}
asked() {
	wanted=$1
	shift
	ask "$@" | tee /dev/stderr | grep -q "$wanted"
}
check "AEAD 15" asked "^aead 15 cookies 8 " 15
check "AEAD 17, the client's first choice" asked "^aead 17 cookies 8 length 16[04] " 17 15

# named NAME: the name of the certificate that a client gets who asks for NAME
named() {
	NAME=$1 ask 15 | tee /dev/stderr | grep -q "cn $2 "
}
check "a client gets the certificate of the name that it asks for" named third.test third.test
check "also by a wild card" named any.wild.test third.test
check "the first for another name" named nts.test first.test
check "for an unknown one" named unknown.test first.test
check "and for none" named "" first.test

chronyd_conf chronyd <<CONF
server nts.test iburst minpoll 1 maxpoll 2 nts
ntstrustedcerts $work/ca.pem
nosystemcert
CONF
start chronyd "$client" "$chronyd" -x -U -u root -d -f "$work/chronyd.conf"

# ntpd_conf NAME AEAD
ntpd_conf() {
	cat >"$work/$1.conf" <<CONF
nts ca $work/ca.pem
nts aead $2
server nts.test nts iburst minpoll 3 maxpoll 3 prefer
restrict default
disable ntp
CONF
}
ntpd_conf ntp15 AES_SIV_CMAC_256
ntpd_conf ntp17 AES_SIV_CMAC_512
ip -n "$client" addr add 10.91.0.3/24 dev gnc$$
start ntp17 "$client" "$ntpd" -n -g -c "$work/ntp17.conf" -l "$work/ntpd17.messages"
ntp17=$started

follows_chronyd() {
	"$chronyc" -h "$work/chronyd/ctl.sock" -n sources | grep -q '^\^\* 10.91.0.1 *2 ' &&
		"$chronyc" -h "$work/chronyd/ctl.sock" -n -c authdata | grep ',NTS,.*,8,'
}
# ntpd has no other source, so what it follows it got over NTS; a server that were silent would
# make its requests grow and the key establishment be repeated
follows_ntpd() {
	ip netns exec "$client" python3 "$here/query.py" 127.0.0.1 | grep '3 10.91.0.1 ' &&
		grep "$2" "$work/$1" && [ "$(grep -c 'NTS-KE req to' "$work/$1")" = 1 ]
}
check "chronyd selects gnomond over NTS and has 8 cookies" within 20 follows_chronyd
check "ntpd is served over NTS with AEAD 17" within 40 \
	follows_ntpd ntpd17.messages 'Got 8 cookies, length 16[04], aead=17'
stop "$ntp17"
start ntp15 "$client" "$ntpd" -n -g -c "$work/ntp15.conf" -l "$work/ntpd15.messages"
check "ntpd is served over NTS with AEAD 15" within 40 \
	follows_ntpd ntpd15.messages 'Got 8 cookies, length \(96\|100\), aead=15'
stop "$started"

# count FIELD: a number of serverstats
count() {
	ctl gnomond -c serverstats | cut -d, -f"$1"
}
authenticated() {
	hits=$(count 6)
	echo "$hits NTS-KE hits, $(count 8) authenticated requests"
	[ "$hits" -ge 4 ] && [ "$(count 8)" -ge 4 ]
}
check "serverstats counts establishments and authentic requests" authenticated

few_naks() {
	naks=$(ip netns exec "$client" python3 "$here/ke.py" naks 10.91.0.1 "$1") || return 1
	echo "$1 bad cookies: $naks"
	# So many at once, and so many in a second: a slow machine takes longer.
	echo "$naks" | awk -v least="$2" -v most="$3" -v rate="$4" '
		{ exit !($2 >= least && $2 <= most + rate * $4) }'
}
check "a bad cookie is answered with a NAK" few_naks 10 10 10 0
check "but not 1,000 of them" few_naks 1000 64 128 65

# helper: pid of the helper process that was started last
helper() {
	sed -n 's/.*Started NTS-KE helper process \([0-9]*\).*/\1/p' "$work/gnomond.log" | tail -1
}
memory() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}
rights() {
	grep -q '^CapEff:[^0-9]*0*$' "/proc/$1/status"
}
check "the helper has no capability" rights "$(helper)"

before=$(memory "$(helper)")
start flood "$client" python3 "$here/ke.py" flood 10.91.0.1 1000 120 10.91.0.3
flood=$started
within 10 grep -q "^holding 1000" "$work/flood.log"
sleep 1
served_meanwhile() {
	for _ in 1 2 3; do
		took=$(ask "$@" | sed -n 's/.*seconds \([0-9.]*\).*/\1/p')
		echo "served after ${took:-never} s"
		[ -n "$took" ] || return 1
	done
	kill -0 "$flood"
}
check "an honest client is served meanwhile" served_meanwhile 15
sed 's/^/# /' "$work/check.out"
after=$(memory "$(helper)")
echo "# memory of the helper: $before kB before, $after kB under 1,000 half-open connections"
check "100 sessions take less than 40 MB" [ "$((after - before))" -lt 40000 ]
stop "$flood"
sed 's/^/# flood: /' "$work/flood.log"

old=$(helper)
kill -9 "$old"
replaced() {
	[ "$(helper)" != "$old" ] && ask 15
}
check "a killed helper is replaced" within 5 replaced
check "and that is said" grep -q "helper process $old ended" "$work/gnomond.log"

cp "$work/second.pem" "$work/srv.pem"
check "a certificate without its key is refused" ctl gnomond rekey
check "with a message" within 2 grep -q "Could not set credentials : $work/srv.pem" \
	"$work/gnomond.log"
check "and the old pair kept" asked "cn first.test" 15
cp "$work/second.key" "$work/srv.key"
ctl gnomond rekey >/dev/null
check "the new pair is used" within 3 asked "cn second.test" 15
echo "no certificate" >"$work/srv.pem"
ctl gnomond rekey >/dev/null
sleep 0.5
check "a broken certificate keeps it" asked "cn second.test" 15

check "the counters agree" nts_arithmetic gnomond
stop "$gnomond"
check "gnomond ends cleanly" [ "$stopped" -eq 0 ]
check "its keys are saved" grep -q '^NKS1$' "$work/keys/ntskeys"
check "for nobody else" [ "$(stat -c %a "$work/keys/ntskeys")" = 600 ]
cp "$work/second.pem" "$work/srv.pem"
establishments() {
	"$chronyc" -h "$work/chronyd/ctl.sock" -n -c authdata | cut -d, -f3
}
had=$(establishments)
start_gnomond gnomond2
check "a restarted gnomond loads them" within 5 grep -q "Loaded server NTS keys" \
	"$work/gnomond2.log"
sleep 6
check "and chronyd goes on with its cookies" [ "$(establishments)" = "$had" ]
serves_again() {
	[ "$(count 8)" -ge 2 ]
}
check "which are taken" within 10 serves_again
stop "$started"

# without root: what the daemon's user cannot read any more does not take away what it has
chown nobody: "$work/keys" "$work/gnomond"
sed -i 's/^user root/user nobody/' "$work/gnomond.conf"
chmod 600 "$work/srv.key"
rm -f "$work/keys/ntskeys"
start_gnomond gnomond3
check "gnomond serves as another user" within 5 asked "cn second.test" 15
check "it says that it could not read the key again" grep -q \
	"Missing read access to $work/srv.key : Permission denied" "$work/gnomond3.log"
owner() {
	[ "$(stat -c %U "/proc/$gnomond")" = nobody ] && [ "$(stat -c %U "$work/keys/ntskeys")" = nobody ]
}
check "it has no rights and its keys are its own" within 3 owner
ctl gnomond rekey >/dev/null
check "a key that it may not read keeps the old one" within 3 grep -q \
	"Could not set credentials : $work/srv.key : Permission denied" "$work/gnomond3.log"
check "which is used on" asked "cn second.test" 15
refused12() {
	! TLS12=1 ask 15
}
check "TLS 1.2 is refused" refused12
stop "$gnomond"
echo "ntsmintls TLS1.2" >>"$work/gnomond.conf"
chmod 644 "$work/srv.key"
start_gnomond gnomond4
asked12() {
	TLS12=1 ask 15 | grep "aead 15 cookies 8 .*TLSv1.2"
}
check "unless it is asked for" within 5 asked12
check "and the better one is still taken" asked "TLSv1.3" 15
finish
