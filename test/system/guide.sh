#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A well-known guide sets up NTS with ntpd. Every step of it, from its preparations to its packet
# captures, with gnomond in the place of ntpd: each line of results is one of its points, by the
# name that the checklist of this project has for it (P preparation, I installation, C and S
# configuration of client and server, D starting, L the log, M monitoring, X packets). The viewer is
# Debian's ntpq. Hosts are namespaces of their own, all names are in a certificate of our own
# authority; intervals are the guide's where the point is about them, and a second elsewhere.
. "$(dirname "$0")/lib.sh"
need ntpq
need_nts
need_tool python3 tshark
lab_ntpq
lab
builddir=$(dirname "$GNOMOND")
srcdir=$here/../..
ln -s "$GNOMOND" "$work/ntpd"
ntpd=$work/ntpd

. "$here/guide/points.sh"
. "$here/guide/bench.sh"

# ------------------------------------------------------------------------------ preparation
too_old() {
	wait "$old_pid"
	has "$work/old/configure.log" 'checking for gnutls >= [0-9.]+ .* no, it is older' \
		'configure: error: crypto gnutls was asked for, but it needs GnuTLS [0-9.]+' \
		'status 1'
}
check "P1 configure names its library of TLS, refuses an older one" too_old
check "P1 and the log has the one in force" within 5 \
	grep -E 'INIT: (GnuTLS|OpenSSL) [0-9.]+.*, [0-9a-f]+$' "$work/server.log"
second() {
	ip netns exec "$server" setpriv --bounding-set -sys_time --inh-caps -sys_time timeout 60 \
		"$ntpd" -n -c "$work/c1/ntp.conf" >"$work/said" 2>&1
	[ $? -eq 1 ] && has "$work/said" \
		'IO: unable to bind to wildcard address .* - another process .*; EXITING$'
}
check "P2 a second one ends with 1 and says what is in its way" second
unit=$work/root/ntpd.service
conflicts() {
	wait "$install_pid" || cat "$work/install.log"
	find "$work/root" -name ntpd.service -exec cp {} "$unit" \;
	has "$unit" '^Conflicts=.*systemd-timesyncd\.service' '^Conflicts=.*chrony' \
		'^Conflicts=.*openntpd' '^Conflicts=.*ntpsec'
}
check "P2 the unit excludes the other daemons of the clock" conflicts
# No package is built here; these are the files that one would have.
names() {
	for name in sbin/ntpd bin/ntpq ntpd.service ntp.conf.5 ntpd.8; do
		find "$work/root" -path "*/$name" | grep . || return 1
	done
	"$(find "$work/root" -name ntpd -path '*sbin*' -exec readlink -f {} \;)" --version
}
check "P3 the names ntpd, ntpq, ntpd.service, ntp.conf(5), ntpd(8) are installed" names

# ------------------------------------------------------------------------------ installation
version=$("$ntpd" -V)
# A package of this version replaces those of Debian by its epoch, which is the packager's.
check "I1 the version is a number that packages can compare (no package is built here)" \
	says '^[0-9]+(\.[0-9]+)+$' echo "${version#ntpd gnomon-}"
check "I2 one list of what a build needs" has "$srcdir/bootstrap" 'gcc .* libgnutls28-dev'
configures() {
	says 'default|/usr/local' "$srcdir/configure" --help &&
		has "$work/said" '--prefix=PREFIX' '/usr/local' '--enable-refclock-local' \
			'--enable-refclock-shm' '--enable-refclock-pps' '--enable-refclock-nmea' \
			'--enable-refclock-gpsd'
}
check "I3 configure --help: the prefix, and the reference clocks" configures
all_clocks() {
	has "$builddir/modules.c" 'local' 'shm' 'pps' 'nmea' 'gpsd'
}
check "I3 local, SHM, PPS, NMEA and GPSD are there without a switch" all_clocks
installed() {
	root=$(find "$work/root" -path '*/sbin/gnomond' | sed 's,/sbin/gnomond,,')
	ls "$root/sbin" "$root/bin"
	[ -x "$root/sbin/gnomond" ] && [ -x "$root/bin/gnomonctl" ]
}
check "I4 make, make install: the daemon in sbin, clients in bin" installed
one_line() {
	[ "$("$ntpd" -V | wc -l)" = 1 ] && says '^ntpd gnomon-[0-9.]+' "$ntpd" -V &&
		says '^ntpd gnomon-[0-9.]+' "$ntpd" --version &&
		says "version=\"$version" ntp "$server" -c 'rv 0 version'
}
check "I5 ntpd -V: one line, which mode 6 has too" one_line
user() {
	find "$work/root" -path '*sysusers.d/ntp.conf' -exec cat {} \; | grep '^u ntp ' &&
		has "$unit" '^Alias=ntp\.service' '^StateDirectory=ntp' '^LogsDirectory=ntpstats'
}
check "I6 user, directories and the alias ntp.service come with the unit" user

