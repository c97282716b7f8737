#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Debian's ntpd and gnomond with the same ntp.conf, side by side: whatever the stock ntpq shows of
# the one, by any of its commands, it shows of the other.
. "$(dirname "$0")/lib.sh"
need chronyd ntpd ntpq
lab_ntpq
lab
ours='' theirs=''
lab_host ours 7
lab_host theirs 8

chronyd_conf chronyd <<END
local stratum 2
allow
keyfile $work/chrony.keys
END
echo '2 SHA1 HEX:0102030405060708090a0b0c0d0e0f1011121314' >"$work/chrony.keys"
chmod 600 "$work/chrony.keys"
start chronyd "$server" "$chronyd" -x -U -u root -d -f "$work/chronyd.conf"

printf '1 MD5 secret1\n2 SHA1 0102030405060708090a0b0c0d0e0f1011121314\n' >"$work/keys"
chmod 600 "$work/keys"
# conf NAME NUMBER: the same for both, but for where the server is and the drift file
conf() {
	mkdir -p "$work/$1"
	cat >"$work/$1.conf" <<END
driftfile $work/$1/drift
statsdir $work/$1/
server 10.91.$2.1 iburst minpoll 2 maxpoll 3 key 2
server fd91:$2::1 iburst minpoll 2 maxpoll 3
server 127.127.1.0 minpoll 3 maxpoll 3
fudge 127.127.1.0 stratum 10
keys $work/keys
trustedkey 1 2
controlkey 1
restrict default limited nomodify
restrict 127.0.0.1
restrict ::1
restrict 10.91.0.0 mask 255.255.0.0 kod nomodify
restrict 10.91.77.1 ntpport ignore
setvar access_policy = "open access" default
END
}
conf ours 7
conf theirs 8
start ours "$ours" "$GNOMOND" -x -U -d -u root --dialect ntp -f "$work/ours.conf"
start theirs "$theirs" "$ntpd" -n -g -c "$work/theirs.conf"

# ask WHO COMMAND...: what ntpq says of the daemon there, to all that is asked
ask() {
	[ "$1" = ours ] && space=$ours || space=$theirs
	shift
	stock "$space" "$ntpq" -n "$@" 127.0.0.1 2>&1
}
follows() {
	ask "$1" -c peers | grep '^\*'
}
check "gnomond follows" within 40 follows ours
# Without the right to set the clock it never calls itself synchronised.
check "ntpd follows" within 40 follows theirs

# The clock is the last, as it was configured, though it is made first.
in_order() {
	for remote in 10.91. fd91: 'LOCAL(0)'; do
		for who in ours theirs; do
			position $who "$remote"
		done
	done | tee /dev/stderr | tr '\n' ' ' | grep '^1 1 2 2 3 3 $'
}
# The numbers of associations are in the order that each daemon has them.
# position WHO REMOTE: its place there
position() {
	ask "$1" -c peers | awk -v remote="$2" 'NR > 2 { n++; if (index($0, remote)) print n }'
}
check "sources in the order of configuration" in_order
# each COMMAND...: asks both all of them in one go; the answers are in theirs.N and ours.N
each() {
	for who in theirs ours; do
		clock=$(position $who 'LOCAL(0)')
		signed=$(position $who 10.91.)
		plain=$(position $who fd91:)
		set --
		while IFS= read -r command; do
			command=$(echo "$command" | sed "s/CLOCK/\\&$clock/;s/SIGNED/\\&$signed/;s/PLAIN/\\&$plain/")
			set -- "$@" -c "$command" -c version
		done <"$work/commands"
		# shellcheck disable=SC2086
		ask $who ${key-} "$@" | awk -v to="$work/$who" '
			BEGIN { n = 1; printf "" >(to "." n) }
			/^ntpsec-/ { n++; printf "" >(to "." n); next }
			{ print >(to "." n) }'
	done
}
# same N COMMAND: ours has all that theirs has
same() {
	python3 "$here/ntpq_reports.py" "$2" "$work/theirs.$1" "$work/ours.$1" && return
	for who in theirs ours; do
		echo "$who:"
		head -12 "$work/$who.$1"
	done
	return 1
}
compare() {
	each
	n=0
	while IFS= read -r command; do
		n=$((n + 1))
		check "$command" same $n "$command"
		sed -n '1s/^/# /p' "$work/check.out"
	done <"$work/commands"
}
printf '%s\n' peers apeers lpeers opeers lopeers rpeers associations lassociations rv 'rv SIGNED' \
	'rv PLAIN' 'rv CLOCK' 'cv CLOCK' 'pstats SIGNED' 'pstats PLAIN' sysinfo sysstats monstats \
	iostats kerninfo authinfo timerstats nts ntsinfo mrulist >"$work/commands"
