#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Forged, replayed, cut and misdirected answers are dropped and counted; tracking does not move.
# Without an argument both kinds of association are tried at once; "plain" or "keyed" tries one.
if [ $# -eq 0 ]; then
	plain=$(mktemp)
	"$0" plain >"$plain" &
	"$0" keyed
	keyed_status=$?
	wait $!
	plain_status=$?
	cat "$plain"
	rm -f "$plain"
	exit $((keyed_status + plain_status))
fi
. "$(dirname "$0")/lib.sh"
lab
ip -n "$server" addr add 10.91.0.3/24 dev gns$$

total_rx() {
	ctl gnomond ntpdata 10.91.0.1 | sed -n 's/^Total RX *: *//p'
}
total_good() {
	ctl gnomond ntpdata 10.91.0.1 | sed -n 's/^Total good RX *: *//p'
}
total_tx() {
	ctl gnomond ntpdata 10.91.0.1 | sed -n 's/^Total TX *: *//p'
}
# what a hostile answer must leave as it is: reference, stratum, reference time, last and RMS
# offset, frequency, leap
tracking() {
	ctl gnomond -c -n tracking | cut -d, -f1-4,6-9,14
}
asked_more() {
	[ "$(total_tx)" -ge "$1" ]
}

heard_more() {
	[ "$(total_rx)" -gt "$1" ]
}

# hostile MODE COUNTED: after three more requests nothing has moved
hostile() {
	echo "$1" >"$work/mode"
	# An answer from before may still be on its way; two requests later it is not.
	asked=$(($(total_tx) + 2))
	within 20 asked_more "$asked" || return 1
	before=$(tracking)
	good=$(total_good)
	rx=$(total_rx)
	asked=$(($(total_tx) + 3))
	within 20 asked_more "$asked" || return 1
	[ "$2" = no ] || within 20 heard_more "$rx" || return 1
	after=$(tracking)
	echo "before $before, good $good, rx $rx"
	echo "after  $after, good $(total_good), rx $(total_rx)"
	[ "$before" = "$after" ] && [ "$good" = "$(total_good)" ]
}

kind=$1
key=
[ "$kind" = keyed ] && key="key 1"
echo "1 SHA1 ASCII:right-key-of-the-test" >"$work/keys"
chmod 600 "$work/keys"
echo good >"$work/mode"
start server "$server" python3 "$here/hostile_server.py" 10.91.0.1 10.91.0.3 "$work/mode"
server_pid=$started
gnomond_conf gnomond <<EOF
keyfile $work/keys
server 10.91.0.1 iburst minpoll -2 maxpoll -2 maxdelay 2 $key
EOF
start gnomond "$client" "$GNOMOND" -x -U -d -f "$work/gnomond.conf"
gnomond_pid=$started
check "$kind: a good server is selected" within 15 selected gnomond
modes="wrong-origin zero-origin replay truncated trailing wrong-mode wrong-version
	unsynchronised stratum distance"
[ "$kind" = keyed ] && modes="$modes wrong-key unknown-key no-mac"
for mode in $modes; do
	check "$kind: $mode is dropped and counted" hostile "$mode" yes
done
for mode in other-port other-address; do
	check "$kind: an answer from $mode is not seen" hostile "$mode" no
done
echo good >"$work/mode"
good=$(total_good)
more_good() {
	[ "$(total_good)" -gt "$good" ]
}
check "$kind: the right answer is taken again" within 10 more_good
stop "$gnomond_pid"
check "$kind: gnomond ends with 0" test "$stopped" -eq 0
stop "$server_pid"
[ "$failed" -eq 0 ] || sed 's/^/# /' "$work/gnomond.log" | tail -40
finish
