#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Debian's ntpd, then gnomond in its place, then ntpd again, on the same files: configuration, drift
# file, statistics, keys, keys of cookies, leap seconds, pid file. A client over NTS goes on with
# the cookies that it has.
. "$(dirname "$0")/lib.sh"
need ntpd
need_nts
lab
lab_authority
lab_certificate server nts.test 'DNS:nts.test,IP:10.91.0.1'
ln -s "$GNOMOND" "$work/ntpd"

mkdir -p "$work/ntp/stats"
printf '7 SHA1 0102030405060708090a0b0c0d0e0f1011121314\n1 MD5 secret1\n' >"$work/ntp/keys"
chmod 600 "$work/ntp/keys"
echo 12.345678 >"$work/ntp/drift"
cat >"$work/ntp/leap" <<END
#$ 3945196800
#@ 4291747200
2272060800 10
3439756800 34
3550089600 35
3644697600 36
3692217600 37
END
cat >"$work/ntp/ntp.conf" <<END
driftfile $work/ntp/drift
leapfile $work/ntp/leap
statsdir $work/ntp/stats/
statistics loopstats peerstats rawstats
keys $work/ntp/keys
trustedkey 7 1
controlkey 1
nts enable
nts cert $work/server.pem
nts key $work/server.key
nts cookie $work/ntp/nts-keys
server 10.91.0.2 key 7 iburst minpoll 1 maxpoll 1
restrict default nomodify
restrict 127.0.0.1
END

# Where the time comes from is the client's side too: who is taken over has both.
gnomond_conf source <<END
local stratum 3
allow
keyfile $work/source.keys
END
echo '7 SHA1 HEX:0102030405060708090a0b0c0d0e0f1011121314' >"$work/source.keys"
chmod 600 "$work/source.keys"
start source "$client" "$GNOMOND" -x -U -d -f "$work/source.conf"
source=$started
gnomond_conf user <<END
server 10.91.0.1 nts minpoll 0 maxpoll 0 iburst
ntstrustedcerts $work/ca.pem
nosystemcert
port 0
END

asked() { # NAME: what the daemon in charge says of a variable of its own
	ip netns exec "$server" "$GNOMONCTL" -n "rv 0 $1" | sed -n "s/.*\\b$1=//p"
}
frequency_of_file() {
	asked frequency | tee /dev/stderr | grep '^12\.34[56]'
}
signed() {
	ip netns exec "$server" "$GNOMONCTL" -n associations | tee /dev/stderr |
		grep -Eq ' yes +yes +ok '
}
statistics_grow() { # what is there stays, and more comes
	cat "$work"/ntp/stats/"$1".20* >"$work/$1.now" 2>/dev/null
	[ "$(wc -l <"$work/$1.now")" -gt "$(wc -l <"$work/$1.before")" ] &&
		head -c "$(wc -c <"$work/$1.before")" "$work/$1.now" | cmp - "$work/$1.before"
}
leaps() {
	grep 'leap.*ofs=37$' "$work/$name.log" || [ "$(asked tai)" = 37 ]
}
one_inode() { # the newest: midnight may have begun another one
	[ "$(stat -c %i "$work"/ntp/stats/rawstats)" = \
		"$(stat -c %i "$work"/ntp/stats/rawstats.20* | tail -n 1)" ]
}
# The client's counters: valid answers, which are authentic ones, and key establishments.
good_answers() {
	ctl user -c ntpdata 10.91.0.1 | cut -d, -f33
}
goes_on() {
	[ "$(good_answers)" -gt $((answers + 2)) ]
}
established() {
	grep -c 'NTS-KE with' "$work/user.log"
}
newest_key() {
	sed -n 's/^I: //p' "$work/ntp/nts-keys" | head -1
}

# takes_over NAME PROGRAM: it is at work on what it found
takes_over() {
	name=$1
	for file in rawstats peerstats; do
		cat "$work"/ntp/stats/$file.20* >"$work/$file.before" 2>/dev/null
	done
	key_before=$(newest_key 2>/dev/null)
	# Nothing is measured until it was seen what the file gave.
	kill -STOP "$source"
	start "$name" "$server" "$2" -n -g -N -c "$work/ntp/ntp.conf" -p "$work/ntp/pid"
	daemon=$started
	check "$name: the pid file is its" within 10 sh -c "[ \"\$(cat $work/ntp/pid)\" -eq $daemon ]"
	check "$name: the frequency of the file is in force" within 10 frequency_of_file
	kill -CONT "$source"
	check "$name: the keys are known" within 30 signed
	check "$name: statistics go on where they were" within 20 statistics_grow rawstats
	check "$name: and those of sources" within 20 statistics_grow peerstats
	check "$name: they are found by their plain name" one_inode
	check "$name: the leap seconds are known" within 10 leaps
	if [ -n "$key_before" ]; then
		check "$name: the cookies' newest key is the same" [ "$(newest_key)" = "$key_before" ]
	fi
}
leaves() {
	stop "$daemon"
	check "$name: ends well" [ "$stopped" -eq 0 ]
}

: >"$work/rawstats.before"
takes_over first "$ntpd"
start user "$client" "$GNOMOND" -x -U -d -f "$work/user.conf"
check "a client gets cookies of ntpd" within 20 grep -q 'NTS-KE with .*8 cookies' "$work/user.log"
answers=0
check "and is answered" within 20 goes_on
once=$(established)
leaves

takes_over gnomond "$work/ntpd"
answers=$(good_answers)
check "the client goes on with ntpd's cookies at gnomond" within 30 goes_on
check "without new ones" [ "$(established)" -eq "$once" ]
leaves
check "gnomond leaves a drift file that is one number" grep -Eqx -- '-?[0-9]+\.[0-9]{6}' \
	"$work/ntp/drift"
sed -i 's/.*/12.345678/' "$work/ntp/drift"

takes_over again "$ntpd"
answers=$(good_answers)
check "the client goes on with gnomond's cookies at ntpd" within 30 goes_on
check "without new ones" [ "$(established)" -eq "$once" ]
leaves

# From new: gnomond's files first.
rm -f "$work/ntp/nts-keys" "$work"/ntp/stats/*
echo 12.345678 >"$work/ntp/drift"
takes_over new "$work/ntpd"
check "the client asks for new cookies when the keys are gone" within 60 sh -c \
	"[ \$(grep -c 'NTS-KE with' '$work/user.log') -gt $once ]"
answers=$(good_answers)
check "and goes on with gnomond's" within 30 goes_on
once=$(established)
leaves
sed -i 's/.*/12.345678/' "$work/ntp/drift"
takes_over last "$ntpd"
answers=$(good_answers)
check "and with them at ntpd" within 30 goes_on
check "for which it took none" [ "$(established)" -eq "$once" ]
leaves
finish
