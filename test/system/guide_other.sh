#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What NTS touches of the guide (guide.sh), on the other crypto library that can be built here: the
# log of a client, a certificate that is not checked, and TLS 1.2.
. "$(dirname "$0")/lib.sh"
if [ ! -x "${GNOMOND_OTHER:-}" ]; then
	echo "ok 1 # SKIP no gnomond with another crypto library"
	exit 0
fi
GNOMOND=$GNOMOND_OTHER
need ntpq
need_nts
lab_ntpq
lab
ln -s "$GNOMOND" "$work/ntpd"
ntpd=$work/ntpd
. "$here/guide/points.sh"

# c2 has the guide's second and third lines, c4 its fourth; u asks t by TLS 1.2.
c2='' c4='' t='' u=''
lab_host c2 12
lab_host c4 14
lab_host t 18
lab_host u 19 "$t"
lab_authority
lab_authority stranger
lab_certificate srv nts.test 'DNS:nts.test,DNS:*.nts.test'
ip -n "$server" addr add 10.91.12.3/24 dev "g12a$$"
printf '%s\n' "10.91.12.1 nts.test" "10.91.12.3 two.nts.test" | lab_names "$c2"
echo "10.91.14.1 nts.test" | lab_names "$c4"
echo "10.91.19.1 nts.test" | lab_names "$u"

conf server <<CONF
server 127.127.1.0 prefer
nts enable cert $work/srv.pem key $work/srv.key cookie $work/server/nts-keys
unrestrict default limited
restrict 127.0.0.1
logconfig =allall
CONF
sed "s|$work/server/|$work/t/|" "$work/server/ntp.conf" | conf t
echo "nts mintls TLS1.2 maxtls TLS1.2" >>"$work/t/ntp.conf"
conf c2 <<CONF
server nts.test iburst minpoll 3 maxpoll 6 nts
server two.nts.test:4460 iburst minpoll 3 maxpoll 6 nts ca $work/ca.pem
logconfig =allall
restrict 127.0.0.1
CONF
conf c4 <<CONF
server nts.test:4460 iburst minpoll 3 maxpoll 6 nts ca $work/stranger.pem noval
restrict 127.0.0.1
CONF
conf u <<CONF
nts mintls TLS1.2 aead AES_SIV_CMAC_512
server nts.test minpoll 0 maxpoll 0 nts ca $work/ca.pem
restrict 127.0.0.1
CONF
daemon server "$server"
daemon t "$t"
within 10 grep -q 'LOCAL(0) .* sys_peer' "$work/server.log"
within 10 grep -q 'LOCAL(0) .* sys_peer' "$work/t.log"
SSL_CERT_FILE=$work/ca.pem daemon c2 "$c2"
daemon c4 "$c4"
daemon u "$u"

followed() {
	[ "$(grep -c ' reachable' "$work/c2.log")" -ge 2 ] && grep -q ' sys_peer' "$work/c2.log"
}
check "a client of NTS reaches both sources and follows one" within 20 followed
cp "$work/c2.log" "$work/whole"
nts_lines
check "ntpq shows its cookies" rv "$c2" 'ntscookies=8' 'flash=00 ok'
unchecked() {
	has "$work/c4.log" 'NTSc: certificate invalid: [0-9]+=>unable to get local issuer certificate' \
		'NTSc: noval - accepting invalid cert\.' 'NTS-KE req to nts\.test took .*, OK'
}
check "C4 ... noval: what is wrong is said, and accepted" within 10 unchecked
legacy() {
	has "$work/u.log" 'NTS over TLS 1\.2 is not what RFC 8915 allows' \
		'NTSc: Using TLSv1\.2, ' 'NTSc: Got 8 cookies, length 168, aead=17\.'
}
check "X1 nts mintls TLS1.2 on both sides: a warning, and it works" within 10 legacy
counts() {
	ntp "$server" -c nts >"$work/nts" && has "$work/nts" '^NTS KE serves good: +[2-9]' \
		'^NTS server recvs good: +[1-9]' '^NTS make cookies: +[1-9][0-9]'
}
check "M and the server counts" within 10 counts
check "L and tells of its sessions" \
	has "$work/server.log" 'NTSs: NTS-KE from 10\.91\.12\.2:[0-9]+, OK, Using TLSv1\.3:TLS_'
finish