# ------------------------------------------------------------------------------ client
clean() { # NAME: nothing of its configuration was misunderstood
	has_not "$work/$1.log" 'syntax error|parsing errors|ignored|no effect'
}
first() { # NAME NAMESPACE REGEX...
	clean "$1" || return
	shift
	within 20 rv "$@" && return
	cat "$work/rv"
	return 1
}
check "C1 server HOST iburst minpoll 3 maxpoll 6" first c1 "$c1" 'hpoll=[3-6],' \
	'srchost="nts.test"' 'ntscookies=-1' 'sys.peer'
c2_first() {
	first c2 "$c2" 'hpoll=[3-6],' 'srchost="nts.test"' 'ntscookies=8' &&
		has "$work/c2/ntp.log" 'NTSc: connecting to nts.test\+4460 => 10\.91\.12\.1:4460'
}
check "C2 ... nts: port 4460, eight cookies" c2_first
c3_first() {
	first c3 "$c3" 'hpoll=[3-6],' 'srchost="nts.test"' 'ntscookies=8' &&
		has "$work/c3.log" 'NTSc: Using file .*/ca.pem for root certificates\.' \
			'NTSc: set cert host: nts\.test$'
}
check "C3 server HOST:PORT ... nts ca FILE" c3_first
# It asks c3 for time, which has its own by now, so that c3 is client and server.
daemon c4 "$c4"
c4_first() {
	first c4 "$c4" 'ntscookies=8' &&
		has "$work/c4.log" \
			'NTSc: certificate invalid: [0-9]+=>unable to get local issuer certificate' \
			'NTSc: noval - accepting invalid cert\.' 'NTS-KE req to nts\.test took .*, OK'
}
check "C4 ... noval: what is wrong is said, and accepted" c4_first
known() {
	has "$work/c3.log" '0\.0\.0\.0 c012 02 freq_set kernel 12\.345678 PPM' &&
		has_not "$work/c3.log" 'freq_not_set'
}
check "C5 driftfile: read at the start" known
follows() { # NAMESPACE
	peers "$1" '^\*10\.91\.'
}
within 30 follows "$c2"
stats=$work/c2/stats
files() {
	for name in loopstats peerstats rawstats; do
		[ -s "$stats/$name" ] || { ls -l "$stats"; return 1; }
	done
	[ -s "$work/e/stats/clockstats" ]
}
check "C6 statsdir: the files are there" within 20 files
# form FILE REGEX: every line of it
form() {
	[ -s "$1" ] && has_not "$1" '^$' && ! grep -Evn "^[0-9]{5} [0-9]{1,5}\.[0-9]{3} $2\$" "$1"
}
n9='-?[0-9]+\.[0-9]{9}'
n6='-?[0-9]+\.[0-9]{6}'
forms() {
	form "$stats/loopstats" "$n9 $n6 $n9 $n6 [0-9]+" &&
		form "$stats/peerstats" "[^ ]+ [0-9a-f]{1,4} $n9 $n9 $n9 $n9" &&
		form "$stats/rawstats" \
			"[^ ]+ [^ ]+ ($n9 ){4}[0-3] [1-7] [0-7] [0-9]+ -?[0-9]+ -?[0-9]+ $n6 $n6 [^ ]+ [0-9]+ [0-9]+ [0-9a-f]+" &&
		form "$work/e/stats/clockstats" 'NMEA\(0\) .+' &&
		form "$work/server/stats/protostats" '[^ ]+ [0-9a-f]{4} [0-9a-f]{2} .+' &&
		form "$work/server/stats/ntskelog" \
			'( OK| KE|TLS) [0-9]+\.[0-9]{3} [0-9]+\.[0-9]{3} [0-9]+\.[0-9]{3} [^ ]+ .+'
}
check "C7 statistics: columns of six kinds of files" forms
dated() {
	day=$(date -u +%Y%m%d)
	for name in loopstats peerstats rawstats; do
		equal "$(stat -c %h:%i "$stats/$name.$day")" "$(stat -c %h:%i "$stats/$name")" &&
			[ "$(stat -c %h "$stats/$name")" = 2 ] || return 1
	done
}
check "C8 filegen type day: dated files and hard links" dated
log=$work/c2/ntp.log
# in_order FILE REGEX...: lines of these forms, in this order
in_order() {
	in_order_at=1
	in_order_file=$1
	shift
	for in_order_line in "$@"; do
		in_order_next=$(tail -n "+$in_order_at" "$in_order_file" |
			grep -nEm1 -- "$in_order_line" | cut -d: -f1)
		[ -n "$in_order_next" ] || {
			echo "missing from line $in_order_at on: $in_order_line"
			return 1
		}
		in_order_at=$((in_order_at + in_order_next))
	done
}
starts='INIT: ntpd gnomon-[^ ]+: Starting$'
twice() {
	in_order "$work/c2.log" "$starts" 'LOG: switching logging to file' &&
		equal "$(grep -Ec "$starts" "$log")" 1
}
check "C9 logfile: the first lines are told before, and again in the file" twice
classes() {
	has "$log" 'PROTO: 0\.0\.0\.0 ' 'PROTO: 10\.91\.12\.1 ' && has_not "$work/c1.log" 'PROTO:'
}
check "C10 logconfig: events with =syncall +clockall +peerall +sysall, none without" classes
check "C11 comments, order and paths as the guide writes them" clean c3
burst() {
	peers "$c1" '^\*10\.91\.11\.1 .* (7|[1-3]?[137]?7|17|37|77) '
}
check "C12 iburst: three answers and a system peer in 10 s" within 10 burst
polls() {
	says '^[*]10\.91\.11\.1 +127\.127\.1\.0 +11 u +[-0-9]+ +(8|16|32|64) ' \
		grep '^[*]10' "$work/peers"
}
check "C13 a poll of N is 2^N seconds" polls
check "C14 the authorities of the library, which its environment may name" \
	has "$log" 'NTSc: Using system default root certificates\.'

