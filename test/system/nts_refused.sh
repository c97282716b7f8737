#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What an NTS client must refuse: certificates of all kinds, and servers of key establishment that
# misbehave. A gnomond with each crypto library does it at the same time.
. "$(dirname "$0")/lib.sh"
need_tool openssl python3
lab
lab_names </dev/null

# library N: the gnomond with the first or the second crypto library
library() {
	if [ "$1" = 1 ]; then echo "$GNOMOND"; else echo "${GNOMOND_OTHER:-}"; fi
}
libraries=
for n in 1 2; do
	[ -x "$(library $n)" ] && has_nts "$(library $n)" && libraries="$libraries $n"
done
[ -n "$libraries" ] || skip_all "gnomond is built without NTS"

# ------------------------------------------------------------------------------ certificates
after=$(date -u -d '+30 days' +%Y%m%d)
far=$(date -u -d '+60 days' +%Y%m%d)
lab_authority root
lab_authority stranger
lab_certificate expired expired.test DNS:expired.test root 20200101 20200201
lab_certificate future future.test DNS:future.test root "$after" "$far"
lab_certificate other other.test DNS:another.test root
lab_certificate unknown unknown.test DNS:unknown.test stranger
lab_certificate mismatch mismatch.test DNS:mismatch.test root
# Ten thousand names, one of them right.
{
	printf 'DNS:huge.test'
	seq -f ',DNS:name-%.0f-of-very-many.test' 10000 | tr -d '\n'
} >"$work/huge.names"
lab_certificate huge huge.test "$(cat "$work/huge.names")" root
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/self.key" \
	-out "$work/self.pem" -days 30 -subj "/CN=self.test" \
	-addext subjectAltName=DNS:self.test 2>/dev/null
# One without any name.
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/empty.key" \
	-out "$work/empty.csr" -subj / 2>/dev/null
openssl x509 -req -in "$work/empty.csr" -CA "$work/root.pem" -CAkey "$work/root.key" \
	-CAcreateserial -days 30 -out "$work/empty.pem" 2>/dev/null
# A key that says it is the certificate's and is another: what it signs is not good.
openssl ec -in "$work/mismatch.key" -outform DER -out "$work/mismatch.der" 2>/dev/null
openssl ec -in "$work/other.key" -outform DER -out "$work/other.der" 2>/dev/null
python3 - "$work" <<'PYTHON'
import sys
own, other = (open(sys.argv[1] + name, "rb").read() for name in ("/mismatch.der", "/other.der"))
# SEQUENCE, version, OCTET STRING of 32 bytes: the private part; the public part follows.
assert own[:7] == other[:7] == bytes.fromhex("30770201010420")
open(sys.argv[1] + "/mismatch.der", "wb").write(other[:39] + own[39:])
PYTHON
openssl ec -inform DER -in "$work/mismatch.der" -out "$work/mismatch.key" 2>/dev/null
for name in expired future other unknown self mismatch huge empty; do
	[ -s "$work/$name.pem" ] && [ -s "$work/$name.key" ] || check "certificate $name" false
done

# ------------------------------------------------------------------------------ servers
# Each at an address of its own.
number=20
: >"$work/lines"
address() { # NAME: another address, called NAME.test
	ip -n "$server" addr add 10.91.0.$number/24 dev gns$$
	echo "10.91.0.$number $1.test" >>"$hosts"
	echo "server $1.test iburst minpoll 0 maxpoll 0 nts" >>"$work/lines"
	number=$((number + 1))
}
bad="expired future other unknown self mismatch huge empty"
for name in $bad; do
	address "$name"
	start "$name" "$server" openssl s_server -quiet -alpn ntske/1 -tls1_3 -accept \
		"10.91.0.$((number - 1)):4460" -cert "$work/$name.pem" -key "$work/$name.key"