compare
printf '%s\n' reslist ifstats ':config setvar color = "blue" default' 'rv 0 color' \
	':config nonsense' >"$work/commands"
key="-k $work/keys -a 1"
compare
key=

# Every variable that is listed and that ntpd knows has a value. Debian's ntpd is asked for its list
# of the system's and gives none: ours has those that it has.
listed() { # WHO OF LIST
	ask "$1" -c "rv $2 $3" | tr -d '\n' | sed 's/.*="//; s/".*//; s/,/ /g'
}
variables() { # WHOSE OF LIST
	[ "$2" = 0 ] && of=0 || of="&$(position "$1" "$2")"
	for name in $(listed "$1" "$of" "$3"); do
		[ "$2" = 0 ] && echo "rv 0 $name" || echo "rv SIGNED $name"
	done >"$work/commands"
	each
	n=0
	bad=0
	theirs_has=0
	while IFS= read -r command; do
		n=$((n + 1))
		name=${command##* }
		grep -q "$name *=" "$work/theirs.$n" || continue
		theirs_has=$((theirs_has + 1))
		grep -Eq "$name *= *[^ ]" "$work/ours.$n" && continue
		echo "$command: $(cat "$work/ours.$n"), ntpd: $(cat "$work/theirs.$n")"
		bad=1
	done <"$work/commands"
	echo "$n variables, $theirs_has of them ntpd's too"
	[ "$bad" -eq 0 ] && [ "$theirs_has" -gt 30 ]
}
check "every variable of the system" variables ours 0 sys_var_list
sed -n '$s/^/# /p' "$work/check.out"
check "every variable of a source" variables theirs 10.91. peer_var_list
sed -n '$s/^/# /p' "$work/check.out"

# gnomonctl asks ntpd as ntpq does, without a key.
shown() { # COMMAND PATTERN
	ip netns exec "$theirs" "$GNOMONCTL" -n "$1" | tee /dev/stderr | grep -Eq -- "$2"
}
check "gnomonctl peers of ntpd" shown peers '^\*(10\.91\.8\.1|fd91:8::1) '
check "gnomonctl associations of ntpd" shown associations ' yes +yes .* sys\.peer '
check "gnomonctl rv of ntpd" shown rv 'version="ntpd ntpsec'
check "gnomonctl rv of a source of ntpd's" shown 'rv &1' 'srcadr=[0-9a-f.:]+'
check "gnomonctl sysinfo of ntpd" shown sysinfo 'system peer mode: +client'
check "gnomonctl mrulist of ntpd" shown mrulist ' 6 2 .* 127\.0\.0\.1$'

# Called ntpq, it prints what the stock ntpq prints of the same daemon, byte for byte. Both are asked
# anew until they were asked between two polls.
ln -s "$GNOMONCTL" "$work/ntpq"
# fixed: without the seconds since the last poll, and without the last samples, which ntpd 1.2.2 sends
# broken
fixed() {
	sed -E '/ filt[a-z]* =/d; s/^(.{38})[ 0-9-]{4}( +[0-9]+ +[0-7]+ +-?[0-9]+\.)/\1   .\2/'
}
# printed WHO ARGUMENTS...: by both, of that daemon
printed() {
	[ "$1" = ours ] && space=$ours || space=$theirs
	shift
	ip netns exec "$space" "$work/ntpq" -n "$@" 2>&1 | fixed >"$work/our.out"
	stock "$space" "$ntpq" -n "$@" 2>&1 | fixed >"$work/their.out"
	[ -s "$work/our.out" ] && diff "$work/our.out" "$work/their.out"
}
for who in ours theirs; do
	check "reports of $who, called ntpq" within 20 printed $who -c peers -c apeers -c as \
		-c 'rv 0 stratum,refid,leap' -c ntsinfo -c 'mrv &1 &3 srcadr,reach' \
		-c 'cv &3 name,device'
	check "complaints of $who, called ntpq" printed $who -c 'cv &9' -c 'rv 0 nosuch' -c 'rv 9999'
done
for who in ours theirs; do
	check "config of $who, called ntpq" printed $who -k "$work/keys" -a 1 \
		-c ':config setvar size = "large" default' -c ':config nonsense here'
done

# The same of a daemon that always says the same, with all words, and with what is set by them.
start canned "$client" python3 "$here/ntpq_canned.py" 127.0.0.5 127.0.0.6
check "the daemon of fixed answers is there" within 10 grep -q ready "$work/canned.log"
# settled FILE: without what depends on the program: its memory and speed, an advice about digests,
# how lines end in raw mode, and what the stock ntpq makes of a number like 1e-06 with units
settled() {
	sed 's/\r$//; /^# /d; /^AUTH - /d; s/=1e\.-06s/=1e-06/' "$1"
}
# as_stock ARGUMENTS...: both print the same to each of the two outputs, and exit alike
as_stock() {
	ip netns exec "$client" "$work/ntpq" "$@" >"$work/our.1" 2>"$work/our.2"
	our_status=$?
	stock "$client" "$ntpq" "$@" >"$work/their.1" 2>"$work/their.2"
	their_status=$?
	for output in 1 2; do
		for whose in our their; do
			settled "$work/$whose.$output" >"$work/$whose.settled.$output"
		done
		diff "$work/our.settled.$output" "$work/their.settled.$output" || return 1
	done
	[ "$our_status" -eq "$their_status" ] && [ -s "$work/our.1" ]
}
# all_words FILE ARGUMENTS...: the same with a -c for each line of a file before the arguments
all_words() {
	words=$1
	shift
	while IFS= read -r word; do
		set -- -c "$word" "$@"
	done <"$words"
	as_stock -n "$@"
}
tac "$here/ntpq_words" >"$work/words"
check "every word" all_words "$work/words" 127.0.0.5
sed -n '$=' "$work/our.1" | sed 's/$/ lines of output, the same/; s/^/# /'
echo '1 MD5 secret1' >"$work/key1"
check "lists and configuration, with a key" as_stock -n -k "$work/key1" -a 1 -c reslist \
	-c ifstats -c ':config setvar a = b' -c ':config foo bar' 127.0.0.5
check "a wide terminal" as_stock -n -W 120 -c peers -c apeers -c rv 127.0.0.5
check "long names" as_stock -w -c 'hostnames hostnum' -c peers -c opeers 127.0.0.5
check "two hosts" as_stock -n -c peers -c apeers -c 'rv 0 leap' -c 'rv &1' -c 'mrv &1 &2' -c rl \
	127.0.0.5 127.0.0.6
check "nobody there" as_stock -n -c help -p 127.0.0.9
statuses() {
	for options in --version -V '-c version' '-s -c version' '-S -c version' '-u -c version' \
		'-d -c version' '--interactive' --nosuch -v -Z -c -l '-a x -p' '-D x -p' '-W' \
		'-k /nonexistent -p'; do
		# shellcheck disable=SC2086
		"$work/ntpq" $options </dev/null >/dev/null 2>&1
		ours_is=$?
		# shellcheck disable=SC2086
		stock "$client" "$ntpq" $options </dev/null >/dev/null 2>&1
		theirs_is=$?
		# The interactive option is that of ntp 4.2.8.
		[ "$options" != --interactive ] || theirs_is=0
		echo "$options: $ours_is $theirs_is"
		[ "$ours_is" -eq "$theirs_is" ] || return 1
	done
}
check "options and exit statuses" statuses
finish
