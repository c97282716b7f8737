# SPDX-License-Identifier: BSD-2-Clause
# Common to the system tests: two network namespaces joined by a veth pair, processes that are
# remembered by pid, and results in TAP's words.
#
# Environment: GNOMOND, GNOMONCTL: programs under test; GNOMON_PARTNERS: root of the unpacked
# packages of other daemons.
# shellcheck shell=sh disable=SC2034

set -u
: "${GNOMOND:?path of gnomond}" "${GNOMONCTL:?path of gnomonctl}"
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/gnomon-test.XXXXXX")
chmod 755 "$work"
pids=
spaces=
passed=0
failed=0
skipped=0

lab_cleanup() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
		# One that a test stopped would not end.
		kill -CONT "$pid" 2>/dev/null
	done
	for pid in $pids; do
		wait "$pid" 2>/dev/null
	done
	for space in $spaces; do
		# What still runs there was started by this test, whatever became of its pid.
		for pid in $(ip netns pids "$space" 2>/dev/null); do
			kill "$pid" 2>/dev/null
		done
		ip netns del "$space" 2>/dev/null
		rm -rf "/etc/netns/$space"
	done
	[ -z "$spaces" ] || rmdir /etc/netns 2>/dev/null
	rm -rf "$work"
}
trap lab_cleanup EXIT
trap 'exit 1' INT TERM HUP

# result STATUS NAME: counts and prints one result
result() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok $((passed + failed + skipped)) - $2"
	else
		failed=$((failed + 1))
		echo "not ok $((passed + failed + skipped)) - $2"
	fi
}

# own_memory "$@": begins the test again where no other program sees its shared memory (SHM), before
# anything else is done
own_memory() {
	[ -z "${GNOMON_TEST_IPC-}" ] || return 0
	unshare --ipc true 2>/dev/null || skip_all "no namespace for shared memory here"
	rmdir "$work"
	GNOMON_TEST_IPC=1 exec unshare --ipc "$0" "$@"
}

# equal GOT WANTED: two outputs are the same, and not empty
equal() {
	echo "got: $1"
	echo "wanted: $2"
	[ -n "$1" ] && [ "$1" = "$2" ]
}

# check NAME COMMAND...: passes when the command does
check() {
	check_name=$1
	shift
	"$@" >"$work/check.out" 2>&1
	check_status=$?
	result "$check_status" "$check_name"
	[ "$check_status" -eq 0 ] || sed 's/^/# /' "$work/check.out" | head -40
}

# finish: closing line and exit status
finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
	exit
}

# skip REASON: one thing cannot be tested here
skip() {
	skipped=$((skipped + 1))
	echo "ok $((passed + failed + skipped)) # SKIP $1"
}

# skip_all REASON: nothing can be tested here
skip_all() {
	skip "$1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

# need PROGRAM...: partners' programs, or skip everything; the path of each is in a variable of its
# name (what follows its hyphen), the last one's in $found too
chronyd='' chronyc='' ntpd='' ntpq='' timesyncd='' gpsd=''
need() {
	for partner in "$@"; do
		found=
		for dir in usr/sbin usr/bin lib/systemd usr/lib/systemd; do
			[ -x "${GNOMON_PARTNERS:-}/$dir/$partner" ] &&
				found=$GNOMON_PARTNERS/$dir/$partner && break
		done
		[ -n "$found" ] || skip_all "no $partner under GNOMON_PARTNERS=${GNOMON_PARTNERS:-}"
		eval "${partner#*-}=\$found"
	done
}

# need_tool NAME...: programs of this system, or skip everything
need_tool() {
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip_all "no $tool"
	done
}

# has_nts PROGRAM: this gnomond was built with NTS
has_nts() {
	"$1" --version | grep -q -F +NTS
}

# need_nts: gnomond has NTS and certificates can be made for it, or skip everything
need_nts() {
	has_nts "$GNOMOND" || skip_all "gnomond is built without NTS"
	need_tool openssl
}

# lab: namespaces $server (10.91.0.1, fd91::1) and $client (10.91.0.2, fd91::2), which has names of
# its own in $hosts
lab() {
	[ "$(id -u)" -eq 0 ] || skip_all "network namespaces need root"
	server=gnomon-s$$
	client=gnomon-c$$
	hosts=/etc/netns/$client/hosts
	ip netns add "$server" || skip_all "no network namespaces here"
	spaces=$server
	ip netns add "$client"
	spaces="$server $client"
	ip netns exec "$client" true 2>/dev/null ||
		skip_all "no program runs in a network namespace here (is / a mount point?)"
	ip link add gns$$ netns "$server" type veth peer name gnc$$ netns "$client"
	for space in $server $client; do
		side=1
		link=gns$$
		[ "$space" = "$client" ] && side=2 && link=gnc$$
		ip -n "$space" link set lo up
		ip -n "$space" link set "$link" up
		ip -n "$space" addr add 10.91.0.$side/24 dev "$link"
		ip -n "$space" addr add fd91::$side/64 dev "$link" nodad
	done
}

# lab_names [NAMESPACE]: its programs, else those of $client, know the names of standard input
lab_names() {
	mkdir -p "/etc/netns/${1:-$client}"
	cat >"/etc/netns/${1:-$client}/hosts"
}

# lab_authority [NAME]: a certificate authority, $work/NAME.pem and NAME.key (else ca)
lab_authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$work/${1:-ca}.key" -out "$work/${1:-ca}.pem" -days 30 \
		-subj "/O=Test/CN=${1:-TestRootCA}" \
		-addext "basicConstraints=critical,CA:TRUE" \
		-addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
}