# ------------------------------------------------------------------------------ server
local_clock() {
	ntp "$server" -p >"$work/peers"
	has "$work/peers" '^\*LOCAL\(0\) +\.LOCL\. +10 l '
}
check "S1 server 127.127.1.0 prefer: LOCAL(0) is followed at once" local_clock
stratum() {
	ntp "$server" -c rv >"$work/rv"
	has "$work/rv" 'leap_none' 'stratum=11' 'refid=127\.127\.1\.0' &&
		ntp "$c1" -c 'rv &1 stratum,refid,leap' >"$work/rv" &&
		has "$work/rv" 'stratum=11' 'refid=127\.127\.1\.0' 'leap=(00|0)'
}
check "S2 fudge stratum 10: stratum 11 is announced" stratum
three_forms() {
	for form in "nts enable cert a key b" "nts enable|nts cert a key b" \
		"nts enable|nts cert a|nts key b"; do
		echo "$form" | tr '|' '\n' >"$work/form.conf"
		"$GNOMOND" --dialect ntp --convert "$work/form.conf" 2>/dev/null |
			grep -E 'ntsserver(cert|key)' >"$work/form.$(echo "$form" | tr -cd '|' | wc -c)"
	done
	cat "$work"/form.?
	[ -s "$work/form.0" ] && cmp "$work/form.0" "$work/form.1" && cmp "$work/form.0" "$work/form.2"
}
check "S3 nts enable, cert and key on one line, on two, on three" three_forms
counter() { # NAMESPACE NAME...: counters of ntpq -c nts
	counter_space=$1
	shift
	ntp "$counter_space" -c nts >"$work/nts.$counter_space"
	for counter_name in "$@"; do
		sed -n "s/^$counter_name: *//p" "$work/nts.$counter_space"
	done | paste -sd' '
}
both() {
	counter "$c3" 'NTS client recvs good' 'NTS server recvs good' 'NTS KE serves good' |
		tee "$work/both" | grep -E '^[1-9][0-9]* [1-9][0-9]* 1$'
}
check "S4 client and server in one process, with the counters of both" within 20 both
sockets() {
	has "$work/server.log" 'NTSs: starting NTS-KE server listening on port 4460' \
		'NTSs: listen4 worked' 'NTSs: listen6 worked' || return
	ip netns exec "$server" ss -Htuln >"$work/sockets"
	for socket in '0\.0\.0\.0:4460' '\[::\]:4460' '0\.0\.0\.0:123' '\[::\]:123'; do
		has "$work/sockets" "$socket" || return
	done
}
check "S5 it listens on TCP 4460 and UDP 123, of IPv4 and IPv6" sockets