done
address nothing
start nothing "$server" openssl s_server -quiet -alpn ntske/1 -tls1_3 -nocert -accept \
	"10.91.0.$((number - 1)):4460"
address older
lab_certificate older older.test DNS:older.test root
start older "$server" openssl s_server -quiet -alpn ntske/1 -tls1_2 -accept \
	"10.91.0.$((number - 1)):4460" -cert "$work/older.pem" -key "$work/older.key"
address web
lab_certificate web web.test DNS:web.test root
start web "$server" openssl s_server -quiet -alpn http/1.1 -tls1_3 -accept \
	"10.91.0.$((number - 1)):4460" -cert "$work/web.pem" -key "$work/web.key"
hostile="stall slow junk critical thousand none port0 name255 close"
lab_certificate hostile hostile.test "$(printf 'DNS:%s.test,' $hostile | sed 's/,$//')" root
for name in $hostile; do
	address "$name"
	start "$name" "$server" python3 "$here/hostile_ke.py" "10.91.0.$((number - 1))" \
		"$work/hostile.pem" "$work/hostile.key" "$name"
done
address deaf
listening() {
	[ "$(ip netns exec "$server" ss -Htln "sport = :4460" | wc -l)" -ge "$1" ]
}
check "the servers listen" within 20 listening 20

# ------------------------------------------------------------------------------ clients
for n in $libraries; do
	{
		cat "$work/lines"
		echo "ntstrustedcerts $work/root.pem"
		echo "nosystemcert"
		echo "cmdport 0"
	} | gnomond_conf "client$n"
	start "client$n" "$client" "$(library "$n")" -x -U -d -f "$work/client$n.conf"
	eval "pid$n=$started"
