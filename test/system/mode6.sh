#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ntpd's control protocol: the stock ntpq and ntpmon of NTPsec and the monitoring plugins read real
# values from gnomond, strangers get no more than the limit, and what needs the key needs it.
. "$(dirname "$0")/lib.sh"
need chronyd ntpq
lab_ntpq
lab
root=$GNOMON_PARTNERS

chronyd_conf chronyd <<EOF
local stratum 2
allow
EOF
start chronyd "$server" "$chronyd" -x -U -u root -d -f "$work/chronyd.conf"

mkdir -p "$work/ntp"
printf '1 MD5 secret1\n2 SHA1 0102030405060708090a0b0c0d0e0f1011121314\n' >"$work/ntp.keys"
printf '1 MD5 secret2\n' >"$work/wrong.keys"
chmod 600 "$work"/*.keys
cat >"$work/ntp.conf" <<EOF
driftfile $work/ntp/drift
statsdir $work/ntp
server 10.91.0.1 iburst minpoll 3 maxpoll 4
server fd91::1 iburst minpoll 3 maxpoll 4
server 127.127.1.0
fudge 127.127.1.0 stratum 10
keys $work/ntp.keys
trustedkey 1 2
controlkey 1
restrict default limited nomodify
unrestrict default noquery
restrict 10.91.0.1 nomodify
restrict 127.0.0.1
restrict ::1
setvar access_policy = "open access" default
EOF
start gnomond "$client" "$GNOMOND" -x -U -d -u root --dialect ntp -f "$work/ntp.conf"

# ask COMMAND [ARGUMENTS...]: prints what ntpq says on the daemon's own host
ask() {
	ask_command=$1
	shift
	stock "$client" "$ntpq" -n "$@" -c "$ask_command" 127.0.0.1 2>&1
}
synchronised() {
	ask rv | grep -q 'leap_none, sync_ntp'
}
check "gnomond follows chronyd" within 20 synchronised

# says COMMAND PATTERN...: no complaint in the answer, and every pattern
says() {
	ask "$1" >"$work/answer"
	shift
	cat "$work/answer"
	grep -q -e '\*\*\*' -e 'one at a time' -e '?' "$work/answer" && return 1
	for pattern in "$@"; do
		grep -Eq -- "$pattern" "$work/answer" || {
			echo "missing: $pattern"
			return 1
		}
	done
}
check "peers" within 20 says peers \
	'^[*+]10\.91\.0\.1 +127\.127\.1\.1 +2 u +[-0-9]+ +[0-9]+ +[0-7]+ +[0-9.]+ +-?[0-9.]+ +[0-9.]+$' \
	'^[*+]fd91::1 ' '^ LOCAL\(0\) +\.LOCL\. +10 l '
check "apeers" says apeers '10\.91\.0\.1 .* 1 +2 u'
check "lpeers" says lpeers '^[*+]10\.91\.0\.1 '
check "opeers" says opeers '^[*+]10\.91\.0\.1 +10\.91\.0\.2 '
# A busy machine has spikes: the last event may be another one.
check "associations" says as 'sys.peer( +[a-z_]+)? +[1-9]' 'yes +yes +none'
check "system variables" says 'rv 0' 'sync_ntp' 'stratum=3' 'version="ntpd gnomon' \
	'processor="[^"]+' 'access_policy="open access"' 'refid=[0-9.]+'
check "variables of a source" says 'rv &1' 'srcadr=10\.91\.0\.1' 'srchost="10\.91\.0\.1"' \
	'ntscookies=-1' 'flash=00 ok' 'filtdelay =0\.[0-9]+' 'dstadr=10\.91\.0\.2'
check "variables of a clock" says 'cv &3' 'status=0000 no events, clk_unspec' 'name="LOCAL"' 'stratum=10' 'device="Undisciplined'
check "sysinfo" says sysinfo 'system peer mode: +client' 'system peer: +.*:123' 'stratum: +3'
check "sysstats" says sysstats 'packets received: +[1-9]' 'control requests: +[1-9]' \
	'processed for time: +[1-9]'
check "monstats" says monstats 'addresses in use: +[1-9]' 'maximum addresses: +[1-9]' \
	'alloc: new: +[1-9]'
check "iostats" says iostats 'received packets: +[1-9]' 'packets sent: +[1-9]' \
	'input wakeups: +[1-9]' 'receive buffers: +[1-9]'
check "kerninfo" says kerninfo 'frequency tolerance: +500' 'maximum error: +[1-9]' \
	'pll time constant: +[0-9]'
check "authinfo" says authinfo 'stored keys: +2' 'key lookups: +[1-9]'
check "timerstats" says timerstats 'calls to transmit: +[1-9]'
check "nts" says nts 'NTS client sends: +0' 'NTS KE serves good: +0'
check "pstats" says 'pstats &1' 'packets sent: +[1-9]' 'packets received: +[1-9]'
check "mrulist" says mrulist '6 2 .* 127\.0\.0\.1$' 'Collected [1-9][0-9]* slots'
over_ip6() {
	stock "$client" "$ntpq" -n -p ::1 | grep '^[*+]fd91::1'
}
check "over IPv6" over_ip6

# the same by gnomonctl, in the same columns; what moves between two questions is left out, or asked
# for again
same() {
	for _ in 1 2 3 4 5; do
		same_once "$@" && return
	done
	return 1
}
same_once() {
	ask "$1" >"$work/theirs" 2>/dev/null
	ip netns exec "$client" "$GNOMONCTL" -n "$1" >"$work/ours" || return 1
	for who in theirs ours; do
		sed -E "$2" "$work/$who" >"$work/$who.fixed"
	done
	diff "$work/theirs.fixed" "$work/ours.fixed"
}
moving='s/ +[-0-9.m]+( +[0-9]+ +)[0-7]+ +[0-9.]+ +-?[0-9.]+ +[0-9.]+$/\1/'
check "gnomonctl peers" same peers "$moving"
# Without the last event and how often: the word that tells both is among the columns before.
check "gnomonctl associations" same associations 's/^(.{43}).*/\1/; s/^( +[0-9]+ +[0-9]+ +..)../\1/'
check "gnomonctl sysinfo" same sysinfo 's/(jitter|wander|delay|dispersion|distance|time).*/\1/'
called_ntpq() {
	ln -s "$GNOMONCTL" "$work/ntpq"
	ip netns exec "$client" "$work/ntpq" -pn ::1 | grep '^[*+]10\.91\.0\.1 '
}
check "gnomonctl called ntpq" called_ntpq
own_mru() {
	ip netns exec "$client" "$GNOMONCTL" -n mrulist | grep ' 6 2 .* 127\.0\.0\.1$'
}
check "gnomonctl mrulist" own_mru