# ------------------------------------------------------------------------------ starting
verified() {
	has "$unit" 'Documentation=man:ntpd\(8\)' 'NTPD_OPTS=-g -N -u ntp:ntp' \
		'ExecStart=.*/ntpd .*\$NTPD_OPTS' || return
	command -v systemd-analyze >/dev/null || return 0
	program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
	sed "s,^ExecStart=$program,ExecStart=$work/root$program," "$unit" >"$work/verify.service"
	systemd-analyze verify --man=no "$work/verify.service" 2>&1 | grep -v 'Assuming\|deprecated' |
		tee "$work/said" | grep 'verify\.service' && return 1
	return 0
}
check "D1 the unit: ntpd(8), -g -N -u ntp:ntp, and systemd finds nothing wrong" verified
# The line of the unit, in a namespace of its own.
lab_host d 22
conf d </dev/null
mkdir -p "$work/d.run"
forks() {
	ip netns exec "$d" setpriv --bounding-set -sys_time --inh-caps -sys_time \
		"$ntpd" -g -N -u nobody:nogroup -c "$work/d/ntp.conf" -p "$work/d.run/pid" || return
	d_pid=$(cat "$work/d.run/pid")
	pids="$pids $d_pid"
	kill -0 "$d_pid" && [ "$(wc -l <"$work/d.run/pid")" -eq 0 ]
}
check "D2 the process that was started ends with 0, -p has the daemon's" forks
small() {
	rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$work/d.run/pid")/status")
	echo "$rss kB"
	[ "$rss" -gt 0 ] && [ "$rss" -lt 27000 ]
}
check "D1 and it takes less than 27 MB" small
not_root() {
	says 'INIT: must be run as root, not uid 65534' setpriv --reuid 65534 --clear-groups "$ntpd" -n
	setpriv --reuid 65534 --clear-groups "$ntpd" -n >/dev/null 2>&1
	[ $? -eq 1 ]
}
check "D3 it needs root, and says so" not_root
live() {
	in_order "$work/e.log" "$starts" 'INIT: Command line: .*/ntpd -n -c .*/ntp\.conf -d$' \
		'PROTO: 0\.0\.0\.0 c016 06 restart'
}
check "D4 -n -d: the log is on the terminal" within 5 live