done
# said N SECONDS WORDS: a client says this before long
said() {
	within "$2" grep -e "$3" "$work/client$1.log"
	said_status=$?
	[ "$said_status" -eq 0 ] || grep -e "${3##*) }" -e failed "$work/client$1.log"
	return "$said_status"
}
# refused N NAME WORDS: and says so of a certificate
refused() {
	said "$1" 15 "TLS handshake with 10.91.0.[0-9]*:4460 ($2.test) failed : $3"
}
# how_often N WORDS: how often it says that
how_often() {
	grep -c -e "$2" "$work/client$1.log"
}
# counted N: every attempt that ended was counted, one of them was good, no time was asked of others
counted() {
	ended=$(how_often "$1" 'NTS-KE with .*: took .* fail$\|Could not resolve NTP server')
	nts_arithmetic "client$1" && ctl "client$1" -c ntsinfo |
		awk -F, -v ended="$ended" '$25 != 1 || $26 != ended { exit 1 }'
}
# untouched N: nothing is selected and nobody was asked for time but the one with keys
untouched() {
	ctl "client$1" -n sources | grep '^^[*+-]' && return 1
	ctl "client$1" ntpdata | awk '/^Remote address/ { who = $0 } /^Total TX/ && $4 > 0 { print who; n++ }
		END { exit n > 1 }'
}
# tried_again N: a second attempt was made where nobody listens
tried_again() {
	[ "$(how_often "$1" 'expecting a certificate of deaf')" -ge 2 ]
}
memory() {
	awk '/VmHWM/ { print; exit $2 > 60000 }' "/proc/$1/status"
}
for n in $libraries; do
	eval "pid=\$pid$n"
	lib="client $n"
	check "$lib: an expired certificate" refused "$n" expired \
		'the certificate of .*CN=expired.test.* expired on 2020-02-01 00:00:00 UTC (it is now 20'
	check "$lib: whose it was" said "$n" 1 \
		'(expired.test): certificate of .*CN=expired.test.* for expired.test$'
	check "$lib: who issued it" said "$n" 1 '(expired.test): issued by .*CN=root, [0-9]* days too old$'
	check "$lib: one that is not valid yet" refused "$n" future \
		"the certificate of .*CN=future.test.* is not valid until $(date -u -d "$after" +%Y-%m-%d) 00:00:00 UTC"
	check "$lib: one of another name" refused "$n" other \
		'the certificate is for another.test, not for other.test'
	check "$lib: one of an unknown authority" refused "$n" unknown \
		'the certificate of .*CN=unknown.test.* is signed by .*CN=stranger, which is not trusted'
	check "$lib: one that signed itself" refused "$n" self \
		'the certificate of .*CN=self.test is signed by itself and not trusted'
	check "$lib: a key that is not the certificate's" refused "$n" mismatch \
		'the server does not have the key of its certificate'
	check "$lib: a certificate that is too large" refused "$n" huge 'a message of the server is too long'
	check "$lib: one without a name" refused "$n" empty 'the certificate is for nobody, not for empty.test'
	check "$lib: no certificate" refused "$n" nothing 'the server refused: '
	check "$lib: TLS 1.2" refused "$n" older '.*\(TLS 1.3\|protocol version\)'
	check "$lib: another protocol" said "$n" 10 'NTS-KE not supported by .*(web.test) : '
	check "$lib: junk without end" said "$n" 10 'response from junk.test : message too long'
	check "$lib: an unknown critical record" said "$n" 10 \
		'response from critical.test : unknown critical record'
	check "$lib: a thousand cookies, of which eight are kept" said "$n" 10 \
		'(thousand.test): 8 cookies of 56 bytes'
	check "$lib: no cookie" said "$n" 10 'response from none.test : no usable cookie'
	check "$lib: port 0" said "$n" 10 'response from port0.test : port is 0'
	check "$lib: a name of 255 bytes that is none" said "$n" 20 \
		'Could not resolve NTP server nnnnn*'
	check "$lib: closed in the middle" said "$n" 10 'response from close.test : connection closed'
	check "$lib: nobody listens" said "$n" 10 'Could not connect to .*(deaf.test) : Connection refused'
	check "$lib: one byte at a time" said "$n" 25 'NTS-KE session with .*(slow.test) timed out'
	check "$lib: silence" said "$n" 25 '(stall.test) timed out'
	check "$lib: these two after 16 s" [ "$(how_often "$n" 'took \(1[6-9]\|[2-9][0-9]\)\.[0-9]* s, fail$')" = 2 ]
	check "$lib: nobody is tried again within 16 minutes" \
		[ "$(how_often "$n" 'expecting a certificate of [^d]')" = 20 ]
	check "$lib: but who does not listen after 16 s" within 10 tried_again "$n"
	check "$lib: nothing is selected" untouched "$n"
	check "$lib: the counters agree" counted "$n"
	check "$lib: in no more than 60 MB of memory" memory "$pid"
	stop "$pid"
	check "$lib: it ends well" test "$stopped" -eq 0
done

# ------------------------------------------------------------------------------ leniency
for n in $libraries; do
	gnomond_conf "lenient$n" <<-CONF
		server expired.test iburst minpoll 0 maxpoll 0 nts
		server older.test iburst minpoll 0 maxpoll 0 nts
		nocerttimecheck 1
		ntsmintls TLS1.2
		ntstrustedcerts $work/root.pem
		nosystemcert
		cmdport 0
	CONF
	start "lenient$n" "$client" "$(library "$n")" -x -U -d -f "$work/lenient$n.conf"
	check "client $n: dates can be left aside until the clock is set" within 10 \
		grep 'dates of certificates are not checked yet' "$work/lenient$n.log"
	check "client $n: then an expired certificate is taken" within 10 \
		grep '(expired.test): certificate is valid, its dates aside' "$work/lenient$n.log"
	check "client $n: TLS 1.2 when it is asked for" within 10 \
		grep '(older.test): TLSv1.2, ' "$work/lenient$n.log"
	check "client $n: with a warning" grep -i 'TLS 1.2' "$work/lenient$n.log"
	stop "$started"
done
finish
