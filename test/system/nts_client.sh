#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# gnomond as an NTS client: of chronyd, of NTPsec's ntpd and of gnomond with another crypto library,
# over restarts of either side. What must be refused is in nts_refused.sh.
. "$(dirname "$0")/lib.sh"
need chronyd ntpd
need_nts
need_tool python3
lab

# ------------------------------------------------------------------------------ certificates
lab_authority root
lab_authority stranger
lab_certificate good good.test DNS:nts.test,IP:10.91.0.1,IP:fd91::1 root
check "certificates were made" test -s "$work/good.pem" -a -s "$work/stranger.pem"

# ------------------------------------------------------------------------------ the two sides
echo "10.91.0.1 nts.test" | lab_names

chronyd_conf chronyd <<CONF
local stratum 2
allow
ntsservercert $work/good.pem
ntsserverkey $work/good.key
CONF
start_chronyd() {
	start "$1" "$server" "$chronyd" -x -U -u root -d -f "$work/chronyd.conf"
	chronyd_pid=$started
}
# client NAME: a gnomond whose further lines are on standard input
client() {
	mkdir -p "$work/$1.nts"
	{
		echo "ntsdumpdir $work/$1.nts"
		echo "cmdport 0"
		cat
	} | gnomond_conf "$1"
	start "$1" "$client" "$GNOMOND" -x -U -d -f "$work/$1.conf"
	client_pid=$started
}
# listening N: so many sockets of key establishment are open
listening() {
	[ "$(ip netns exec "$server" ss -Htln "sport = :4460" | wc -l)" -ge "$1" ]
}
trust="ntstrustedcerts $work/root.pem
nosystemcert"

# authentic NAME ESTABLISHMENTS AEAD: a source is selected over NTS with a full stock
authentic() {
	ctl "$1" -n authdata
	ctl "$1" -n -c ntpdata
	selected "$1" && ctl "$1" -n -c authdata | grep -q "^[^,]*,NTS,$2,$3,[0-9]*,[0-9]*,0,0,8,"
}
logged() {
	grep -e "$2" "$work/$1.log"
}

# ------------------------------------------------------------------------------ chronyd
start_chronyd chronyd1
client one <<CONF
server nts.test iburst minpoll 0 maxpoll 0 nts
$trust
CONF
check "chronyd is selected over NTS" within 15 authentic one 1 15
for line in 'expecting a certificate of nts.test, trusting .*/root.pem$' 'TLSv1.3, .* bits$' \
	'certificate of .*CN=good.test.* for .*nts.test' 'issued by .*CN=root, 29 days left$' \
	'certificate is valid$' 'protocol ntske/1$' 'read 848 bytes$' \
	'8 cookies of 100 bytes, AEAD 15 ' 'took [0-9.]* s, OK$'; do
	check "it says: $line" logged one "NTS-KE with 10.91.0.1:4460 (nts.test): $line"
done
# every request and every response is of 228 bytes and authentic
flags() {
	ctl one ntpdata | grep '^Authenticated *: Yes'
}
check "its packets are authentic" flags
stop "$client_pid"
saved() {
	[ "$(stat -c %a "$work/one.nts/10.91.0.1.nts")" = 600 ] &&
		sed -n 1,4p "$work/one.nts/10.91.0.1.nts" | tr '\n' ' ' |
		grep '^NNC0 nts.test [0-9.]* 10.91.0.1 123 $'
}
check "keys and cookies are saved" saved
start one "$client" "$GNOMOND" -x -U -d -f "$work/one.conf"
client_pid=$started
check "and used by the next daemon" within 10 authentic one 1 15
check "which says so" logged one 'Loaded [1-8] NTS cookies for nts.test'
check "and establishes no keys" test "$(grep -c 'NTS-KE with' "$work/one.log")" = 0
check "a file is used once" test ! -e "$work/one.nts/10.91.0.1.nts"

# While answers are lost each request asks for one more cookie; the first answer brings them all.
if command -v tshark >/dev/null; then
	start lengths "$client" tshark -l -n -i gnc$$ -f 'udp port 123' -T fields \
		-e udp.length -e _ws.malformed
	captured() {
		grep -q "^236" "$work/lengths.log"
	}
	check "packets are of 228 bytes" within 15 captured
	fields() {
		tr '\n\t' '  ' <"$work/lengths.log"
	}
	lost() {
		fields | grep -Eq '236 +340 +444 +548'
	}
	kill -STOP "$chronyd_pid"
	check "requests go on while nobody answers" within 10 lost
	kill -CONT "$chronyd_pid"
	grown() {
		cat "$work/lengths.log"
		fields | grep -Eq '236 +340 +444 +548 .*236 +236 *$'
	}
	check "they grow by a cookie while answers are lost, and no longer" within 10 grown
	check "then there are eight cookies again" within 5 authentic one 1 15
	check "tshark understands them" eval '! grep -i malformed "$work/lengths.log"'
	stop "$started"
else
	skip "no tshark"
fi

# Without its keys the server refuses our cookies, and new ones are fetched.
stop "$chronyd_pid"
start_chronyd chronyd2
check "a refusal leads to new keys" within 30 authentic one 2 15
check "the counters agree" nts_arithmetic one
stop "$client_pid"