# ------------------------------------------------------------------------------ the log
# What was told before the log file, and then the file.
cat "$work/c2.log" "$log" >"$work/whole"
line L1 'INIT: ntpd gnomon-[^ ]+: Starting$'
line L2 "INIT: Command line: $ntpd -n -c $work/c2/ntp.conf\$"
line L3 'INIT: precision = [0-9]+\.[0-9]{3} usec \(-[0-9]+\)$'
line L4 'INIT: (successfully locked into RAM|mlockall\(\) failed: not locking into RAM)$'
line L5 "CONFIG: readconfig: parsing file: $work/c2/ntp.conf\$"
line L5 "CONFIG: readconfig: automatically walking directory: $work/c2/ntp.d\$"
line L6 "LOG: switching logging to file $log\$"
line L6 'INIT: ntpd gnomon-[^ ]+: Starting$'
line L6 "INIT: Command line: $ntpd "
line L6 'INIT: MRU [0-9]+ entries, [0-9]+ hash bits, [0-9]+ bytes$'
line L7 'INIT: Using SO_TIMESTAMP(NS|ING)$'
line L8 'IO: Listen and drop on 0 v6wildcard \[::\]:123$'
line L8 'IO: Listen and drop on 1 v4wildcard 0\.0\.0\.0:123$'
line L9 'IO: Listen normally on 2 lo 127\.0\.0\.1:123$'
line L9 "IO: Listen normally on 3 g12b$$ 10\\.91\\.12\\.2:123\$"
line L9 'IO: Listen normally on 4 lo \[::1\]:123$'
line L9 "IO: Listen normally on 5 g12b$$ \\[fd91:12::2\\]:123\$"
line L9 "IO: Listen normally on 6 g12b$$ \\[fe80::[0-9a-f:]+%[0-9]+\\]:123\$"
line L10 'IO: Listening on routing socket on fd #[0-9]+ for interface updates$'
# An address that comes is told, and one that goes.
comes_and_goes() {
	ip -n "$c1" addr add 10.91.11.77/24 dev "g11b$$"
	within 5 grep -Eq 'IO: Listen normally on [0-9]+ g11b[0-9]+ 10\.91\.11\.77:123$' "$work/c1.log" &&
		ip -n "$c1" addr del 10.91.11.77/24 dev "g11b$$" &&
		within 5 grep -Eq 'IO: Deleting [0-9]+ g11b[0-9]+, 10\.91\.11\.77:123$' "$work/c1.log"
}
check "L10 and it hears of an address that comes, and that goes" comes_and_goes
line L11 'PROTO: nts\.test c011 81 mobilize assoc [0-9]+$'
check "L12 the build refuses a time_t of 32 bits" has "$srcdir/configure.ac" 'time_t has 64 bits'
line L13 'PROTO: 0\.0\.0\.0 c01d 0d kern kernel time sync (en|dis)abled$'
line L14 'PROTO: 0\.0\.0\.0 c012 02 freq_set kernel -?[0-9]+\.[0-9]{6} PPM$'
line L15 'PROTO: 0\.0\.0\.0 c011 01 freq_not_set$'
line L16 'PROTO: 0\.0\.0\.0 c016 06 restart$'
nts_lines
# It is told when the clock is steered, which only a simulation does here: ntpd_log_test.
check "L38 freq_mode is not told with disable ntp" has_not "$work/whole" 'freq_mode'
servers_log() {
	has "$work/server.log" 'NTSs: loaded certificate \(chain\) from ' \
		'NTSs: loaded private key from ' 'NTSs: Private Key OK' &&
		has "$work/c3.log" \
			'NTSs: NTS-KE from 10\.91\.14\.2:[0-9]+, OK, Using TLSv1\.3:TLS_[A-Z0-9_]+\([0-9]+\), took [0-9.]+ sec, CPU: [0-9.]+\+[0-9.]+ ms$'
}
check "L and the server's lines" servers_log

# ------------------------------------------------------------------------------ monitoring
reached() {
	peers "$m" '^[-*+]10\.91\.15\.1 .* 377 '
}
check "M1 ntpq -p is the guide's table" peers "$c2" \
	'^ +remote +refid +st t when poll reach +delay +offset +jitter$' '^=+$' \
	'^[*+]10\.91\.12\.1 +127\.127\.1\.0 +11 8 +[-0-9]+ +[0-9]+ +[0-7]+ +[0-9.]+ +-?[0-9.]+ +[0-9.]+$'
within 20 reached
kinds() {
	peers "$m" '^[^ ]10\.91\.15\.1 .* 11 8 ' '^.10\.91\.15\.3 .* 11 u ' \
		'^.(many\.nts\.test|10\.91\.15\.7) .* p ' || { cat "$work/peers"; return 1; }
	ntp "$server" -p | grep -E '^\*LOCAL\(0\) .* l '
}
check "M2 column t: cookies of NTS, u plain, l a clock, p a pool" kinds
decimals() {
	peers "$m" '^[-*+]10\.91\.15\.3 .* 377 +[0-9]+\.[0-9]{4} +-?[0-9]+\.[0-9]{4} +[0-9]+\.[0-9]{4}$'
}
check "M3 reach is octal, 377 after eight; milliseconds with four decimals" within 10 decimals
refids() {
	peers "$c1" ' 127\.127\.1\.0 +11 ' && ntp "$server" -p | grep -E ' \.LOCL\. +10 '
}
check "M4 refid: an address, or four letters between dots" refids
tallies() {
	peers "$m" '^[-*+#o x.]10\.91\.15\.1 ' &&
		equal "$(grep -c '^\*' "$work/peers")" 1 && has "$work/peers" '^ (many|10\.91\.15\.7)'
}
check "M5 tallies: one system peer, a blank for what is not selected" tallies

