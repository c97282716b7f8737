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

# The numbers of associations are in the order that each daemon has them.
# position WHO REMOTE: its place there
position() {
	ask "$1" -c peers | awk -v remote="$2" 'NR > 2 { n++; if (index($0, remote)) print n }'
}
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
# Called ntpq, it asks ntpd for the counters of NTS as the stock ntpq does.
ln -s "$GNOMONCTL" "$work/ntpq"
as_ntpq() {
	ip netns exec "$theirs" "$work/ntpq" -n -c "$1" >"$work/our.$1" &&
		stock "$theirs" "$ntpq" -n -c "$1" >"$work/their.$1" &&
		diff "$work/our.$1" "$work/their.$1" >&2
}
check "ntsinfo of ntpd, called ntpq" as_ntpq ntsinfo
check "gnomonctl mrulist of ntpd" shown mrulist ' 6 2 .* 127\.0\.0\.1$'
finish
