#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# gnomond as an NTS client: of chronyd and of NTPsec's ntpd, over restarts of either side, with
# certificates that must be refused, and of servers of key establishment that misbehave.
. "$(dirname "$0")/lib.sh"
need chronyd
chronyd=$found
need ntpd
ntpd=$found
for tool in openssl python3; do
	command -v $tool >/dev/null || skip_all "no $tool"
done
: >"$work/none.conf"
echo "server 127.0.0.1 nts" >"$work/try.conf"
"$GNOMOND" -p -f "$work/try.conf" 2>&1 | grep -q 'built without: nts' &&
	skip_all "gnomond is built without NTS"
lab

# ------------------------------------------------------------------------------ certificates
# authority NAME: a certificate authority, $work/NAME.pem and NAME.key
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$work/$1.key" -out "$work/$1.pem" -days 30 -subj "/O=Test/CN=$1" \
		-addext "basicConstraints=critical,CA:TRUE" \
		-addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
}
# certificate NAME AUTHORITY NAMES FROM TO: dates as YYYYMMDD
certificate() {
	mkdir -p "$work/ca.$1"
	: >"$work/ca.$1/index"
	printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\n' "$3" >"$work/$1.ext"
	cat >"$work/ca.$1/conf" <<-CONF
		[ca]
		default_ca = a
		[a]
		database = $work/ca.$1/index
		new_certs_dir = $work/ca.$1
		default_md = sha256
		policy = p
		rand_serial = yes
		[p]
		commonName = supplied
	CONF
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" \
		-out "$work/$1.csr" -subj "/CN=$1.test" 2>/dev/null &&
		openssl ca -batch -notext -config "$work/ca.$1/conf" -in "$work/$1.csr" \
			-cert "$work/$2.pem" -keyfile "$work/$2.key" -out "$work/$1.pem" \
			-extfile "$work/$1.ext" -startdate "${4}000000Z" -enddate "${5}000000Z" \
			2>"$work/$1.log"
}
before=$(date -u -d '-2 days' +%Y%m%d)
after=$(date -u -d '+30 days' +%Y%m%d)
authority root
authority stranger
certificate good root DNS:nts.test,IP:10.91.0.1,IP:fd91::1 "$before" "$after"
certificate expired root DNS:expired.test 20200101 20200201
certificate future root DNS:future.test "$after" "$(date -u -d '+60 days' +%Y%m%d)"
certificate other root DNS:another.test "$before" "$after"
certificate unknown stranger DNS:unknown.test "$before" "$after"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/self.key" \
	-out "$work/self.pem" -days 30 -subj "/CN=self.test" \
	-addext subjectAltName=DNS:self.test 2>/dev/null
check "certificates were made" test -s "$work/good.pem" -a -s "$work/unknown.pem" -a \
	-s "$work/future.pem"

# ------------------------------------------------------------------------------ the two sides
names=/etc/netns/$client
mkdir -p "$names" && echo "10.91.0.1 nts.test" >"$names/hosts"
trap 'rm -rf "$names"; rmdir /etc/netns 2>/dev/null; lab_cleanup' EXIT

run_dir chronyd
cat >"$work/chronyd.conf" <<CONF
local stratum 2
allow
ntsservercert $work/good.pem
ntsserverkey $work/good.key
bindcmdaddress $work/chronyd/ctl.sock
pidfile $work/chronyd/pid
cmdport 0
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
	kill -STOP "$chronyd_pid"
	sleep 4.5
	kill -CONT "$chronyd_pid"
	grown() {
		cat "$work/lengths.log"
		tr '\n\t' '  ' <"$work/lengths.log" |
			grep -Eq '236 +340 +444 +548 .*236 +236 *$'
	}
	check "they grow by a cookie while answers are lost, and no longer" within 10 grown
	check "then there are eight cookies again" within 5 authentic one 1 15
	check "tshark understands them" eval '! grep -i malformed "$work/lengths.log"'
	stop "$started"
fi

# Without its keys the server refuses our cookies, and new ones are fetched.
stop "$chronyd_pid"
start_chronyd chronyd2
check "a refusal leads to new keys" within 30 authentic one 2 15
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
echo "10.91.0.9 time.test" >>"$names/hosts"
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
for aead in 15 16 17 30; do
	client ours$aead <<-CONF
		server nts.test iburst minpoll 0 maxpoll 0 nts
		ntsaeads $aead
		$trust
	CONF
	# Not every library has all of them.
	if within 2 logged ours$aead 'none of the algorithms of ntsaeads is available'; then
		continue
	fi
	check "gnomond is selected over NTS with AEAD $aead" within 15 authentic ours$aead 1 $aead
	stop "$client_pid"
