#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ntpd's NTS server gives way to gnomond on the same files, and takes its place again: their client
# goes on with its cookies, and never asks for keys again.
. "$(dirname "$0")/lib.sh"
need ntpd
stock_ntpd=$ntpd
need_nts
lab
echo "10.91.0.1 nts.test" | lab_names
lab_authority
lab_certificate srv nts.test DNS:nts.test
ln -s "$GNOMOND" "$work/ntpd"
cat >"$work/ntp.conf" <<CONF
disable ntp
server 127.127.1.0 prefer
nts enable
nts cert $work/srv.pem
nts key $work/srv.key
nts cookie $work/nts-keys
restrict default
unrestrict default limited
CONF
gnomond_conf client <<CONF
server nts.test minpoll 0 maxpoll 0 nts
port 0
cmdport 0
ntstrustedcerts $work/ca.pem
nosystemcert
CONF
# served N: requests got an answer, so many at least
served() {
	[ "$(number client 2)" -ge "$1" ]
}
listening() {
	ip netns exec "$server" ss -Htln "sport = :4460" | grep -q .
}
# serve PROGRAM: it, on those files, answers the client, which spends no cookies before it is there
serve() {
	start server "$server" "$1" -n -c "$work/ntp.conf"
	within 20 listening
	ctl client online
	within 20 served $(($(number client 2) + 3))
}
end() {
	ctl client offline >/dev/null
	stop "$started"
}
start client "$client" "$GNOMOND" -x -U -d -f "$work/client.conf"
within 5 ctl client offline
check "ntpd serves NTS" serve "$stock_ntpd"
first=$(sed -n 's/^K: //p' "$work/nts-keys")
check "keys were established once" equal "$(number client 25)" 1
end
check "gnomond in its place opens its cookies" serve "$work/ntpd"
check "without new keys for the client" equal "$(number client 25 27)" "1 0"
end
check "its file of keys has ntpd's key" equal "$(sed -n 's/^K: //p' "$work/nts-keys")" "$first"
check "ntpd in the place of gnomond opens its cookies" serve "$stock_ntpd"
check "and still the keys are the same" equal "$(number client 25 27)" "1 0"
finish