client literal <<CONF
server fd91::1 iburst minpoll 0 maxpoll 0 nts
$trust
CONF
check "an address can be a certificate's name" within 15 authentic literal 1 15
stop "$client_pid"

mkdir -p "$work/certs"
cp "$work/root.pem" "$work/certs/root.pem"
echo "no certificate" >"$work/certs/README"
client sets <<CONF
server nts.test iburst minpoll 0 maxpoll 0 nts certset 7
ntstrustedcerts $work/stranger.pem
ntstrustedcerts 7 $work/certs
nosystemcert
CONF
check "a set of certificates of its own, of a directory" within 15 authentic sets 1 15
stop "$client_pid"

# ------------------------------------------------------------------------------ elsewhere
stop "$chronyd_pid"
ip -n "$server" addr add 10.91.0.9/24 dev gns$$
echo "10.91.0.9 time.test" >>"$hosts"
{
	sed '/^local/!d' "$work/chronyd.conf"
	echo "port 11123"
	echo "ntsntpserver time.test"
	sed '/^local/d' "$work/chronyd.conf"
} >"$work/elsewhere.conf"
start elsewhere "$server" "$chronyd" -x -U -u root -d -f "$work/elsewhere.conf"
chronyd_pid=$started
client elsewhere1 <<CONF
server nts.test iburst minpoll 0 maxpoll 0 nts
$trust
CONF
check "a server and a port that were negotiated" within 15 authentic elsewhere1 1 15
asked_elsewhere() {
	ctl elsewhere1 -n ntpdata | tee /dev/stderr | grep -q '^Remote address *: 10.91.0.9 ' &&
		ctl elsewhere1 -n ntpdata | grep -q '^Remote port *: 11123$'
}
check "are asked for time" asked_elsewhere
stop "$client_pid"
stop "$chronyd_pid"

# ------------------------------------------------------------------------------ ntpd
cat >"$work/ntpd.conf" <<CONF
nts enable
nts cert $work/good.pem
nts key $work/good.key
nts cookie $work/ntpd.keys
tos orphan 3 orphanwait 1
restrict default
disable ntp
CONF
start ntpd "$server" "$ntpd" -n -g -c "$work/ntpd.conf" -l "$work/ntpd.messages"
ntpd_pid=$started
check "ntpd listens" within 20 listening 2
for aead in 15 16 17; do
	client ntpd$aead <<-CONF
		server nts.test iburst minpoll 0 maxpoll 0 nts
		ntsaeads $aead
		$trust
	CONF
	check "ntpd is selected over NTS with AEAD $aead" within 30 authentic ntpd$aead 1 $aead
	stop "$client_pid"
done
stop "$ntpd_pid"

# ------------------------------------------------------------------------------ ourselves
# GNOMOND_OTHER may name a gnomond with another crypto library.
gnomond_conf server <<CONF
local stratum 2
allow
ntsservercert $work/good.pem
ntsserverkey $work/good.key
ntsaeads 30 17 16 15
CONF
start server "$server" "${GNOMOND_OTHER:-$GNOMOND}" -x -U -d -f "$work/server.conf"
server_pid=$started
within 20 listening 1
settled() {
	logged "ours$1" 'none of the algorithms of ntsaeads is available' ||
		authentic "ours$1" 1 "$1"
}
for aead in 15 16 17 30; do
	client ours$aead <<-CONF
		server nts.test iburst minpoll 0 maxpoll 0 nts
		ntsaeads $aead
		$trust
	CONF
	# Not every library has all of them.
	within 15 settled $aead
	if logged ours$aead 'none of the algorithms of ntsaeads is available' >/dev/null; then
		continue
	fi
	check "gnomond is selected over NTS with AEAD $aead" within 15 authentic ours$aead 1 $aead
	stop "$client_pid"
done
check "the counters of the server agree" nts_arithmetic server
stop "$server_pid"

# TLS 1.2 all the way, when both sides ask for it by name: with a server whose system forbids 1.3,
# which only one of the libraries can be told.
printf '[overrides]\ndisabled-version = tls1.3\n' >"$work/priorities"
echo "ntsmintls TLS1.2" >>"$work/server.conf"
for program in "${GNOMOND_OTHER:-$GNOMOND}" "$GNOMOND"; do
	name=${name:-tls12}+
	start server12 "$server" env GNUTLS_SYSTEM_PRIORITY_FILE="$work/priorities" "$program" \
		-x -U -d -f "$work/server.conf"
	server_pid=$started
	within 20 listening 1
	client "$name" <<-CONF
		server nts.test iburst minpoll 0 maxpoll 0 nts
		ntsmintls TLS1.2
		ntsaeads 15
		$trust
	CONF
	within 10 logged "$name" 'NTS-KE with .*: TLSv1'
	if logged "$name" 'NTS-KE with .*: TLSv1.2, ' >/dev/null; then
		check "NTS over TLS 1.2 when both ask for it" within 10 authentic "$name" 1 15
		stop "$client_pid"
		client tls13 <<-CONF
			server nts.test iburst minpoll 0 maxpoll 0 nts
			$trust
		CONF
		check "and not otherwise" within 10 logged tls13 \
			'TLS handshake with .* failed : .*\(TLS 1.3\|protocol version\)'
	fi
	stop "$client_pid"
	stop "$server_pid"
done
finish
