#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# peer of ntp.conf: with a key it is symmetric, with gnomond, chronyd and NTPsec's ntpd at the other
# end; without one it is a server.
. "$(dirname "$0")/lib.sh"
need chronyd
chronyd=$found
need ntpd
ntpd=$found
lab
echo "7 SHA1 0102030405060708090a0b0c0d0e0f1011121314" >"$work/keys"
echo "7 SHA1 HEX:0102030405060708090a0b0c0d0e0f1011121314" >"$work/chrony.keys"
chmod 600 "$work"/*keys

# rules FILE LINE...: an ntp.conf of one of the two daemons
rules() {
	rules_file=$work/$1.conf
	shift
	{
		printf 'keys %s/keys\ntrustedkey 7\ndisable ntp\n' "$work"
		printf 'restrict default\nrestrict 127.0.0.1\n'
		printf '%s\n' "$@"
	} >"$rules_file"
}
# of SIDE: what ntpq prints of a daemon's sources there
of() {
	ip netns exec "$1" "$GNOMONCTL" -n peers
}
follows() {
	of "$client" | grep '^\*10\.91\.0\.1 '
}
# kind LETTER: how the client says that it is connected
kind() {
	of "$client" | tee /dev/stderr | grep -Eq "^.10\.91\.0\.1 +[^ ]+ +[0-9]+ $1 "
}
mode_of_peer() {
	ip netns exec "$client" "$GNOMONCTL" -n 'rv &1 hmode,pmode' | tee /dev/stderr |
		grep -q "hmode=$1, pmode=$2"
}
polls="minpoll 2 maxpoll 3"

rules lead 'server 127.127.1.0 prefer' 'fudge 127.127.1.0 stratum 3' "peer 10.91.0.2 key 7 $polls"
rules follow "peer 10.91.0.1 key 7 $polls"
start lead "$server" "$GNOMOND" -x -U -d -u root --dialect ntp -f "$work/lead.conf"
lead=$started
start follow "$client" "$GNOMOND" -x -U -d -u root --dialect ntp -f "$work/follow.conf"
follow=$started
check "gnomond follows its peer gnomond" within 40 follows
check "it is symmetric" kind s
check "both are active" mode_of_peer 1 1
signed() {
	ip netns exec "$client" "$GNOMONCTL" -n associations | tee /dev/stderr |
		grep -Eq ' yes +yes +ok +sys.peer '
}
check "and signed" signed
# who leads hears of the other that it follows, and so does not follow it
leads() {
	of "$server" | tee /dev/stderr | grep -Eq '^ 10\.91\.0\.2 +10\.91\.0\.1 +5 s '
}
check "who leads does not follow the one that follows it" within 20 leads
stop "$lead"

run_dir chronyd
cat >"$work/chronyd.conf" <<END
local stratum 3
keyfile $work/chrony.keys
peer 10.91.0.2 key 7 $polls
bindcmdaddress $work/chronyd/ctl.sock
pidfile $work/chronyd/pid
END
start chronyd "$server" "$chronyd" -x -U -u root -d -f "$work/chronyd.conf"
lead=$started
from_chronyd() {
	of "$client" | grep '^\*10\.91\.0\.1 *127\.127\.1\.1 '
}
check "it follows chronyd, its new peer" within 60 from_chronyd
stop "$lead"
stop "$follow"

# The stock one takes all peers as servers, and answers none: it is asked in the end.
rules stock 'tos orphan 3 orphanwait 1'
start stock "$server" "$ntpd" -n -g -c "$work/stock.conf"
start follow "$client" "$GNOMOND" -x -U -d -u root --dialect ntp -f "$work/follow.conf"
follow=$started
check "ntpd, which knows no peers, is asked as a server" within 60 mode_of_peer 1 4
check "and followed" within 30 follows
stop "$follow"

rules follow "peer 10.91.0.1 iburst"
start follow "$client" "$GNOMOND" -x -U -d -u root --dialect ntp -f "$work/follow.conf"
check "without a key it is a server" within 30 follows
check "and shown as one" kind u
check "which is said" grep -q 'CONFIG: peer deprecated, treated as server: 10.91.0.1' \
	"$work/follow.log"
finish