# The rules of 7.2, on a client and a server that rest.
client_rule() {
	# shellcheck disable=SC2046
	set -- $(counter "$c2" 'NTS client sends' 'NTS client recvs good' 'NTS client recvs w error')
	echo "$@"
	[ "$1" -ge $(($2 + $3)) ] && [ "$2" -ge 1 ]
}
check "M client sends are no fewer than what came" client_rule
server_rule() {
	# shellcheck disable=SC2046
	set -- $(counter "$server" 'NTS server sends' 'NTS server recvs good' \
		'NTS server recvs w error' 'NTS make cookies' 'NTS decode cookies' \
		'NTS decode cookies old' 'NTS decode cookies old2' 'NTS decode cookies older' \
		'NTS decode cookies too old' 'NTS decode cookies error' 'NTS KE serves good')
	echo "$@"
	[ "$1" = "$2" ] && [ $(($5 + $9 + ${10})) = $(($2 + $3)) ] &&
		[ "$4" -ge $((8 * ${11} + $1)) ] && [ "${11}" -ge 4 ]
}
check "M server sends are its good ones, cookies are decoded and made as they say" server_rule

# ------------------------------------------------------------------------------ bad requests
# x asks through the relay, which flips a bit of each of eight requests. ntpq looks on.
answered() { # N: requests passed the relay, so many at least
	[ "$(grep -c '^resp pass' "$work/relay.log")" -ge "$1" ]
}
check "X2 aead AES_SIV_CMAC_512: the algorithm asked for, cookies of 168 bytes" within 10 \
	grep -E 'NTSc: Got 8 cookies, length 168, aead=17\.$' "$work/x.log"
within 20 answered 3
suffered() { # MODE N: so many requests did, and two have passed since
	tail -n "+$phase" "$work/relay.log" |
		awk -v mode="$1" -v n="$2" '$1 == "req" && $2 == mode { bad++ }
			$1 == "resp" && bad == n && $2 == "pass" { good++ }
			END { exit !(bad == n && good >= 2) }'
}
# One ntpq prints its table again and again.
looking() {
	export PYTHONUNBUFFERED=1
	while sleep 0.25; do
		echo peers
	done | stock "$x" "$ntpq" -n 127.0.0.1 >"$work/looks" 2>&1
}
bad='NTS server recvs w error'
before=$(counter "$server" "$bad" 'NTS server sends' 'NTS decode cookies error')
# shellcheck disable=SC2086
set -- $before
bad_before=$1 error_before=$3
phase=$(($(lines "$work/relay.log") + 1))
probes=$(grep -c 'NTSc: connecting to' "$work/x.log")
looking &
looking_pid=$!
pids="$pids $looking_pid"
within 20 grep -q '10\.91\.17\.1 .* 11 8 ' "$work/looks"
echo "mangle 8" >"$work/mode"
within 30 suffered mangle 8
sizes=$(relay_sizes "$work/relay.log" "$phase" mangle)
check "X4 X5 each lost cookie makes the request grow by one, up to 1,232 bytes" \
	equal "$sizes" "$(relay_grown 8 168) 296"
