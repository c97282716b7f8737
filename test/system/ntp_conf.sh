#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Files of ntp.conf as distributions, cloud-init and Ansible's roles write them, and statements as
# manuals show them, run unchanged: nothing is a syntax error, and the daemon starts, answers and
# ends. They are in test/system/ntp.conf; the one of Debian's package is looked at too.
. "$(dirname "$0")/lib.sh"
lab
ip -n "$client" route add default via 10.91.0.1

# converted FILE: it comes out as a native configuration, which is one
converted() {
	"$GNOMOND" --dialect ntp --convert "$1" >"$work/native.conf" 2>"$work/said" || return 1
	cat "$work/said"
	[ -s "$work/native.conf" ] && ! grep -i 'syntax error' "$work/said" &&
		"$GNOMOND" -p -f "$work/native.conf" >/dev/null
}
answers() {
	ip netns exec "$client" "$GNOMONCTL" -n 'rv 0 version' | grep -q 'version="ntpd gnomon'
}
# runs FILE: it starts, answers ntpq's protocol, has no complaint of syntax, and ends well
runs() {
	start ntpd "$client" "$GNOMOND" -x -U -d -u root --dialect ntp -f "$1"
	daemon=$started
	within 10 answers
	answered=$?
	grep -i 'syntax error' "$work/ntpd.log"
	complained=$?
	stop "$daemon"
	cat "$work/ntpd.log"
	[ $answered -eq 0 ] && [ $complained -ne 0 ] && [ "$stopped" -eq 0 ]
}
for file in "$here"/ntp.conf/*.conf "${GNOMON_PARTNERS:-}/etc/ntpsec/ntp.conf"; do
	[ -e "$file" ] || continue
	name=$(basename "$file" .conf)
	check "$name is read and converted" converted "$file"
	check "$name runs" runs "$file"
done

# What is not done is said by file and line, every line of it.
named() {
	runs "$here/ntp.conf/old.conf" || return 1
	for word in broadcast broadcastclient multicastclient manycastclient manycastserver ttl crypto \
		keysdir revoke autokey discard enable tos tinker preempt xmtnonce cryptostats trap \
		monlist noepeer ippeerlimit; do
		grep -Eq "old\.conf line [0-9]+: .*$word" "$work/ntpd.log" || {
			echo "not named: $word"
			return 1
		}
	done
}
check "what only ntp 4.2.8 knew is named by its line" named
finish