# with the key
key="-k $work/ntp.keys -a 1"
# keyed COMMAND PATTERN: what ntpq prints with the control key
keyed() {
	# shellcheck disable=SC2086
	ask "$1" $key >"$work/answer"
	cat "$work/answer"
	grep -Eq -- "$2" "$work/answer"
}
check "reslist" keyed reslist '^ +[1-9][0-9]* 127\.0\.0\.1/32'
check "ifstats" keyed ifstats '0\.0\.0\.0:123'
# interface NAME ADDRESS FLAG: the columns of the line before the address
interface() {
	grep -B 1 "^ *$2:123\$" "$work/answer" | tee /dev/stderr |
		grep -Eq "^ *[0-9]+ $1 +\. +$3 +[1-9][0-9]* +[1-9][0-9]* +0 +$4 +[0-9]"
}
check "it has the loopback with what was asked there" interface lo 127.0.0.1 5 0
remote_once() {
	stock "$server" "$ntpq" -n -p 10.91.0.2 && keyed ifstats . && interface "gnc$$" 10.91.0.2 1 1
}
check "and each interface, with its peers" remote_once
check "what comes to no address of ours is dropped" keyed ifstats '^ +0 v6wildcard +D +81 '
check "the list of clients is wanted, and needed by limits" says monstats '^enabled: +3$'
check "requests of mode 6 are of no old version" says sysstats '^older version: +0 '
quiet_config() {
	keyed ':config bogus line' 'column 0 syntax error' && ! grep AUTH "$work/answer"
}
check "ntpq finds the MAC of an answer" quiet_config
check "config adds a source" keyed ':config server 10.91.0.77 iburst' 'Config Succeeded'
check "it is there" says peers '^ 10\.91\.0\.77 +\.INIT\. +16 u'
check "config says where a line is wrong" keyed ':config bogus line' 'column 0 syntax error'
check "and so does the log" grep -q 'CONFIG: syntax error in remote config from 127.0.0.1 line 1' \
	"$work/gnomond.log"