probed() {
	tail -n "+$phase" "$work/relay.log" | grep -c '^req mangle'
	equal "$(grep -c 'NTSc: connecting to' "$work/x.log")" $((probes + 1))
}
check "X6 after the last cookie there is one key establishment, and it goes on" probed
recovered() {
	peers "$x" '^[*+ ]10\.91\.17\.1 +127\.127\.1\.0 +11 8 ' && tail -n 1 "$work/relay.log" |
		grep '^resp pass 296$'
}
check "X7 then there are eight cookies again, and sizes are the least" within 5 recovered
kill "$looking_pid" 2>/dev/null
counts_down() {
	# what column t said, whenever it changed; a loaded machine may not look at each second
	sed -n 's/.*10\.91\.17\.1 *[0-9.]* *11 \(.\) .*/\1/p' "$work/looks" | uniq >"$work/counts"
	paste -sd' ' "$work/counts"
	awk '$1 == 8 { whole = whole || steps >= 4; steps = 0; last = 8; next }
		$1 < last { steps++; last = $1; next }
		{ steps = -9 }
		END { exit !whole }' "$work/counts"
}
check "X8 column t counts down, and is 8 again" counts_down
not_nts() {
	ntp "$c1" -c 'rv &1 ntscookies' >"$work/rv"
	has "$work/rv" 'ntscookies=-1'
}
check "X8 ntscookies is -1 without NTS" not_nts
eight() {
	# shellcheck disable=SC2046
	set -- $(counter "$server" "$bad" 'NTS decode cookies error')
	echo "$* after $before"
	[ "$1" -eq $((bad_before + 8)) ] && [ "$2" -eq "$error_before" ]
}
check "X9 M6 eight requests with a flipped bit: the server counts them, and its cookies were good" eight
unanswered() {
	# a refusal has 84 bytes, and no more
	tail -n "+$phase" "$work/relay.log" | grep '^resp mangle' | sort | uniq -c
	! tail -n "+$phase" "$work/relay.log" | grep '^resp mangle' | grep -v ' 84$'
}
check "M6 nothing but a refusal came back" unanswered
begin() { # MODE N
	phase=$(($(lines "$work/relay.log") + 1))
	echo "$1 $2" >"$work/mode"
	within 20 suffered "$1" "$2"
	echo pass >"$work/mode"
}
begin cookie 1
broken() {
	# shellcheck disable=SC2046
	set -- $(counter "$server" "$bad" 'NTS decode cookies error')
	echo "$* after $before"
	[ "$1" -eq $((bad_before + 9)) ] && [ "$2" -eq $((error_before + 1)) ]
}
check "M7 a bit of the cookie: as M6, and decode cookies error counts it" broken
begin drop 3
check "X7 three lost requests: the next asks for four cookies, and gets them" \
	equal "$(relay_sizes "$work/relay.log" "$phase" drop)" "$(relay_grown 4 168)"
never_plain() {
	! grep -E '^req [a-z]+ (48|68|72)$' "$work/relay.log" && grep -c '^req' "$work/relay.log"
}
check "X10 after a refusal there are new keys, never plain NTP" never_plain

