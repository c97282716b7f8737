#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The command line and the life of the process: messages, exit statuses, PID file, background,
# readiness. The clock is never touched: -x, or a user without rights.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || skip_all "the options of a daemon that starts as root"

# settings that stay inside $work and open no port
mkdir "$work/run"
chmod 770 "$work/run"
quiet="$work/quiet.conf"
cat >"$quiet" <<END
pidfile $work/pid
bindcmdaddress $work/run/sock
cmdport 0
port 0
user root
END

# exits STATUS TEXT COMMAND...: the command ends with this status and says this text
exits() {
	status=$1
	text=$2
	shift 2
	timeout 60 "$@" >"$work/out" 2>&1
	[ $? -eq "$status" ] && grep -qF -e "$text" "$work/out" && return
	cat "$work/out"
	return 1
}

# gone PID
gone() {
	! kill -0 "$1"
}

version="gnomond (gnomon) "
check "-v" exits 0 "$version" "$GNOMOND" -v
check "--version behind anything" exits 0 "+CMDMON" "$GNOMOND" -L x --version
check "-h" exits 0 "Usage: " "$GNOMOND" -h
check "unknown option" exits 1 "invalid option" "$GNOMOND" -Z
check "bad argument" exits 1 "Fatal error : Invalid argument x" "$GNOMOND" -t x
check "missing file" exits 1 "Could not open $work/none" "$GNOMOND" -x -d -f "$work/none"
check "bad directive" exits 1 "servr" "$GNOMOND" -x -d "servr 127.0.0.1"
check "-p prints the settings" exits 0 "server 127.0.0.1 iburst" \
	"$GNOMOND" -p "server   127.0.0.1  iburst"
check "-t" exits 1 "Timeout reached" "$GNOMOND" -x -d -f "$quiet" -t 1
check "-t with local reference" exits 0 "Timeout reached" \
	"$GNOMOND" -x -d -t 1 "local" "pidfile /" "cmdport 0" "port 0" "bindcmdaddress /" "user root"
check "nobody to hear, nobody to ask" exits 1 "Fatal error : Nothing to do" \
	"$GNOMOND" -x -d "pidfile /" "cmdport 0" "port 0" "bindcmdaddress /" "user root"
check "-Q without a source" exits 1 "No suitable source" "$GNOMOND" -Q -f "$quiet" -t 10
check "-Q left no PID file" test ! -e "$work/pid"
if "$GNOMOND" -v | grep -q +SCFILTER; then
	for level in 1 2 -1 -2; do
		check "-F $level" exits 1 "Loaded seccomp filter (level ${level#-})" \
			"$GNOMOND" -x -d -f "$quiet" -F $level -t 1
		check "and it goes on" grep -q "Timeout reached" "$work/out"
	done
	check "-F 3" exits 1 "Unsupported filter level" "$GNOMOND" -x -d -f "$quiet" -F 3
	echo "mailonchange root@localhost 0.5" >"$work/mail.conf"
	cat "$quiet" >>"$work/mail.conf"
	check "-F and mail" exits 1 "mailonchange directive cannot be used with -F enabled" \
		"$GNOMOND" -x -d -f "$work/mail.conf" -F 1
else
	check "-F 1 warns" exits 1 "System call filter is not built in" \
		"$GNOMOND" -x -d -f "$quiet" -F 1 -t 1
fi
check "unknown user" exits 1 "Could not get user/group ID of no-such-user" \
	"$GNOMOND" -x -d -f "$quiet" -u no-such-user
check "bad priority" exits 1 "Bad scheduler priority: 1000" \
	"$GNOMOND" -x -d -f "$quiet" -P 1000

# in the background: the starter ends when the daemon is ready
check "starts in the background" timeout 60 "$GNOMOND" -x -f "$quiet" -l "$work/log"
pid=$(cat "$work/pid" 2>/dev/null || echo 0)
if [ "$pid" -gt 1 ]; then
	pids="$pids $pid"
	check "ready means that the command socket is there" test -S "$work/run/sock"
	check "log line" grep -qE \
		'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z gnomond version .* starting' \
		"$work/log"
	check "refuses a second one" exits 1 \
		"Another gnomond may already be running (pid=$pid), check $work/pid" \
		"$GNOMOND" -x -f "$quiet" -l "$work/log2"
	check "a third one with another PID file" exits 1 \
		"Could not open command socket on $work/run/sock: Address already in use" \
		"$GNOMOND" -x -d "pidfile $work/pid3" "bindcmdaddress $work/run/sock" "cmdport 0" \
		"port 0" "user root" -t 1
	check "leaves the first one its command socket" "$GNOMONCTL" -h "$work/run/sock" tracking
	kill "$pid"
	check "ends on SIGTERM" within 5 gone "$pid"
	check "says so" grep -q 'gnomond exiting' "$work/log"
	check "PID file and socket are gone" test ! -e "$work/pid" -a ! -e "$work/run/sock"
