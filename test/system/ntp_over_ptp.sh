#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# NTP over PTP (RFC 10030): gnomond in both roles, and bytes as chronyd 4.9 is documented to send.
. "$(dirname "$0")/lib.sh"
lab
gnomond_conf server <<CONF
local stratum 2
allow
ptpport 319
cmdport 0
CONF
gnomond_conf client <<CONF
server 10.91.0.1 port 319 minpoll -2 maxpoll -2 xleave extfield F323
server fd91::1 port 319 minpoll -2 maxpoll -2
ptpport 319
port 0
cmdport 0
CONF
gnomond_conf other <<CONF
server 10.91.0.1 port 319 minpoll -2 maxpoll -2
ptpport 319
ptpdomain 5
port 0
cmdport 0
CONF
start server "$server" "$GNOMOND" -x -U -d -f "$work/server.conf"
within 5 ctl server tracking

# ask DOMAIN TYPE VERSION: the answer, or nothing
ask() {
	ip netns exec "$client" python3 - "$@" <<'PYTHON'
import socket, struct, sys
domain, kind, version = (int(a) for a in sys.argv[1:])
ntp = b"\x23\0\6\x20" + bytes(36) + b"gnomon:)"
ptp = struct.pack(">BBHBBHQ4x10sHBB10x", kind, version, 104, domain, 0, 0x400, 0, bytes(10), 77, 1, 0)
tlv = struct.pack(">HH", 3, 8 + len(ntp)) + bytes.fromhex("00005e0000010000")
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 319))
s.settimeout(1)
s.sendto(ptp + tlv + ntp, ("10.91.0.1", 319))
p = s.recv(512)
print(len(p), p[:8].hex(), p[30:32].hex(), p[44:56].hex(), p[56] & 7, p[80:88])
PYTHON
}
answered() {
	ask "$@" | tee /dev/stderr | grep -qx \
		"104 01020068$(printf %02x "$1")000400 004d 0003003800005e0000010000 4 b'gnomon:)'"
}
check "a Delay_Req is answered by one" answered 123 1 2
check "a Sync of version 2.1 too" answered 123 0 18
not_answered() {
	! ask "$@"
}
check "another domain is not" not_answered 5 1 2
check "another message is not" not_answered 123 9 2

start client "$client" "$GNOMOND" -x -U -d -f "$work/client.conf"
good() {
	ctl client ntpdata "$1" >"$work/ntpdata"
	awk -F: '/^Total good RX/ { good = $2 } END { exit !(good > 3) }' "$work/ntpdata" &&
		grep -q "^NTP tests *: 111 111 1111" "$work/ntpdata"
}
check "gnomond asks gnomond" within 15 good 10.91.0.1
interleaved() {
	good 10.91.0.1 && grep -q "^Interleaved *: Yes" "$work/ntpdata" &&
		[ "$(grep -c "timestamping *: Kernel" "$work/ntpdata")" -eq 2 ]
}
check "in interleaved mode, with the kernel's stamps" within 15 interleaved
check "by IPv6" within 15 good fd91::1
stop "$started"
start other "$client" "$GNOMOND" -x -U -d -f "$work/other.conf"
nothing() {
	ctl other ntpdata 10.91.0.1 | tee "$work/nothing" | awk '/^Total TX/ { asked = $4 } END { exit !(asked > 1) }'
}
check "a client of another domain asks" within 5 nothing
check "and gets nothing" grep -q "^Total RX *: 0" "$work/nothing"
finish
