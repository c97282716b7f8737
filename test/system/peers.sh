#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Symmetric peers: gnomond with chronyd and with itself, signed, active and passive.
. "$(dirname "$0")/lib.sh"
need chronyd chronyc
lab
echo "7 SHA256 HEX:000102030405060708090a0b0c0d0e0f1011121314151617" >"$work/keys"

# pair NAME SIDE PROGRAM PORT DIRECTIVE...: a daemon on one side that serves at PORT
pair() {
	name=$1 side=$2 program=$3 port=$4
	shift 4
	printf '%s\n' "port $port" "keyfile $work/keys" "$@" | chronyd_conf "$name"
	start "$name" "$side" "$program" -x -U -u root -d -f "$work/$name.conf"
}
polls="minpoll 0 maxpoll 1"

# The first of each pair has time of its own, the second follows it.
pair a1 "$server" "$GNOMOND" 1001 "local stratum 3" "peer 10.91.0.2 port 1001 $polls"
pair a2 "$client" "$chronyd" 1001 "peer 10.91.0.1 port 1001 $polls"
pair b1 "$server" "$chronyd" 1002 "local stratum 3" "peer 10.91.0.2 port 1002 $polls key 7"
pair b2 "$client" "$GNOMOND" 1002 "peer 10.91.0.1 port 1002 $polls key 7"
pair c1 "$server" "$GNOMOND" 1003 "local stratum 3" "peer fd91::2 port 1003 $polls key 7"
pair c2 "$client" "$GNOMOND" 1003 "peer fd91::1 port 1003 $polls key 7"
# passive: nobody configured them
pair d1 "$server" "$chronyd" 1004 "local stratum 3" "allow"
pair d2 "$client" "$GNOMOND" 1004 "peer 10.91.0.1 port 1004 $polls"
pair e1 "$server" "$GNOMOND" 1005 "local stratum 3" "allow"
pair e2 "$client" "$chronyd" 1005 "peer 10.91.0.1 port 1005 $polls"
# a key that only one has asked for
pair f1 "$server" "$GNOMOND" 1006 "local stratum 3" "peer 10.91.0.2 port 1006 $polls"
pair f2 "$client" "$GNOMOND" 1006 "peer 10.91.0.1 port 1006 $polls key 7"

# interleaved mode
pair h1 "$server" "$chronyd" 1010 "local stratum 3" "peer 10.91.0.2 port 1010 $polls xleave"
pair h2 "$client" "$GNOMOND" 1010 "peer 10.91.0.1 port 1010 $polls xleave"
# broadcasts
pair g1 "$server" "$GNOMOND" 1008 "local stratum 3" "broadcast 1 10.91.0.255 2001"
pair g2 "$server" "$chronyd" 1009 "local stratum 3" "broadcast 1 10.91.0.255 2002"

report() {
	report_name=$1
	shift
	"$chronyc" -h "$work/$report_name/ctl.sock" "$@"
}
follows() {
	report "$1" -c sources | grep -q '^=,\*,'
}
for pair in a b c d e; do
	within 20 follows ${pair}2
done
check "chronyd follows its peer gnomond" follows a2
check "gnomond follows its peer chronyd, signed" follows b2
check "gnomond follows its peer gnomond, signed, by IPv6" follows c2
check "gnomond follows a chronyd that is passive" follows d2
check "chronyd follows a gnomond that is passive" follows e2

mode() {
	report "$1" ntpdata | tee /dev/stderr | grep -q "^Mode  *: Symmetric $2"
}
check "the peer is active" mode b2 active
check "the peer is passive" mode d2 passive
# who leads sees that the other follows it: test D, and no other, fails
looped() {
	report "$1" ntpdata | tee /dev/stderr | grep -q "^NTP tests *: 111 111 1110"
}
within 10 looped a1
check "gnomond sees that its peer chronyd follows it" looped a1
within 10 looped c1
check "gnomond sees that its peer gnomond follows it" looped c1
interleaves() {
	report "$1" ntpdata >"$work/$1.ntpdata"
	grep -q '^Interleaved *: Yes' "$work/$1.ntpdata" &&
		grep -q "^NTP tests *: 111 111 111$2" "$work/$1.ntpdata"
}
within 20 interleaves h1 0
check "chronyd exchanges time with gnomond in interleaved mode" interleaves h1 0
within 20 interleaves h2 1
check "gnomond exchanges time with chronyd in interleaved mode" interleaves h2 1
stamped() {
	report "$1" ntpdata | tee /dev/stderr | grep -c "timestamping *: Kernel" | grep -qx 2
}
check "stamps are the kernel's" stamped b2
unsigned() {
	report f2 -c sources | grep -q '^=,?,' && report f2 ntpdata | grep -q "^Total valid RX *: 0"
}
check "a peer that does not sign is not believed" unsigned
# no other host is answered
quiet() {
	! ip netns exec "$client" python3 "$here/query.py" 10.91.0.1 1001
}
check "a peer alone serves nobody else" quiet
# what is alike in two broadcasts
broadcast() {
	ip netns exec "$client" python3 - "$1" <<'PYTHON'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.91.0.255", int(sys.argv[1])))
s.settimeout(3)
p = s.recv(512)
t = int.from_bytes(p[40:44], "big") - 2208988800
print(len(p), p[:3].hex(), p[4:16].hex(), p[24:40].hex(), abs(t - time.time()) < 2)
PYTHON
}
check "broadcasts as chronyd's" equal "$(broadcast 2001)" "$(broadcast 2002)"
# a peer by command
added() {
	report e1 add peer 10.91.0.2 port 1007 minpoll 0 && report e1 sources | grep -q '^=. 10.91.0.2'
}
check "add peer" added
finish