check "config says what cannot be" keyed ':config disable ntp' 'disable cannot be changed'
check "config takes what is so already" keyed ':config enable ntp' 'Config Succeeded'
served() {
	ip netns exec "$server" python3 "$here/query.py" 10.91.0.2
}
not_served() {
	! served
}
check "the other host is served" within 5 served
check "config restricts it" keyed ':config restrict 10.91.0.1 noserve' 'Config Succeeded'
check "it is served no longer" not_served
check "the list has the restriction" keyed reslist '^ +no(serve|modify) no(serve|modify)'
check "and what it counted" keyed reslist '^ +[1-9][0-9]* 10\.91\.0\.1/32'
check "config lets it again" keyed ':config unrestrict 10.91.0.1 noserve' 'Config Succeeded'
check "it is served again" within 5 served
check "config begins statistics" keyed ':config statistics protostats' 'Config Succeeded'
check "config asks for more sources than there are" keyed ':config tos minsane 9' 'Config Succeeded'
unselected() {
	! ask peers | grep '^\*'
}
selects() {
	ask peers | grep '^\*'
}
check "none is selected then" within 30 unselected
check "config asks for one" keyed ':config tos minsane 1 maxdist 3' 'Config Succeeded'
check "one is selected" within 30 selects
check "which the statistics tell" within 5 grep -q ' sys_peer' "$work/ntp/protostats"
for line in 'tinker panic 0 stepout 900' 'disable stats' 'enable stats' 'logconfig =allall' \
	'restrict default kod' 'disable kernel' 'limit average 3'; do
	check "config $line" keyed ":config $line" 'Config Succeeded'
done
check "config fudges a clock" keyed ':config fudge 127.127.1.0 stratum 7 refid ABCD flag1 1 time1 0.5' \
	'Config Succeeded'
check "which goes on as it is told" says 'cv &3' 'stratum=7, refid=65\.66\.67\.68, flags=1' \
	'fudgetime1=500\.0'
check "and is shown so" says peers '^ LOCAL\(0\) +\.ABCD\. +7 l '
check "a stratum that there is not" keyed ':config fudge 127.127.1.0 stratum 17' \
	'column 26 fudge factor: stratum value not in \[0\.\.16\], ignored'
check "config names a wrong word of it" keyed ':config tos minsan 1' 'column 4 syntax error'
check "and takes nothing of that line" keyed ':config tos minsane 9 minsan 1' 'column 14 syntax error'
check "as the sources show" selects
for line in 'mru maxdepth 9' 'statsdir /x' 'keys /x' 'nts enable' 'interface listen all'; do
	check "config does not change ${line%% *}" keyed ":config $line" 'cannot be changed at run time'
done
check "config removes a source" keyed ':config unpeer 10.91.0.77' 'Config Succeeded'
gone() {
	! ask peers | grep -q 10.91.0.77
}
check "it is gone" gone
refused() {
	stock "$client" "$ntpq" -k "$work/$1" -a "$2" -c ':config unpeer 10.91.0.1' 127.0.0.1 \
		>"$work/answer" 2>&1
	cat "$work/answer"
	grep -q PERMISSION "$work/answer"
}
check "a wrong key changes nothing" refused wrong.keys 1
check "a key that is not the control key changes nothing" refused ntp.keys 2
check "what was asked is in the log" grep -q 'MODE6: 127.0.0.1 config: unpeer 10.91.0.77' \
	"$work/gnomond.log"

# from elsewhere
remote() {
	stock "$server" "$ntpq" -n -p 10.91.0.2 >"$work/answer" 2>&1
	cat "$work/answer"
	grep -q '^[*+]10.91.0.1 ' "$work/answer"
}
check "a host of a rule may ask" remote
check "a stranger gets no more than the limit" \
	ip netns exec "$server" python3 "$here/mode6.py" 10.91.0.2 3 10.91.0.3
sed 's/^/# /' "$work/check.out"

for plugin in check_ntp_peer check_ntp_time; do
	path=$root/usr/lib/nagios/plugins/$plugin
	if [ -x "$path" ]; then
		check "$plugin" ip netns exec "$client" "$path" -H 127.0.0.1 -w 0.5 -c 1
	else
		skip "no $plugin"
	fi
done

# a screen of ntpmon's, which needs a terminal and to be in its foreground
if [ -x "$root/usr/bin/ntpmon" ] && command -v script >/dev/null; then
	cat >"$work/ntpmon.sh" <<EOF
TERM=vt100 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$python_path
export TERM PYTHONDONTWRITEBYTECODE PYTHONPATH
stty rows 40 cols 120
exec timeout --foreground \$1 python3 $root/usr/bin/ntpmon -n 127.0.0.1
EOF
	for seconds in 6 20; do
		ip netns exec "$client" script -qc "sh $work/ntpmon.sh $seconds" "$work/ntpmon.screen" \
			>/dev/null 2>&1 </dev/null
		# A busy machine takes longer to draw it.
		grep -aq '10\.91\.0\.1' "$work/ntpmon.screen" && break
	done
	check "ntpmon shows the sources" grep -aq '[*+]10\.91\.0\.1' "$work/ntpmon.screen"
	check "ntpmon shows the version" grep -aq 'ntpd gnomon-[0-9]' "$work/ntpmon.screen"
else
	skip "ntpmon: not here, or no script(1)"
fi
finish
