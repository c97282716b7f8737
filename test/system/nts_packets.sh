#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# NTS on the wire, as tshark sees it: what the packets of clients and servers of ours, of chronyd and
# of NTPsec's ntpd measure, and that one port serves plain, keyed and NTS clients at the same time.
. "$(dirname "$0")/lib.sh"
need chronyd ntpd
need_nts
need_tool python3 tshark
lab
lab_authority
lab_certificate srv nts.test DNS:nts.test,DNS:chronyd.test,DNS:ntpd.test

# ------------------------------------------------------------------------------ servers
# ntpd takes port 4460 of all addresses; the others have 4461 of their own.
lab_names <<HOSTS
10.91.0.1 nts.test
10.91.0.3 chronyd.test
10.91.0.4 ntpd.test
HOSTS
for host in 3 4; do
	ip -n "$server" addr add 10.91.0.$host/24 dev gns$$
done
# keys of 16 and 20 bytes
cat >"$work/keys" <<KEYS
1 MD5 HEX:000102030405060708090a0b0c0d0e0f
2 SHA1 HEX:000102030405060708090a0b0c0d0e0f10111213
3 AES128 HEX:f00102030405060708090a0b0c0d0e0f
KEYS
gnomond_conf server <<CONF
local stratum 2
allow
bindaddress 10.91.0.1
cmdport 0
keyfile $work/keys
ntsport 4461
ntsservercert $work/srv.pem
ntsserverkey $work/srv.key
ntsaeads 30 17 16 15
CONF
chronyd_conf chronyd <<CONF
local stratum 2
allow
bindaddress 10.91.0.3
ntsport 4461
ntsservercert $work/srv.pem
ntsserverkey $work/srv.key
CONF
cat >"$work/ntpd.conf" <<CONF
interface ignore wildcard
interface ignore all
interface listen 10.91.0.4
nts enable
nts cert $work/srv.pem
nts key $work/srv.key
nts cookie $work/ntpd.keys
tos orphan 3 orphanwait 1
restrict default
disable ntp
CONF
start server "$server" "$GNOMOND" -x -U -d -4 -L -1 -f "$work/server.conf"
server_pid=$started
start chronyd "$server" "$chronyd" -x -U -u root -4 -d -f "$work/chronyd.conf"
start ntpd "$server" "$ntpd" -4 -n -g -c "$work/ntpd.conf" -l "$work/ntpd.messages"
listening() {
	[ "$(ip netns exec "$server" ss -Htln "sport = :4460 or sport = :4461" | wc -l)" -ge 3 ]
}
check "three servers are there" within 20 listening

# ------------------------------------------------------------------------------ capture
start capture "$client" tshark -l -n -i gnc$$ -f 'udp port 123' -T fields -E separator=' ' \
	-e ip.src -e ip.dst -e udp.length -e frame.len -e ntp.ext.type -e _ws.malformed
capture_pid=$started
start handshakes "$client" tshark -l -n -i gnc$$ -f 'tcp' \
	-d tcp.port==4461,tls -d tcp.port==4460,tls -Y 'tls.handshake.type == 1' -T fields \
	-E separator=' ' -e ip.src -e tls.handshake.extensions_server_name \
	-e tls.handshake.extensions_alpn_str -e tls.handshake.extensions.supported_version
capturing() {
	grep -q "Capturing on" "$work/capture.log" && grep -q "Capturing on" "$work/handshakes.log"
}
check "tshark is there" within 20 capturing

# ------------------------------------------------------------------------------ clients
# client NUMBER: a gnomond at 10.91.0.NUMBER, with the lines of standard input
client() {
	ip -n "$client" addr add "10.91.0.$1/24" dev gnc$$
	{
		echo "bindacqaddress 10.91.0.$1"
		echo "port 0"
		echo "cmdport 0"
		echo "ntstrustedcerts $work/ca.pem"
		echo "nosystemcert"
		cat
	} | gnomond_conf "$1"
	start "$1" "$client" "$GNOMOND" -x -U -d -f "$work/$1.conf"
}
often="iburst minpoll 0 maxpoll 0"
for aead in 15 16 17 30; do
	client "1$aead" <<-CONF
		server nts.test $often nts ntsport 4461
		ntsaeads $aead
	CONF
done
client 125 <<CONF
server chronyd.test $often nts ntsport 4461
CONF
for aead in 15 16 17; do
	client "1$((aead + 20))" <<-CONF
		server ntpd.test $often nts
		ntsaeads $aead
	CONF
done
client 140 <<CONF
server 10.91.0.1 $often
CONF
for key in 1 2 3; do
	client 14$key <<-CONF
		server 10.91.0.1 $often key $key
		keyfile $work/keys
	CONF
done

for host in 150 161 163; do
	ip -n "$client" addr add 10.91.0.$host/24 dev gnc$$
done
chronyd_conf 150 <<CONF
server nts.test $often nts ntsport 4461
bindacqaddress 10.91.0.150
ntstrustedcerts $work/ca.pem
nosystemcert
port 0
CONF
start 150 "$client" "$chronyd" -x -U -u root -4 -d -f "$work/150.conf"
# ntpd_client NUMBER AEAD
ntpd_client() {
	cat >"$work/$1.conf" <<-CONF
		interface ignore wildcard
		interface ignore all
		interface listen 10.91.0.$1
		nts ca $work/ca.pem
		nts aead $2
		server nts.test:4461 nts iburst minpoll 3 maxpoll 3 prefer
		restrict default
		disable ntp
	CONF
	start "$1" "$client" "$ntpd" -4 -n -g -c "$work/$1.conf" -l "$work/$1.messages"
}
ntpd_client 161 AES_SIV_CMAC_256
ntpd_client 163 AES_SIV_CMAC_512

