# SPDX-License-Identifier: BSD-2-Clause
# The bench of guide.sh: its hosts, their configurations, what runs from the beginning, and how the
# points of the guide are looked at.
# shellcheck shell=sh disable=SC2034,SC2154

# ------------------------------------------------------------------------------ the bench
# $server serves. c1 to c4 are the clients of the guide's four examples, the last one of c3, which is
# a server too; m has many associations; x is behind r, which spoils packets; u and its server t are
# left to TLS 1.2; the cookie keys of k are replaced; e has a receiver.
c1='' c2='' c3='' c4='' m='' r='' x='' t='' u='' k='' l='' e='' d='' v='' k_pid=''
lab_host c1 11
lab_host c2 12
lab_host c3 13
lab_host c4 14 "$c3"
lab_host m 15
lab_host r 16
lab_host x 17 "$r"
lab_host t 18
lab_host u 19 "$t"
lab_host k 20
lab_host l 21 "$k"
lab_host e 23
lab_authority
lab_authority stranger
lab_certificate srv nts.test 'DNS:nts.test,DNS:*.nts.test,IP:10.91.0.1,IP:127.0.0.1'
for host in "$c1:11" "$c2:12" "$c3:13" "$c4:14" "$m:15" "$x:17" "$u:19"; do
	net=10.91.${host#*:}
	printf '%s\n' "$net.1 nts.test" "$net.3 two.nts.test" | lab_names "${host%:*}"
done
ip -n "$server" addr add 10.91.12.3/24 dev "g12a$$"
for host in 3 4 5 6 7; do
	ip -n "$server" addr add 10.91.15.$host/24 dev "g15a$$"
done
printf '%s\n' "10.91.15.1 nts.test" "10.91.15.7 many.nts.test" | lab_names "$m"
cat >"$work/keys" <<KEYS
1 MD5 000102030405060708090a0b0c0d0e0f10111213
2 SHA1 101112131415161718191a1b1c1d1e1f20212223
3 AES 202122232425262728292a2b2c2d2e2f
KEYS
chmod 600 "$work/keys"

# The statistics of the guide.
statistics() { # NAME
	mkdir -p "$work/$1/stats"
	cat <<-STATS
		statsdir $work/$1/stats
		statistics loopstats peerstats clockstats rawstats
		filegen loopstats file loopstats type day enable
		filegen peerstats file peerstats type day enable
		filegen clockstats file clockstats type day enable
		filegen rawstats file rawstats type day enable
	STATS
}
# says REGEX COMMAND...: a line of what it says, which stays in $work/said
says() {
	says_regex=$1
	shift
	"$@" >"$work/said" 2>&1
	cat "$work/said"
	grep -Eq -- "$says_regex" "$work/said"
}
lines() { # FILE
	wc -l <"$1"
}

conf server <<CONF
server 127.127.1.0 prefer
fudge 127.127.1.0 stratum 10
nts enable cert $work/srv.pem key $work/srv.key cookie $work/server/nts-keys
keys $work/keys
trustedkey 1 2 3
unrestrict default limited
restrict 127.0.0.1
restrict 10.91.11.2
statistics ntskelog ntskestats ntsstats sysstats usestats protostats
logconfig =syncall +clockall +peerall +sysall
$(statistics server)
CONF
daemon server "$server"

conf c1 <<CONF
server nts.test iburst minpoll 3 maxpoll 6
restrict 127.0.0.1
CONF
conf c2 <<CONF
server nts.test iburst minpoll 3 maxpoll 6 nts
server two.nts.test:4460 iburst minpoll 3 maxpoll 6 nts ca $work/ca.pem
driftfile $work/c2/ntp.drift
$(statistics c2)
logfile $work/c2/ntp.log
logconfig =syncall +clockall +peerall +sysall
restrict 127.0.0.1
CONF
# Options in another order, and a comment that touches a word; a frequency that is known.
echo 12.345678 >"$work/drift"
conf c3 <<CONF
server nts.test:4460 nts ca $work/ca.pem minpoll 3 iburst maxpoll 6#the third example
driftfile $work/drift
nts enable
nts key $work/srv.key
nts cert $work/srv.pem
nts cookie $work/c3/nts-keys
logconfig =syncall +clockall +peerall +sysall
restrict 127.0.0.1
unrestrict default limited
CONF
conf c4 <<CONF
server nts.test:4460 iburst minpoll 3 maxpoll 6 nts ca $work/stranger.pem noval
restrict 127.0.0.1
CONF
conf m <<CONF
server 10.91.15.3 minpoll 0 maxpoll 0
server 10.91.15.4 minpoll 0 maxpoll 0 key 1
server 10.91.15.5 minpoll 0 maxpoll 0 key 2
server 10.91.15.6 minpoll 0 maxpoll 0 key 3
server nts.test minpoll 0 maxpoll 0 nts ca $work/ca.pem aead AES_SIV_CMAC_512
pool many.nts.test minpoll 0 maxpoll 0 noselect
keys $work/keys
trustedkey 1 2 3
restrict 127.0.0.1
CONF
conf x <<CONF
server nts.test minpoll 0 maxpoll 0 nts ca $work/ca.pem aead AES_SIV_CMAC_512
restrict 127.0.0.1
CONF
conf t <<CONF
server 127.127.1.0 prefer
nts enable cert $work/srv.pem key $work/srv.key cookie $work/t/nts-keys
nts mintls TLS1.2 maxtls TLS1.2
unrestrict default limited
restrict 127.0.0.1
CONF
conf u <<CONF
nts mintls TLS1.2
nts aead AES_SIV_CMAC_512
server nts.test minpoll 0 maxpoll 0 nts ca $work/ca.pem
restrict 127.0.0.1
CONF
daemon t "$t"
within 10 grep -q 'LOCAL(0) .* sys_peer' "$work/server.log"

conf e <<CONF
logconfig =allall
refclock nmea path $work/ttyGPS minpoll 3 maxpoll 3
$(statistics e)
CONF
start receiver "$e" python3 "$here/receiver.py" 2948 "$work/ttyGPS"
within 5 test -e "$work/ttyGPS"
daemon e "$e" -d

# What is on the wire: of c2, of m, and of u with its TLS.
start wire "$server" tshark -l -n -f 'udp port 123' -i "g12a$$" -i "g15a$$" -T fields \
	-E separator=, -E aggregator=+ -e ip.src -e ip.dst -e udp.length -e frame.len \
	-e ntp.ext.type -e udp.payload
start tls "$t" tshark -l -n -i "g19a$$" -f 'tcp port 4460 or udp port 123' \
	-d tcp.port==4460,tls -T fields -E separator=, -E aggregator=+ -e ip.src -e udp.length \
	-e frame.len -e tls.handshake.type -e tls.handshake.version -e tls.handshake.extension.type \
	-e tls.handshake.extensions_alpn_str -e tls.handshake.extensions_server_name
capturing() {
	grep -q "Capturing on" "$work/wire.log" && grep -q "Capturing on" "$work/tls.log"
}
within 20 capturing
echo pass >"$work/mode"
start relay "$r" python3 "$here/relay.py" 10.91.17.1 10.91.16.1 "$work/mode"
# The relay asks with the address that x asks.
ip -n "$server" route add 10.91.17.0/24 via 10.91.16.2
relaying() {
	[ "$(ip netns exec "$r" ss -Htln "sport = :4460" | wc -l)" -ge 1 ]
}
within 10 relaying
SSL_CERT_FILE=$work/ca.pem daemon c2 "$c2"
daemon x "$x"
daemon c1 "$c1"
daemon c3 "$c3"
daemon m "$m"
daemon u "$u"

# Keys of ages: a client that keeps its cookies gets eight under the only key of k, which then has so
# many newer ones. Each time the stock ntpq tells how old the cookies' key was.
conf k <<CONF
server 127.127.1.0 prefer
nts enable cert $work/srv.pem key $work/srv.key cookie $work/k/nts-keys
unrestrict default limited
restrict 127.0.0.1
CONF
gnomond_conf l <<CONF
server nts.test minpoll 0 maxpoll 0 nts
port 0
cmdport 0
ntstrustedcerts $work/ca.pem
nosystemcert
ntsdumpdir $work/l.dump
CONF
echo "10.91.21.1 nts.test" | lab_names "$l"
mkdir "$work/l.dump"
newer_keys() { # N FILE: with so many keys above those it has
	awk -v n="$1" -v seed="$1" '
		function hex(n, s) {
			while (n-- > 0)
				s = s sprintf("%x", int(rand() * 16))
			return s
		}
		BEGIN { srand(seed) }
		{ line[NR] = $0 }
		END {
			print line[1] "\n" line[2]
			for (i = 0; i < n; i++)
				print "I: " int(rand() * 1e9) "\nK: " hex(64)
			for (i = 3; i <= NR && n + int((i - 1) / 2) <= 10; i++)
				print line[i]
		}' "$2"
}
aged() { # N
	newer_keys "$1" "$work/k.first" >"$work/k/nts-keys"
	rm -rf "$work/l.dump"
	cp -r "$work/l.first" "$work/l.dump"
	daemon k "$k"
	within 5 grep -q 'NTSs: listen6 worked' "$work/k.log"
	start l "$l" "$GNOMOND" -x -U -d -f "$work/l.conf"
	aged_pid=$started
	within 30 k_has_counted "$work/aged.$1" || tail -n 5 "$work/l.log" "$work/k.log"
	stop "$aged_pid"
	stop "$k_pid"
}
k_has_counted() { # FILE: what it counted
	ntp "$k" -c nts >"$1" && grep -q '^NTS decode cookies: *[1-9]' "$1"
}
ages() {
	daemon k "$k"
	within 5 grep -q 'NTSs: listen6 worked' "$work/k.log"
	start l "$l" "$GNOMOND" -x -U -d -f "$work/l.conf"
	ages_pid=$started
	within 10 eval "[ \"\$(ctl l -n -c authdata | cut -d, -f9)\" = 8 ]"
	stop "$ages_pid"
	stop "$k_pid"
	cp -r "$work/l.dump" "$work/l.first"
	cp "$work/k/nts-keys" "$work/k.first"
	for n in 1 2 3 9 10; do
		aged $n
	done
}
ages >"$work/ages.log" 2>&1 &
ages_pid=$!
pids="$pids $ages_pid"

# configure on a system whose libraries are older, and an installation.
old_system() {
	mkdir "$work/old" && cd "$work/old" || return
	cat >pkg-config <<-'OLD'
		#!/bin/sh
		case "$*" in *">="*) exit 1 ;; *--exists*) exit 0 ;; esac
	OLD
	chmod 755 pkg-config
	PKG_CONFIG=$work/old/pkg-config "$srcdir/configure" --with-crypto=gnutls >configure.log 2>&1
	echo "status $?" >>configure.log
}
old_system &
old_pid=$!
install() {
	env -u MAKEFLAGS -u MFLAGS make -s -C "$builddir" install install-ntp-compat \
		DESTDIR="$work/root"
}
install >"$work/install.log" 2>&1 &
install_pid=$!
pids="$pids $old_pid $install_pid"
