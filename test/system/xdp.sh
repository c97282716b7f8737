#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Plain requests are answered in the network driver (xdp) as the socket answers them, and all others
# come to the socket: with a MAC or extension fields, in interleaved mode, from who is denied.
. "$(dirname "$0")/lib.sh"
need_tool python3
load=${GNOMON_BUILDDIR:-}/test/bench/serve_load
[ -x "$load" ] || skip_all "no load: make test/bench/serve_load"
lab

# A virtual interface takes frames from a driver only where it has a program too: the client's
# passes everything on.
gnomond_conf other <<CONF
port 0
cmdport 0
xdp gnc$$
CONF
start other "$client" "$GNOMOND" -x -U -d -f "$work/other.conf"
within 20 grep -e 'without libbpf' -e ' are answered in ' -e 'Could not answer' "$work/other.log"
grep -q 'built without libbpf' "$work/other.log" && skip_all "gnomond is built without libbpf"
grep -q 'gnc.* are answered in the driver' "$work/other.log" ||
	skip_all "no program in a driver here: $(grep 'Could not answer' "$work/other.log")"

echo "1 SHA1 HEX:0123456789abcdef0123456789abcdef01234567" >"$work/keys"
server_conf() { # LINE...
	{
		printf '%s\n' "local stratum 2" allow "keyfile $work/keys" "xdp gns$$" \
			"clientloglimit 4000000" "$@"
	} | gnomond_conf gnomond
}
server_conf
start gnomond "$server" "$GNOMOND" -x -U -d -F 1 -f "$work/gnomond.conf"
gnomond=$started
within 20 ctl gnomond tracking
client() { # PROGRAM ARGUMENTS...
	ip netns exec "$client" timeout 60 "$@"
}
asks() { # XDP.PY'S ARGUMENTS...
	client python3 "$here/xdp.py" "$@"
}
asks checksums "gnc$$" || skip_all "no checksums without a card here"
for last in 3 4 5 6; do
	ip -n "$client" addr add 10.91.0.$last/24 dev gnc$$
done

# How many datagrams came to sockets of the server's namespace.
to_sockets() {
	ip netns exec "$server" awk '/^Udp6?InDatagrams/ { n += $2 }
		/^Udp:/ && $2 ~ /^[0-9]/ { n += $2 } END { print n }' /proc/net/snmp /proc/net/snmp6
}
came() { # N
	[ $(($(to_sockets) - before)) -eq "$1" ]
}
# Asks so many times: so many are answered, and so many come to the socket.
asked() { # ANSWERS SOCKET SERVER N KIND [ADDRESS]
	before=$(to_sockets)
	equal "$(asks ask "$3" "$4" "$5" "$1" ${6+"$6"})" "$1" || return 1
	# What was not answered may still wait in the socket.
	within 10 came "$2" && return 0
	echo "$(($(to_sockets) - before)) came to the socket, not $2"
	return 1
}
check "requests over IPv4 do not come to the socket" asked 5 0 10.91.0.1 5 plain
check "nor over IPv6" asked 5 0 fd91::1 5 plain
check "without a checksum they do" asked 5 5 10.91.0.1 5 bare
check "the bytes are the same over IPv4" equal "$(asks same 10.91.0.1 2>&1)" 24
check "extension fields come to the socket" asked 3 3 10.91.0.1 3 field
check "so does a MAC, and is answered with one" asked 3 3 10.91.0.1 3 mac
check "and over IPv6" asked 3 3 fd91::1 3 mac
check "and interleaved mode" asked 3 3 10.91.0.1 3 interleaved

received() {
	ctl gnomond -c serverstats | cut -d , -f 1
}
check "all are counted" equal "$(received)" $((5 + 5 + 5 + 24 + 24 + 3 + 3 + 3 + 3))
seen() { # ADDRESS
	ctl gnomond -c -n clients | awk -F, -v address="$1" '$1 == address { print $2 }'
}
listed() {
	[ "$(seen fd91::2) $(seen 10.91.0.2)" = "8 67" ]
}
check "and listed" within 10 listed

denied() {
	ctl gnomond deny 10.91.0.2 && asked 0 3 10.91.0.1 3 plain && asked 0 3 10.91.0.1 3 bare &&
		asked 2 0 10.91.0.1 2 plain 10.91.0.3 && asked 3 0 fd91::1 3 plain
}
check "who is denied is so by the socket, others are answered" denied
refused() {
	[ "$(ctl gnomond refusals | awk 'tolower($0) ~ /denied/ { print $NF }')" = 6 ]
}
check "which counts them" within 10 refused
allowed() {
	ctl gnomond allow 10.91.0.2 && asked 3 0 10.91.0.1 3 plain
}
check "who is allowed again is answered again" allowed

# A thousand clients, every answer verified: what time it tells too.
ip -n "$client" route add local 10.92.0.0/16 dev lo
ip -n "$server" route add 10.92.0.0/16 via 10.91.0.2
loaded() {
	before=$(to_sockets)
	client "$load" plain "$gnomond" 123 1 64 1000 to 10.91.0.1 from 10.92.0.0 >"$work/load" ||
		return 1
	equal "$(cut -d ' ' -f 4-5 "$work/load") $(($(to_sockets) - before))" "0 0 0"
}
check "a thousand clients are answered" loaded
all_listed() {
	[ "$(ctl gnomond -c -n clients | grep -c '^10\.92\.')" = 1000 ]
}
check "and each is listed" within 10 all_listed

# Four at once are answered, and of the others one in sixteen, by either way.
server_conf "ratelimit interval 12 burst 4 leak 4"
ctl gnomond reload config >"$work/reload" 2>&1
pressed() { # ADDRESS
	ctl gnomond -c -n clients | awk -F, -v address="$1" '$1 == address {
		print $2, $3
		good = $2 == 10 && $3 >= 2 && $3 <= 6
	} END { exit !good }'
}
limited() { # SOCKET KIND ADDRESS
	before=$(to_sockets)
	asks press 10.91.0.1 "$2" "$3" && within 10 pressed "$3" && came "$1" && return 0
	echo "$(($(to_sockets) - before)) came to the socket; requests and drops: $(pressed "$3")"
	return 1
}
check "who asks too often gets no answer, by the driver" limited 0 plain 10.91.0.4
check "or by the socket" limited 10 bare 10.91.0.5

check "the kernel tells what the program costs" sh -c \
	"python3 '$here/xdp.py' program $gnomond && tail -n 1 '$work/load'"

attached() {
	ip -n "$server" link show "gns$$" | grep -q xdp
}
check "the program is at the interface" attached
kill -9 "$gnomond"
wait "$gnomond" 2>/dev/null
gone() {
	! attached
}
check "and ends with the daemon, however that ends" within 5 gone
check "which nobody answers for" asked 0 0 10.91.0.1 2 plain
finish
