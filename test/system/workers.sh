#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Threads that serve: nothing is lost or counted wrong under load, while reports are asked for,
# access, sources and keys change; and nothing is raced for, if built so that this is found out
# (make check-threads).
. "$(dirname "$0")/lib.sh"
plain=${GNOMON_BUILDDIR:-}/test/bench/serve_load
sealed=${GNOMON_BUILDDIR:-}/test/bench/nts_load
[ -x "$plain" ] && [ -x "$sealed" ] || skip_all "no load: make test/bench/serve_load test/bench/nts_load"
lab

gnomond_conf gnomond <<CONF
local stratum 2
allow
serverthreads 2
keyfile $work/keys
CONF
echo "1 SHA1 HEX:0123456789abcdef0123456789abcdef01234567" >"$work/keys"
if has_nts "$GNOMOND"; then
	"$sealed" certificates "$work" ecdsa
	mkdir -p "$work/dump"
	cat >>"$work/gnomond.conf" <<-CONF
		ntsservercert $work/crt.pem
		ntsserverkey $work/key.pem
		ntsrotate 2
		ntsdumpdir $work/dump
	CONF
fi
start gnomond "$server" "$GNOMOND" -x -U -d -f "$work/gnomond.conf"
gnomond=$started
within 20 ctl gnomond tracking

# load ARGUMENTS...: the counts of the load in $work/load
load() {
	ip netns exec "$server" "$plain" "$@" >"$work/load" 2>"$work/load.log"
}
# Requests are sent with so many outstanding that no buffer is too small for them.
served() {
	load plain "$gnomond" 123 "$1" 32 "$2" && [ "$(cut -d ' ' -f 4-5 "$work/load")" = "0 0" ]
}
received() {
	ctl gnomond -c serverstats | cut -d , -f 1
}
counted() {
	before=$(received)
	served 1 1000 || return 1
	equal "$(($(received) - before))" "$(cut -d ' ' -f 1 "$work/load")"
}
both_work() {
	served 1 1000 || return 1
	for task in /proc/"$gnomond"/task/*; do
		cut -d ' ' -f 1 "$task/schedstat"
	done | awk '$1 > 20000000 { n++ } END { exit n < 2 }'
}
check "a thousand clients are answered, and counted" counted
check "by both threads" within 5 both_work
check "every one is listed" sh -c "[ \"\$('$GNOMONCTL' -h '$work/gnomond/ctl.sock' -c -n clients |
	grep -c '^127\\.1\\.')\" = 1000 ]"
check "interleaved mode" load interleaved "$gnomond" 123 1 32 100
keyed() {
	ip netns exec "$server" timeout 90 "$GNOMOND" -x -U -Q -t 60 -f "$work/client.conf"
}
cat >"$work/client.conf" <<CONF
server 127.0.0.1 iburst key 1
keyfile $work/keys
user root
pidfile /
bindcmdaddress /
cmdport 0
CONF
check "requests with a key" keyed
authentic() {
	[ "$(ctl gnomond serverstats | sed -n 's/^Authenticated NTP packets *: *//p')" -ge 1 ]
}
check "are known to be authentic" authentic

# busy SECONDS: reports and changes without a pause
busy() {
	busy_until=$(($(date +%s) + $1))
	while [ "$(date +%s)" -lt "$busy_until" ]; do
		for command in serverstats "-n clients -r" tracking "-n sources" ntsinfo refusals \
			"deny 10.99.0.0/16" "allow 10.99.0.0/16" "add server 10.91.0.77 minpoll 0" \
			"-n sources" "delete 10.91.0.77" rekey "reload sources" dump \
			"deny fd99::/16" "allow fd99::/16"; do
			# shellcheck disable=SC2086 # words
			ctl gnomond $command >/dev/null
		done
	done
}
disturbed() {
	busy 4 &
	served 4 1000
	disturbed_result=$?
	wait $!
	cat "$work/load" "$work/load.log"
	return "$disturbed_result"
}
check "no answer is lost or wrong while all is asked and changed" disturbed

if has_nts "$GNOMOND"; then
	# Whoever establishes keys would have to begin anew whenever access changes.
	sealed_load() {
		ip netns exec "$server" timeout 90 "$sealed" ntp "$gnomond" 4460 3 15 &
		sealed_pid=$!
		sleep 0.7
		busy 2
		wait "$sealed_pid"
	}
	check "NTS, while the keys of cookies change" sealed_load
fi

denied() {
	ctl gnomond deny all && ! load plain "$gnomond" 123 1 32 1000
}
check "nobody is answered who is denied" denied
allowed() {
	ctl gnomond allow all && served 1 1000
}
check "and all are again who are allowed" allowed

stop "$gnomond"
check "it ends well" [ "$stopped" -eq 0 ]
check "nothing is raced for" sh -c "! grep -A 20 ThreadSanitizer '$work/gnomond.log'"
finish
