#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# chronyd and gnomond one after the other in every order on one state directory: what one writes,
# the other reads: drift file, samples (dumpdir, -r), symmetric keys, cookies of an NTS client and
# keys of an NTS server (ntsdumpdir). The file of the
# RTC is taken over in interposer.sh, where there is one.
. "$(dirname "$0")/lib.sh"
need chronyd chronyc
need_nts
lab
lab_authority
lab_certificate srv srv.test DNS:nts.test,IP:10.91.0.1

mkdir "$work/state" "$work/keys" "$work/bin"
chmod 750 "$work/state" "$work/keys"
echo '7 SHA1 HEX:0011223344556677889900112233445566778899' >"$work/chrony.keys"
chmod 640 "$work/chrony.keys"
# gnomond is called as what it takes the place of.
ln -s "$GNOMOND" "$work/bin/chronyd"

# program WHO: its daemon
program() {
	case $1 in
	theirs) echo "$chronyd" ;;
	ours) echo "$work/bin/chronyd" ;;
	esac
}
# conf NAME: a configuration that both read
conf() {
	run_dir "$1"
	{
		echo "bindcmdaddress $work/$1/ctl.sock"
		echo "pidfile $work/$1/pid"
		cat
	} >"$work/$1.conf"
}
# begin NAME NAMESPACE WHO [OPTION]: starts a daemon; its messages go to $work/messages
begin() {
	begin_name=$1 begin_space=$2 begin_who=$3
	shift 3
	rm -f "$work/$begin_name.messages"
	start "$begin_name" "$begin_space" "$(program "$begin_who")" -x -U -u root -n \
		-f "$work/$begin_name.conf" -l "$work/$begin_name.messages" "$@"
	within 5 test -S "$work/$begin_name/ctl.sock"
}
says() {
	grep -q -e "$2" "$work/$1.messages"
}

# --- a plain client: drift, samples, keys
conf server <<END
local stratum 3
allow
cmdport 0
keyfile $work/chrony.keys
END
begin server "$server" ours
plain_server=$started
conf client <<END
server 10.91.0.1 iburst minpoll 0 maxpoll 0 key 7
port 0
cmdport 0
keyfile $work/chrony.keys
driftfile $work/state/drift
dumpdir $work/state
END

# drift_of WHO: what it makes of the drift file, as "F S", by what it logs
drift_of() {
	begin client "$client" "$1"
	within 5 says client 'Frequency .* read from'
	stop "$started"
	sed -n 's/.*Frequency \([-0-9.]*\) +\/- \([0-9.]*\) ppm read from.*/\1 \2/p' \
		"$work/client.messages"
}
# life WHO OPTION...: one life of the client, until it follows the server
life() {
	life_who=$1
	shift
	begin client "$client" "$life_who" "$@"
	within 15 selected client
	life_status=$?
	stop "$started"
	return "$life_status"
}
well_formed_drift() {
	grep -qE '^ *-?[0-9]+\.[0-9]{6} +[0-9]+\.[0-9]{6}$' "$work/state/drift" &&
		[ "$(wc -l <"$work/state/drift")" -eq 1 ]
}
dumped() {
	head -1 "$work/state/10.91.0.1.dat" | grep -q '^SRC0$' &&
		sed -n 2p "$work/state/10.91.0.1.dat" | grep -q '^10.91.0.1$' &&
		[ "$(wc -l <"$work/state/10.91.0.1.dat")" -gt 6 ]
}

echo '           12.345678             0.250000' >"$work/state/drift"
check "both read the same out of a drift file" test "$(drift_of theirs)" = "$(drift_of ours)"
check "which is what is in it" test "$(drift_of ours)" = "12.346 0.250"
first=
for who in theirs ours ours theirs theirs ours; do
	if [ -n "$first" ]; then
		check "$who after $first: with its key it follows the server" life "$who" -r
		check "and takes the samples over" says client 'Loaded dump file for 10.91.0.1'
		check "and the frequency" says client 'Frequency .* read from'
	else
		check "$who begins: with its key it follows the server" life "$who"
	fi
	check "it leaves a drift file" well_formed_drift
	check "and its samples" dumped
	first=$who
done
stop "$plain_server"

# --- an NTS client: cookies
conf nts <<END
local stratum 3
allow
cmdport 0
ntsservercert $work/srv.pem
ntsserverkey $work/srv.key
ntsdumpdir $work/keys
END
conf cookies <<END
server 10.91.0.1 iburst minpoll 0 maxpoll 0 nts
ntstrustedcerts $work/ca.pem
port 0
cmdport 0
ntsdumpdir $work/state
END
# established: how often the client has made keys with the server since the first, as authdata says
auth() {
	ctl cookies -c -n authdata | grep ',NTS,'
}
authentic() {
	auth | awk -F, '$4 == 15 && $9 >= 1 && $7 == 0 { good = 1 } END { exit !good }' &&
		selected cookies
}
cookies_life() {
	begin cookies "$client" "$1"
	within 20 authentic
	cookies_status=$?
	established=$(auth | cut -d, -f3)
	stop "$started"
	return "$cookies_status"
}
saved() {
	head -1 "$work/state/10.91.0.1.nts" | grep -q '^NNC0$' &&
		[ "$(stat -c %a "$work/state/10.91.0.1.nts")" = 600 ]
}
begin nts "$server" ours
nts_server=$started
first=
for who in theirs ours ours theirs theirs ours; do
	check "$who ${first:+after $first }over NTS" cookies_life "$who"
	check "with ${first:+the cookies of the one before: }keys made once" \
		test "$established" = 1
	check "it leaves its cookies" saved
	first=$who
done
stop "$nts_server"

# --- an NTS server: its keys; the client goes on with the cookies it has
begin nts "$server" theirs
nts_server=$started
rm -f "$work/state/10.91.0.1.nts"
begin cookies "$client" ours
check "a client of chronyd's server" within 20 authentic
ctl cookies -n authdata | sed 's/^/# /'
current() {
	sed -n 5p "$work/keys/ntskeys" | cut -d' ' -f2
}
first=theirs
for who in ours ours theirs theirs ours theirs; do
	stop "$nts_server"
	check "$first leaves the keys of its cookies" \
		grep -q '^NKS[01]$' "$work/keys/ntskeys"
	key=$(current)
	begin nts "$server" "$who"
	nts_server=$started
	# chronyd 4.3 does not say that it does.
	[ "$who" = theirs ] ||
		check "$who after $first takes them over" within 5 says nts 'Loaded server NTS keys'
	made=$(auth | cut -d, -f3)
	good=$(ctl cookies -c -n ntpdata | cut -d, -f31)
	more() {
		[ "$(ctl cookies -c -n ntpdata | cut -d, -f31)" -gt "$((good + 3))" ]
	}
	check "$who after $first: its cookies are good for the client" within 20 more
	check "which makes no new keys" test "$(auth | cut -d, -f3)" = "$made"
	stop "$nts_server"
	check "the key in force is the same" test "$(current)" = "$key"
	begin nts "$server" "$who"
	nts_server=$started
	first=$who
done
finish
