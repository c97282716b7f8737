#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# bindaddress and binddevice of a source: each server sees its client come from the address that is
# said for it, also where keys are established, and by the device.
. "$(dirname "$0")/lib.sh"
need_nts
lab
lab_authority
lab_certificate srv srv.test IP:10.91.0.4
ip -n "$client" addr add 10.91.0.3/24 dev gnc$$
for address in 10.91.0.4 10.91.0.5 10.91.0.6; do
	ip -n "$server" addr add $address/24 dev gns$$
done

# server NAME ADDRESS [LINES]: a server at an address
server() {
	gnomond_conf "$1" <<END
local stratum 5
allow
cmdport 0
bindaddress $2
${3:-}
END
	start "$1" "$server" "$GNOMOND" -x -n -f "$work/$1.conf" -l "$work/$1.messages"
	within 5 ctl "$1" tracking
}
server first 10.91.0.1
server second 10.91.0.4 "ntsservercert $work/srv.pem
ntsserverkey $work/srv.key"
server third 10.91.0.5
server fourth 10.91.0.6
server fifth fd91::1

gnomond_conf client <<END
port 0
cmdport 0
ntstrustedcerts $work/ca.pem
server 10.91.0.1 iburst minpoll 0 maxpoll 0
server 10.91.0.4 iburst minpoll 0 maxpoll 0 nts bindaddress 10.91.0.3
server 10.91.0.5 iburst minpoll 0 maxpoll 0 bindaddress 10.91.0.3 binddevice gnc$$
server 10.91.0.6 iburst minpoll 0 maxpoll 0 binddevice lo
server fd91::1 iburst minpoll 0 maxpoll 0 bindaddress fd91::2
END
start client "$client" "$GNOMOND" -x -n -f "$work/client.conf" -l "$work/client.messages"

# clients NAME: who asked it
clients() {
	ctl "$1" -c -n clients | grep -v ',0,0,[^,]*,[^,]*,[^,]*,0,' | cut -d, -f1 | tr '\n' ' '
}
asked_by() {
	[ "$(clients "$1")" = "$2 " ]
}
check "a source without the options is asked from the usual address" \
	within 15 asked_by first 10.91.0.2
check "one with bindaddress from that, over NTS" within 15 asked_by second 10.91.0.3
check "whose keys came" within 5 sh -c "'$GNOMONCTL' -h '$work/client/ctl.sock' -c -n authdata |
	grep -q '^10.91.0.4,NTS,1,15,'"
check "one with both from that address by that device" within 15 asked_by third 10.91.0.3
check "IPv6 too" within 15 asked_by fifth fd91::2
check "a device that does not lead there leads nowhere" test -z "$(clients fourth)"
exits() {
	"$GNOMOND" -p "$1" >"$work/out" 2>&1
	[ $? -eq 1 ] && grep -qF "$2" "$work/out"
}
check "what is no address is refused" exits 'server a bindaddress x' 'bindaddress x is no address'
check "a peer has no socket of its own" exits 'peer a bindaddress 10.0.0.1' \
	"from the server's socket"
check "families must agree" exits 'server a bindaddress 10.0.0.1 ipv6' 'exclude each other'
finish