# lab_certificate NAME CN NAMES [AUTHORITY [FROM TO]]: a certificate, $work/NAME.pem and NAME.key,
# for NAMES as subjectAltName has them, valid between two dates as YYYYMMDD
lab_certificate() {
	mkdir -p "$work/ca.$1"
	: >"$work/ca.$1/index"
	printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\n' "$3" >"$work/$1.ext"
	cat >"$work/ca.$1/conf" <<-CONF
		[ca]
		default_ca = a
		[a]
		database = $work/ca.$1/index
		new_certs_dir = $work/ca.$1
		default_md = sha256
		policy = p
		rand_serial = yes
		[p]
		organizationName = optional
		commonName = supplied
	CONF
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" \
		-out "$work/$1.csr" -subj "/O=Test/CN=$2" 2>/dev/null &&
		openssl ca -batch -notext -config "$work/ca.$1/conf" -in "$work/$1.csr" \
			-cert "$work/${4:-ca}.pem" -keyfile "$work/${4:-ca}.key" -out "$work/$1.pem" \
			-extfile "$work/$1.ext" \
			-startdate "${5:-$(date -u -d '-2 days' +%Y%m%d)}000000Z" \
			-enddate "${6:-$(date -u -d '+30 days' +%Y%m%d)}000000Z" 2>"$work/$1.log"
}

# start NAME NAMESPACE COMMAND...: runs in the background without the right to set the clock;
# its output goes to $work/NAME.log; its pid is in $started
start() {
	start_log=$work/$1.log
	start_space=$2
	shift 2
	ip netns exec "$start_space" setpriv --bounding-set -sys_time --inh-caps -sys_time \
		"$@" >"$start_log" 2>&1 &
	started=$!
	pids="$pids $started"
}

# stop PID: ends one and waits for it; its exit status in $stopped
stop() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	stopped=$?
}

# within SECONDS COMMAND...: tries until the command passes. An idle machine takes SECONDS at most; one
# that is slow or has other work gets five times as long, and half a minute at least: how fast it is
# decides nothing. Not for what should fail: what it said last is shown then.
within() {
	within_end=$(($1 * 5))
	[ "$within_end" -ge 30 ] || within_end=30
	within_end=$(($(date +%s) + within_end))
	shift
	until "$@" >"$work/within.out" 2>&1; do
		if [ "$(date +%s)" -ge "$within_end" ]; then
			sed 's/^/# /' "$work/within.out" | head -20
			return 1
		fi
		sleep 0.2
	done
}

# run_dir NAME: a directory for a daemon's socket and pid file, as chronyd wants it
run_dir() {
	mkdir -p "$work/$1"
	chmod 750 "$work/$1"
}

# gnomond_conf NAME: begins the configuration of a gnomond that lives in $work/NAME; more lines
# are read from standard input
gnomond_conf() {
	run_dir "$1"
	{
		echo "bindcmdaddress $work/$1/ctl.sock"
		echo "pidfile $work/$1/pid"
		echo "user root"
		cat
	} >"$work/$1.conf"
}

# chronyd_conf NAME: the same of a chronyd
chronyd_conf() {
	run_dir "$1"
	{
		echo "bindcmdaddress $work/$1/ctl.sock"
		echo "pidfile $work/$1/pid"
		echo "cmdport 0"
		cat
	} >"$work/$1.conf"
}

# upstream CHRONYD: one in $server that only serves
upstream() {
	chronyd_conf upstream <<-CONF
		local stratum 1
		allow
	CONF
	start upstream "$server" "$1" -x -U -u root -d -f "$work/upstream.conf"
}