else
	result 1 "PID file"
fi
check "a failure in the background is told by the starter" exits 1 \
	"Could not get user/group ID of no-such-user" "$GNOMOND" -x -f "$quiet" -u no-such-user
check "relative log file in the background" exits 1 "Could not open $PWD/relative/log" \
	"$GNOMOND" -x -f "$quiet" -l relative/log

# the daemon lives in "/", its arguments are from here
here_and_there() {
	cd "$work" && "$GNOMOND" -x -f quiet.conf -l here.log && within 5 test -s pid &&
		kill "$(cat pid)" && within 5 grep -q 'gnomond exiting' here.log
}
check "relative paths are from where it was started" here_and_there

# readiness on a descriptor
mkfifo "$work/ready"
"$GNOMOND" -x -d -f "$quiet" -N 5 5>"$work/ready" 2>"$work/log" &
pid=$!
pids="$pids $pid"
check "-N" timeout 10 cat "$work/ready"
for signal in INT QUIT; do
	[ "$signal" = INT ] || {
		"$GNOMOND" -x -d -f "$quiet" 2>"$work/log" &
		pid=$!
		pids="$pids $pid"
		within 5 test -S "$work/run/sock"
	}
	kill -s "$signal" "$pid"
	wait "$pid"
	result $? "status 0 on SIG$signal"
done

# a directory that others may enter is not trusted with the command socket
chmod 777 "$work/run"
check "open run directory" exits 1 "Wrong permissions on $work/run" \
	"$GNOMOND" -x -d -f "$quiet" -t 1
check "disables the command socket" grep -q "Disabled command socket $work/run/sock" "$work/out"
check "says what to do" grep -q "if nobody else uses $work/run, 'chown 0:0'" "$work/out"
chmod 770 "$work/run"

if setpriv --reuid 65534 --clear-groups "$GNOMOND" -v >"$work/out" 2>&1
then
	nobody="setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs"
	check "not root" exits 1 "Fatal error : Not superuser" $nobody "$GNOMOND" -d -f "$quiet"
	check "without the right to set the clock it goes on" exits 1 "CAP_SYS_TIME not present" \
		$nobody "$GNOMOND" -U -d -t 1 "pidfile /" "bindcmdaddress /" "cmdport 0" "port 0"
	check "and says what it does" grep -q 'Disabled control of system clock' "$work/out"
	"$GNOMOND" -x -d "user nobody" "pidfile /" "bindcmdaddress $work/nobody/sock" "cmdport 0" \
		"port 0" 2>"$work/log" &
	pid=$!
	pids="$pids $pid"
	check "runs as its user" within 5 grep -q '^Uid:	65534	65534	65534	65534' \
		"/proc/$pid/status"
	check "without capabilities" grep -q '^CapEff:	0*$' "/proc/$pid/status"
	check "with a socket in a directory of the user's" within 5 test -S "$work/nobody/sock"
	mkdir "$work/other"
	check "run directory of another user" exits 1 "Wrong owner of $work/other (UID != 0)" \
		sh -c "chown 65534:65534 '$work/other' && chmod 750 '$work/other' && exec '$GNOMOND' -x \
		-d 'pidfile /' 'bindcmdaddress $work/other/sock' 'cmdport 0' 'port 0' 'user root' -t 1"
	check "and what to do then" grep -q "uses $work/other, 'chown 0:0'" "$work/out"
	check "which is closed" test "$(stat -c '%a %u' "$work/nobody")" = "770 65534"
	kill "$pid"
	wait "$pid"
	result $? "status 0 on SIGTERM"
	"$GNOMOND" -x -d "user nobody" "pidfile /" "bindcmdaddress /" "cmdport 0" "port 0" \
		"acquisitionport 123" 2>"$work/log" &
	pid=$!
	pids="$pids $pid"
	# CAP_NET_BIND_SERVICE: its sockets are opened for each request
	check "keeps the right to a low acquisitionport" within 5 grep -q '^CapEff:	0*400$' \
		"/proc/$pid/status"
	kill "$pid"
	wait "$pid"
fi
finish