done
stop "$server_pid"

# ------------------------------------------------------------------------------ refused
# Each certificate at an address of its own, shown by a server that speaks TLS only.
number=20
: >"$work/refused.lines"
for bad in expired future other unknown self; do
	ip -n "$server" addr add 10.91.0.$number/24 dev gns$$
	echo "10.91.0.$number $bad.test" >>"$names/hosts"
	start "$bad" "$server" openssl s_server -quiet -alpn ntske/1 -tls1_3 -accept \
		10.91.0.$number:4460 -cert "$work/$bad.pem" -key "$work/$bad.key"
	echo "server $bad.test iburst minpoll 0 maxpoll 0 nts" >>"$work/refused.lines"
	number=$((number + 1))
done
within 20 listening 5
echo "$trust" >>"$work/refused.lines"
client refused <"$work/refused.lines"
# refused NAME REASON
refused() {
	logged refused "TLS handshake with 10.91.0.[0-9]*:4460 ($1.test) failed : .*$2"
}
check "an expired certificate is refused" within 10 refused expired 'expired.*2020-02-01'
check "one that is not valid yet is refused" within 10 refused future 'not valid'
check "one of another name is refused" within 10 refused other 'another.test'
check "whose it was is said" logged refused \
	'NTS-KE with 10.91.0.[0-9]*:4460 (expired.test): certificate of .*CN=expired.test.* for expired.test$'
check "and who issued it, and when it was too old" logged refused \
	'(expired.test): issued by .*CN=root, [0-9]* days too old$'
check "one of an unknown authority is refused" within 10 refused unknown ''
check "one that signed itself is refused" within 10 refused self ''
check "nothing is selected then" eval '! selected refused'
sent() {
	ctl refused -n ntpdata | grep '^Total TX'
	ctl refused -n ntpdata | grep '^Total TX' | grep -qv ': 0$'
}
check "and no time was ever asked for" eval '! sent'
check "they are retried by the rule" test "$(grep -c 'TLS handshake with' "$work/refused.log")" = 5
stop "$client_pid"

client lenient <<CONF
server expired.test iburst minpoll 0 maxpoll 0 nts
nocerttimecheck 1
$trust
CONF
check "dates can be left aside until the clock is set" within 10 \
	logged lenient 'dates of certificates are not checked yet'
check "then an expired certificate is taken" within 10 logged lenient 'certificate is valid, its dates aside'
stop "$client_pid"

# ------------------------------------------------------------------------------ misbehaving
number=40
{
	for kind in stall slow junk critical thousand none port0 name255 close; do
		ip -n "$server" addr add 10.91.0.$number/24 dev gns$$
		echo "10.91.0.$number $kind.test" >>"$names/hosts"
		echo "server $kind.test iburst minpoll 0 maxpoll 0 nts"
		start "$kind" "$server" python3 "$here/hostile_ke.py" 10.91.0.$number \
			"$work/good.pem" "$work/good.key" "$kind"
		number=$((number + 1))
	done
	echo "ntstrustedcerts $work/root.pem"
	echo "nosystemcert"
} >"$work/hostile.lines"
# One certificate for all of them.
certificate good root "$(sed -n 's/^server \([^ ]*\) .*/DNS:\1/p' "$work/hostile.lines" |
	paste -sd,)" "$before" "$after"
within 20 listening 14
client hostile <"$work/hostile.lines"
hostile() {
	within "$1" logged hostile "$2"
}
check "junk without end: refused" hostile 10 'response from junk.test : message too long'
check "an unknown critical record: refused" hostile 10 \
	'response from critical.test : unknown critical record'
check "a thousand cookies: eight are kept" hostile 10 '(thousand.test): 8 cookies of 100 bytes'
check "no cookie: refused" hostile 10 'response from none.test : no usable cookie'
check "port 0: refused" hostile 10 'response from port0.test : port is 0'
check "a name of 255 bytes that is none: said" hostile 20 'Could not resolve NTP server n*'
check "closed in the middle: refused" hostile 10 'response from close.test : connection closed'
check "one byte at a time, too slow: ended after 16 s" hostile 20 \
	'NTS-KE session with .* (slow.test) timed out'
check "silence: ended after 16 s" hostile 20 '(stall.test) timed out'
rss() {
	awk '/VmHWM/ { print; exit $2 > 60000 }' "/proc/$client_pid/status"
}
check "no more than 60 MB of memory were needed" rss
stop "$client_pid"
check "the client ends well" test "$stopped" -eq 0
finish
