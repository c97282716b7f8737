#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What a server remembers of its clients, side by side with chronyd: the clients report, limits of
# the rate, and interleaved mode with chronyd in both roles.
. "$(dirname "$0")/lib.sh"
need chronyd chronyc
lab

report() {
	name=$1
	shift
	"$chronyc" -h "$work/$name/ctl.sock" -c "$@"
}

# One behind the other: both serve 10.91.0.1 on ports of their own.
limits="ratelimit interval 3 burst 4 leak 2"
gnomond_conf ours <<CONF
local stratum 2
allow
port 1123
cmdport 0
$limits
CONF
chronyd_conf theirs <<CONF
local stratum 2
allow
port 2123
$limits
CONF
start ours "$server" "$GNOMOND" -x -U -d -f "$work/ours.conf"
start theirs "$server" "$chronyd" -x -U -u root -d -f "$work/theirs.conf"
within 5 report ours tracking
within 5 report theirs tracking

# flood PORT NAME: many at once, twice at the rate of the limit, and one a second; counts of answers
flood() {
	ip netns exec "$client" python3 "$here/flood.py" 10.91.0.1 "$1" >"$work/flood.$2"
}
flood 1123 ours &
first=$!
flood 2123 theirs
wait "$first"
paste -d' ' "$work/flood.ours" "$work/flood.theirs" | sed 's/^/# /'

# 400 at once: 4 of the bucket, a quarter of the others. 4 standard deviations are 35.
about() {
	awk -v want="$2" -v most="$3" '
		$1 == "burst" { d = $2 - want; ok = d <= most && -d <= most }
		END { exit !ok }' "$1"
}
check "a burst: gnomond answers what the manual says" about "$work/flood.ours" 103 35
check "a burst: chronyd answers what the manual says" about "$work/flood.theirs" 103 35
same_slow() {
	awk '$1 == "slow" { print $2 }' "$work/flood.ours" "$work/flood.theirs" | uniq | wc -l |
		grep -qx 1
}
check "at the rate of the limit all are answered, by both" same_slow

drops() {
	report "$1" serverstats | awk -F, -v asked="$(awk '$1 == "asked" { print $2 }' "$work/flood.$1")" \
		-v answered="$(awk '$1 == "answered" { print $2 }' "$work/flood.$1")" \
		'{ ok = $1 == asked && $2 == asked - answered } END { exit !ok }'
}
check "gnomond counts its drops" drops ours
check "chronyd counts its drops" drops theirs

# The row of the client without the age, which may turn over in between. Whatever the flood's mean
# interval was, the four slow requests behind it bring that of both to the same power of two.
row() {
	report "$1" clients | awk -F, '$1 == "10.91.0.2" { print $2, $4, $7, $8, $9, $10 }'
}
check "the clients report has the same hits and intervals" equal "$(row ours)" "$(row theirs)"
sed 's/^/# /' "$work/check.out"
header() {
	"$chronyc" -h "$work/$1/ctl.sock" clients "$2" | head -2
}
same_header() {
	[ "$(header ours -k)" = "$(header theirs -k)" ] && header ours -k | grep -q NTS-KE
}
check "clients -k" same_header
few() {
	[ "$(report ours clients -p 100000 | wc -l)" -eq 0 ] &&
		[ "$(report ours clients -p 2 | wc -l)" -eq 1 ]
}
check "clients -p" few
reset() {
	report ours clients -r >/dev/null && report ours clients | grep -q '^10.91.0.2,0,0,'
}
check "clients -r" reset

# The extension field F323: what is alike in two answers with it, and the time on its scale
field() {
	ip netns exec "$client" python3 - "$1" <<'PYTHON'
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("10.91.0.1", int(sys.argv[1])))
s.settimeout(10)
field = struct.pack(">HHI", 0xf323, 28, 0xf5bedd9a) + bytes(20)
answers = []
for _ in range(2):
    s.send(b"\x23\0\6\x20" + bytes(36) + b"gnomon:)" + field)
    answers.append(s.recv(512))
first, second = (struct.unpack(">HHIIIQI", p[48:]) for p in answers)
moved = [struct.unpack(">q", p[32:40])[0] - struct.unpack(">q", p[64:72])[0] for p in answers]
print(len(answers[0]), hex(first[0]), first[1], hex(first[2]), first[3] == 0, first[4] < 2**20,
      first[6] == second[6], abs(moved[0]) < 2**32, abs(moved[1] - moved[0]) < 2**12)
PYTHON
}
# Interleaved mode: chronyd asks gnomond, gnomond asks chronyd.
chronyd_conf asks_ours <<CONF
server 10.91.0.1 port 1124 minpoll -2 maxpoll -2 xleave maxdelay 10
CONF
gnomond_conf asks_theirs <<CONF
server 10.91.0.1 port 2124 minpoll -2 maxpoll -2 xleave maxdelay 10
port 0
cmdport 0
CONF
gnomond_conf plain <<CONF
local stratum 2
allow
port 1124
cmdport 0
CONF
chronyd_conf plain_theirs <<CONF
local stratum 2
allow
port 2124
CONF
chronyd_conf field_ours <<CONF
server 10.91.0.1 port 1124 minpoll -2 maxpoll -2 extfield F323
CONF
gnomond_conf field_theirs <<CONF
server 10.91.0.1 port 2124 minpoll -2 maxpoll -2 extfield F323
port 0
cmdport 0
CONF
start field_ours "$client" "$chronyd" -x -U -u root -d -f "$work/field_ours.conf"
start field_theirs "$client" "$GNOMOND" -x -U -d -f "$work/field_theirs.conf"
start plain "$server" "$GNOMOND" -x -U -d -f "$work/plain.conf"
start plain_theirs "$server" "$chronyd" -x -U -u root -d -f "$work/plain_theirs.conf"
start asks_ours "$client" "$chronyd" -x -U -u root -d -f "$work/asks_ours.conf"
start asks_theirs "$client" "$GNOMOND" -x -U -d -f "$work/asks_theirs.conf"

# ntpdata's interleaved flag, and both stamps of the kernel
interleaves() {
	"$chronyc" -h "$work/$1/ctl.sock" ntpdata 10.91.0.1 >"$work/$1.ntpdata"
	grep -q '^Interleaved *: Yes' "$work/$1.ntpdata" &&
		grep -q '^NTP tests *: 111 111 1111' "$work/$1.ntpdata" &&
		grep -q '^TX timestamping *: Kernel' "$work/$1.ntpdata" &&
		grep -q '^RX timestamping *: Kernel' "$work/$1.ntpdata"
}
check "chronyd asks gnomond in interleaved mode" within 15 interleaves asks_ours
check "gnomond asks chronyd in interleaved mode" within 15 interleaves asks_theirs
follows() {
	report "$1" sources | grep -q '^^,\*,10.91.0.1'
}
check "chronyd follows gnomond" within 15 follows asks_ours
check "gnomond follows chronyd" within 15 follows asks_theirs
check "F323 is answered as chronyd answers it" equal "$(field 1124)" "$(field 2124)"
check "chronyd follows gnomond by F323" within 15 follows field_ours
check "gnomond follows chronyd by F323" within 15 follows field_theirs
# fields 9 to 15: interleaved, held, span, daemon RX and TX, kernel RX and TX
counted() {
	ctl plain -c serverstats | tee /dev/stderr |
		awk -F, '{ ok = $9 > 3 && $10 >= $9 && $11 >= 0 && $15 > 3 && $15 <= $9 } END { exit !ok }'
}
check "gnomond counts interleaved answers and the kernel's stamps" within 15 counted
finish