# ------------------------------------------------------------------------------ what was seen
# packets NUMBER: those of a client, both ways
packets() {
	awk -v a="10.91.0.$1" '$1 == a || $2 == a' "$work/capture.log"
}
# measures NUMBER PAYLOAD [FIELDS]: three requests at least, and as many answers but for one that
# may be on its way, all of this length, with these extension fields
measures() {
	packets "$1" | tail -n 8
	packets "$1" | awk -v a="10.91.0.$1" -v n="$2" -v fields="${3-}" '
		{ sent += $1 == a; got += $2 == a }
		$3 != n + 8 || $4 != n + 42 { other++; print "another length" }
		fields != "" && $1 == a && $5 != fields { other++; print "other fields" }
		$5 ~ /[Mm]alformed/ || $6 != "" { other++; print "malformed" }
		END { exit !(sent >= 3 && got >= sent - 1 && !other) }'
}
# cookie NUMBER: bytes of its cookies
cookie() {
	ctl "$1" -n -c authdata | cut -d, -f10
}
# established NUMBER AEAD BYTES...: its cookies have one of these lengths, and the key establishment
# took as many bytes as those make; its packets then measure what they should. more: what else the
# response had
established() {
	established=$1 aead=$2
	shift 2
	c=$(cookie "$established")
	case " $* " in
	*" $c "*) ;;
	*) echo "cookies of '$c' bytes" && return 1 ;;
	esac
	grep "read $((16 + 8 * (4 + c) + ${more:-0})) bytes$" "$work/$established.log" &&
		grep "8 cookies of $c bytes, AEAD $aead " "$work/$established.log" || return 1
	size=$((128 + c))
	[ "$aead" != 30 ] || size=$((124 + c))
	measures "$established" "$size" 0x0104,0x0204,0x0404
}
more=
check "ours of ours, AEAD 15: 128 + C" within 20 established 115 15 100 96
check "AEAD 16" within 10 established 116 16 132 128
check "AEAD 17" within 10 established 117 17 164 160
more=4
if ! grep -q 'none of the algorithms of ntsaeads is available' "$work/130.log"; then
	check "AEAD 30: 124 + C" within 10 established 130 30 68 64
fi
more=
check "ours of chronyd: 228" within 10 established 125 15 100
check "and the other way round" within 10 measures 150 $((128 + $(cookie 115)))
check "ours of ntpd, AEAD 15: 232" within 20 established 135 15 104
check "AEAD 16: 264" within 10 established 136 16 136
check "AEAD 17: 296" within 10 established 137 17 168
check "ntpd of ours, AEAD 15" within 20 measures 161 $((128 + $(cookie 115)))
check "AEAD 17" within 20 measures 163 $((128 + $(cookie 117)))
check "ntpd read as many bytes" grep \
	"read $((48 + 8 * $(cookie 115))) bytes" "$work/161.messages"
check "plain, at the same time: 48" within 10 measures 140 48
check "MD5: 68" within 10 measures 141 68
check "SHA-1: 72" within 10 measures 142 72
check "AES-CMAC: 68" within 10 measures 143 68

hello() {
	cat "$work/handshakes.log"
	grep -q "^10.91.0.115 nts.test ntske/1 0x0304 *\$" "$work/handshakes.log"
}
check "clients say whom they want, and NTS-KE, and TLS 1.3 only" hello
for line in 'TLSv1.3, TLS_[A-Z0-9_]*, [0-9]* bits$' 'asked for nts.test, protocol ntske/1$' \
	"read 16 bytes, sent $((48 + 8 * $(cookie 115)))\$" \
	"8 cookies of $(cookie 115) bytes, AEAD 15 " 'took [0-9]*\.[0-9]* s, OK$'; do
	check "the server says: $line" grep \
		"NTS-KE session with 10.91.0.115:[0-9]*: $line" "$work/server.log"
done

# ------------------------------------------------------------------------------ counters
# All but the server may go: nothing is on its way when it is asked. The capture is the last to go,
# when it has written what it saw.
for pid in $pids; do
	[ "$pid" = "$server_pid" ] || [ "$pid" = "$capture_pid" ] || stop "$pid"
done
sum() {
	ctl server ntsinfo
	ctl server -c ntsinfo >"$work/server.counts"
	awk -F, -v seen="$(awk '$1 == "10.91.0.1" && $3 > 100' "$work/capture.log" | wc -l)" '
		{ good = $4; bad = $5; sends = $6; made = $7; decoded = $9; ke = $16 }
		END {
			print "tshark saw " seen " answers"
			exit !(bad == 0 && sends == good && seen >= sends - 2 && seen <= sends &&
				decoded == good && made == 8 * ke + good &&
				ke >= 6 && $13 + $14 + $15 == 0)
		}' "$work/server.counts"
}
check "the counters of the server agree with what was seen" within 10 sum
stop "$capture_pid"
finish
