#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# NTS with a chronyd that is newer than the distribution's: AES-128-GCM-SIV (AEAD 30) in both roles
# where the crypto library of gnomond has it, AEAD 15 where not.
#
# GNOMON_NEWER: root with that chronyd and its libraries, which need not fit this system.
. "$(dirname "$0")/lib.sh"
newer=${GNOMON_NEWER:-${GNOMON_PARTNERS%/root}/newer/root}/usr
libraries=$newer/lib/x86_64-linux-gnu
[ -x "$newer/sbin/chronyd" ] || skip_all "no chronyd under GNOMON_NEWER=${newer%/usr}"
need_tool openssl
# newer PROGRAM ARGUMENTS...: runs one of that root with its own libraries
newer() {
	newer_program=$1
	shift
	set -- "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" \
		"$newer/$newer_program" "$@"
	"$@"
}
version=$(newer sbin/chronyd --version) || skip_all "that chronyd does not run here"
echo "# $version"
lab

lab_authority root
lab_certificate good good.test DNS:nts.test,IP:10.91.0.1 root
echo "10.91.0.1 nts.test" | lab_names

# chronyd NAME NAMESPACE: one whose further lines are on standard input
chronyd() {
	chronyd_conf "$1"
	start "$1" "$2" "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" \
		"$newer/sbin/chronyd" -x -U -u root -d -f "$work/$1.conf"
}
# authentic NAME AEAD LENGTH: a gnomond has selected a source over NTS, with cookies of a length
authentic() {
	ctl "$1" -n -c authdata
	selected "$1" && ctl "$1" -n -c authdata |
		grep -q "^[^,]*,NTS,1,$2,[0-9]*,[0-9]*,0,0,8,$3\$"
}
# follows NAME AEAD: a chronyd has
follows() {
	newer bin/chronyc -u root -h "$work/$1/ctl.sock" -n -c authdata
	newer bin/chronyc -u root -h "$work/$1/ctl.sock" -n sources | grep -q '^\^\*' &&
		newer bin/chronyc -u root -h "$work/$1/ctl.sock" -n -c authdata |
		grep -q "^[^,]*,NTS,1,$2,[0-9]*,[0-9]*,0,0,8,"
}

number=0
for program in "$GNOMOND" "${GNOMOND_OTHER:-}"; do
	[ -x "$program" ] || continue
	number=$((number + 1))
	chronyd "server$number" "$server" <<-CONF
		local stratum 2
		allow
		ntsservercert $work/good.pem
		ntsserverkey $work/good.key
	CONF
	server_pid=$started
	gnomond_conf "client$number" <<-CONF
		server nts.test iburst minpoll 0 maxpoll 0 nts
		ntsaeads 30 15
		ntstrustedcerts $work/root.pem
		nosystemcert
		cmdport 0
	CONF
	start "client$number" "$client" "$program" -x -U -d -f "$work/client$number.conf"
	client_pid=$started
	within 10 grep ' cookies of [0-9]* bytes, AEAD' "$work/client$number.log"
	aead=15
	# It is offered by who has it, and chronyd takes what is offered first.
	if grep -q 'AEAD 30 ' "$work/client$number.log"; then aead=30; fi
	length=$([ $aead = 30 ] && echo 64 || echo 96)
	check "gnomond $number follows chronyd with AEAD $aead" within 15 \
		authentic "client$number" $aead "$length"
	old_way() {
		grep 'exported the old way' "$work/client$number.log"
	}
	check "with keys as the standard has them" eval '! old_way'
	check "and its counters agree" nts_arithmetic "client$number"
	stop "$client_pid"
	stop "$server_pid"

	gnomond_conf "ours$number" <<-CONF
		local stratum 2
		allow
		ntsservercert $work/good.pem
		ntsserverkey $work/good.key
	CONF
	start "ours$number" "$server" "$program" -x -U -d -f "$work/ours$number.conf"
	server_pid=$started
	within 10 ctl "ours$number" tracking
	chronyd "theirs$number" "$client" <<-CONF
		server nts.test iburst minpoll 0 maxpoll 0 nts
		ntstrustedcerts $work/root.pem
		nosystemcert
	CONF
	client_pid=$started
	check "chronyd follows gnomond $number with AEAD $aead" within 15 \
		follows "theirs$number" $aead
	check "and the counters of gnomond agree" nts_arithmetic "ours$number"
	no_naks() {
		ctl "ours$number" -c ntsinfo | awk -F, '{ ok = $5 == 0 && $28 == 0 && $16 == 1 } END { exit !ok }'
	}
	check "without a refusal, after one establishment" no_naks
	stop "$client_pid"
	stop "$server_pid"
done
finish