# Cookies of old keys.
wait "$ages_pid"
aged_as() { # N NAME: with so many newer keys it counts as this, and not as another
	cat "$work/ages.log"
	sed -n 's/^NTS decode cookies//p' "$work/aged.$1"
	[ "$(sed -n "s/^NTS decode cookies$2: *//p" "$work/aged.$1")" -ge 1 ] || return
	for other in ' old' ' old2' ' older' ' too old'; do
		[ "$other" = "$2" ] ||
			[ "$(sed -n "s/^NTS decode cookies$other: *//p" "$work/aged.$1")" = 0 ] || return
	done
}
check "M9 a cookie of a key that one has followed: old" aged_as 1 ' old'
check "M9 two: old2" aged_as 2 ' old2'
check "M9 three: older" aged_as 3 ' older'
check "M9 nine: older" aged_as 9 ' older'
check "M9 M8 ten, and the key is unknown: too old" aged_as 10 ' too old'
not_server() {
	# shellcheck disable=SC2046
	set -- $(counter "$c1" 'NTS cookies not server' 'NTS server recvs w error')
	echo "$* before"
	ip netns exec "$server" python3 "$here/ke.py" naks 10.91.11.2 5
	ntp "$c1" -c 'rv 0 nts_cookie_not_server' >"$work/rv"
	has "$work/rv" 'nts_cookie_not_server=5'
}
check "M10 who serves no NTS counts cookies that come: not server" not_server

# ------------------------------------------------------------------------------ packets
followed() { # NAMESPACE
	within 10 peers "$1" '^\*10\.91\.'
}
legacy() {
	followed "$u" || return
	has "$work/u.log" 'NTS over TLS 1\.2 is not what RFC 8915 allows' \
		'NTSc: Using TLSv1\.2, ' 'NTSc: Got 8 cookies, length 168, aead=17\.'
}
check "X1 nts mintls TLS1.2 on both sides: a warning, and it works" legacy
# Another one asks t without saying so.
lab_host v 24 "$t"
echo "10.91.24.1 nts.test" | lab_names "$v"
conf v <<CONF
server nts.test minpoll 0 maxpoll 0 nts ca $work/ca.pem
restrict 127.0.0.1
CONF
daemon v "$v"
check "X1 a client that does not say so refuses TLS 1.2" within 10 \
	grep -E 'NTSc: NTS-KE req to nts\.test took .* sec, fail$' "$work/v.log"
check "X1 and asks for no time" equal "$(counter "$v" 'NTS client sends')" 0
master_secret() {
	# The server's hello: TLS 1.2, without the extension that says 1.3, with the extended master
	# secret (23); a session without it is not taken.
	awk -F, '$4 ~ /(^|\+)2(\+|$)/ && $5 ~ /0x0303/ && $6 ~ /(^|\+)23(\+|$)/ && $6 !~ /(^|\+)43(\+|$)/ {
		n++ } END { exit !n }' "$work/tls.log" || { cat "$work/tls.log"; return 1; }
	printf 'openssl_conf = c\n[c]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nOptions = -ExtendedMasterSecret\n' \
		>"$work/no_ems.cnf"
	: | ip netns exec "$u" env OPENSSL_CONF="$work/no_ems.cnf" timeout 30 openssl s_client -tls1_2 \
		-alpn ntske/1 -CAfile "$work/ca.pem" -servername nts.test -connect 10.91.19.1:4460 \
		>"$work/s_client" 2>&1
	has "$work/s_client" 'Extended master secret: no' || return
	within 5 grep -E 'NTSs: NTS-KE from .*extended master secret' "$work/t.log"
}
check "X1 the extended master secret is asked for, and a session without it refused" master_secret
on_the_wire() { # LENGTH LOG-OF: all packets both ways have it
	awk -F, -v n="$1" '$2 == n + 8 && $3 == n + 42 { same++ } $2 != "" && $2 != n + 8 { other++ }
		END { print same + 0, other + 0; exit !(same >= 4 && !other) }' "$2"
}
check "X3 296 bytes both ways, 338 in the frame" within 10 on_the_wire 296 "$work/tls.log"
packets_of() { # NAMESPACE'S NET: lengths, fields and the first bytes of requests
	awk -F, -v a="10.91.$1.2" '$1 == a || $2 == a' "$work/wire.log"
}
defaults() {
	has "$log" 'NTSc: Using TLSv1\.3, ' && packets_of 12 | awk -F, '
		{ $3 == 240 && $4 == 274 ? same++ : other++ }
		$1 == "10.91.12.2" { sent++; plain += $6 ~ /^2300..20/ && $5 == "0x0104+0x0204+0x0404" }
		END { print same + 0, other + 0, sent + 0, plain + 0
			exit !(same >= 4 && !other && sent == plain) }'
}
check "X11 the defaults: TLS 1.3, AEAD 15, 232 bytes, 274 in the frame, told of us only the poll" \
	defaults
mixed() {
	awk -F, '
		$1 ~ /^10\.91\.15\.[1-6]$/ && $2 == "10.91.15.2" { got[$1 " " $3]++ }
		$1 == "10.91.15.2" { sent[$2 " " $3]++ }
		END {
			split("3 56,4 76,5 80,6 76,1 304", all, ",")
			for (i = 1; i <= 5; i++) {
				k = "10.91.15." all[i]
				print k, sent[k] + 0, got[k] + 0
				bad += sent[k] < 3 || got[k] < sent[k] - 1
			}
			exit bad > 0
		}' "$work/wire.log"
}
check "X12 plain (48), MD5 and AES-CMAC (68), SHA-1 (72), NTS of AEAD 15 and 17 on one port at once" \
	mixed
hello() {
	awk -F, '$4 ~ /(^|\+)1(\+|$)/ && $7 == "ntske/1" && $8 == "nts.test" { n++ } END { exit !n }' \
		"$work/tls.log"
}
check "X the ClientHello says ntske/1 and whom it wants" hello

# ------------------------------------------------------------------------------ the end
for name in c1 c2 c3 c4 m x u v t server e; do
	eval "stop \$${name}_pid"
	echo "$name $stopped"
done >"$work/ends"
check "SIGTERM ends every daemon with 0" has_not "$work/ends" ' [^0]'
check "and is told" has "$work/server.log" 'ERR: ntpd exiting on signal 15 \(Terminated\)$'
check "in the log file too" has "$log" 'ERR: ntpd exiting on signal 15 \(Terminated\)$'
check "no socket is left" equal "none $(ip netns exec "$server" ss -Htuln)" "none "
check "C5 the drift file is written at the end" grep -Ex -- '-?[0-9]+\.[0-9]{6}' "$work/c2/ntp.drift"
finish