# ctl NAME ARGUMENTS...: gnomonctl on the socket of a daemon
ctl() {
	ctl_name=$1
	shift
	"$GNOMONCTL" -h "$work/$ctl_name/ctl.sock" "$@"
}

# selected NAME: some source is selected
selected() {
	ctl "$1" -n sources | grep -q '^[\^#=]\*'
}

# ------------------------------------------------------------------------------ more hosts
# lab_host NAME NUMBER [VIA]: one more namespace, in $NAME, which has 10.91.NUMBER.2 and
# fd91:NUMBER::2; the namespace VIA (else $server) has .1 and ::1 on the link gNUMBERa$$
lab_host() {
	lab_via=${3:-$server}
	lab_space=gnomon-$1$$
	ip netns add "$lab_space"
	spaces="$spaces $lab_space"
	ip link add "g$2a$$" netns "$lab_via" type veth peer name "g$2b$$" netns "$lab_space"
	ip -n "$lab_space" link set lo up
	ip -n "$lab_via" link set "g$2a$$" up
	ip -n "$lab_space" link set "g$2b$$" up
	ip -n "$lab_via" addr add "10.91.$2.1/24" dev "g$2a$$"
	ip -n "$lab_space" addr add "10.91.$2.2/24" dev "g$2b$$"
	ip -n "$lab_via" addr add "fd91:$2::1/64" dev "g$2a$$" nodad
	ip -n "$lab_space" addr add "fd91:$2::2/64" dev "g$2b$$" nodad
	eval "$1=\$lab_space"
}

# ------------------------------------------------------------------------------ ntpq
# lab_ntpq: lets the stock ntpq find its library, or skips everything. Call need ntpq first.
lab_ntpq() {
	library=$(find "$GNOMON_PARTNERS/usr/lib" -name libntpc.so | head -1)
	python_path=$work/python:$GNOMON_PARTNERS/usr/lib/python3/dist-packages
	# Python looks for libraries where they are installed, by whatever linker there is.
	mkdir "$work/python"
	cat >"$work/python/sitecustomize.py" <<-PYTHON
		import ctypes.util
		installed = ctypes.util.find_library
		ctypes.util.find_library = lambda name: "$library" if name == "ntpc" else installed(name)
	PYTHON
	env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$python_path" timeout 90 python3 "$ntpq" \
		--version 2>/dev/null | grep -q ntpsec || skip_all "ntpq does not run"
}

# stock NAMESPACE PROGRAM ARGUMENTS...: a Python program of NTPsec's
stock() {
	stock_space=$1
	shift
	ip netns exec "$stock_space" env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$python_path" \
		timeout 90 python3 "$@"
}

# ------------------------------------------------------------------------------ the relay
# relay_sizes LOG FROM MODE: lengths of the requests that suffered from line FROM on, and of the one
# after, on one line
relay_sizes() {
	tail -n "+$2" "$1" | awk -v mode="$3" '
		$1 != "req" || after { next }
		$2 == mode { suffering = 1 }
		suffering { line = line " " $3 }
		suffering && $2 == "pass" { after = 1 }
		END { print substr(line, 2) }'
}

# relay_grown N COOKIE: lengths of N requests that each ask for one cookie more, in 1,232 bytes at
# the most
relay_grown() {
	for more in $(seq 0 $(($1 - 1))); do
		n=$((128 + $2 + more * (4 + $2)))
		while [ $n -gt 1232 ]; do
			n=$((n - 4 - $2))
		done
		echo $n
	done | paste -sd' '
}

# ------------------------------------------------------------------------------ NTS
# number NAME COLUMN...: counters of ntsinfo, with a blank between
number() {
	number_of=$1
	shift
	ctl "$number_of" -c ntsinfo | cut -d, -f"$(echo "$*" | tr ' ' ,)" | tr , ' '
}

# nts_arithmetic NAME: the counters of a daemon agree with each other (ntsinfo)
nts_arithmetic() {
	nts_counters=$(ctl "$1" -c ntsinfo) || return 1
	echo "$nts_counters"
	echo "$nts_counters" | awk -F, '
		$1 < $2 + $3 { print "more answers than requests"; bad = 1 }
		$27 > $3 { print "more refusals than bad answers"; bad = 1 }
		$6 != $4 { print "not every good request was answered"; bad = 1 }
		$9 + $14 + $15 != $4 + $5 { print "cookies looked at are not requests"; bad = 1 }
		$9 != $10 + $11 + $12 + $13 { print "cookies opened are not those of all ages"; bad = 1 }
		$7 < 8 * $16 + $6 { print "too few cookies were made"; bad = 1 }
		$28 > $5 { print "more refusals than bad requests"; bad = 1 }
		END { exit bad + 0 }'
}
