#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# monitorsocket: whoever is of its group may ask everything there and change nothing; nobody else
# may ask.
. "$(dirname "$0")/lib.sh"
lab

group=12345
gnomond_conf server <<END
local stratum 5
allow
cmdport 0
monitorsocket $work/monitor/sock group $group
END
start server "$server" "$GNOMOND" -x -n -f "$work/server.conf" -l "$work/server.messages"
check "the daemon starts" within 10 test -S "$work/monitor/sock"

# as GROUP ARGUMENTS...: gnomonctl at the monitoring socket, as somebody of a group
as() {
	as_group=$1
	shift
	setpriv --reuid 65534 --regid "$as_group" --clear-groups \
		"$GNOMONCTL" -h "$work/monitor/sock" "$@"
}
# refused ARGUMENTS...: not authorised
refused() {
	as $group "$@" >"$work/out" 2>&1
	[ $? -eq 1 ] && grep -q '^501 Not authorised' "$work/out"
}

check "its directory is the group's" test "$(stat -c '%g %a' "$work/monitor")" = "$group 3770"
check "so is the socket, of the mode asked for" \
	test "$(stat -c '%g %a' "$work/monitor/sock")" = "$group 660"
for report in tracking sources sourcestats activity clients serverstats ntpdata authdata selectdata \
	rtcdata smoothing "manual list" "accheck 10.91.0.2"; do
	# shellcheck disable=SC2086 # a command of several words
	as $group $report >"$work/out" 2>&1
	[ $? -le 1 ] && ! grep -qE '^50[0126]' "$work/out"
	result $? "it tells: $report"
done
for command in makestep "allow 1.2.3.4" "deny all" "add server 10.91.0.9" "reload sources" \
	"reload config" "local stratum 3" cyclelogs dump rekey shutdown "manual on" refresh; do
	# shellcheck disable=SC2086 # a command of several words
	check "it does not do: $command" refused $command
done
as 12346 tracking >"$work/out" 2>&1
result $((1 - $?)) "another group may not even ask"

# counters cannot be set back by asking for them
check "somebody asks for the time" ip netns exec "$client" "$GNOMOND" -Q -t 5 \
	"server 10.91.0.1 iburst maxsamples 1"
hits() {
	as $group -c -n clients "$@" | grep '^10.91.0.2,' | cut -d, -f2
}
before=$(hits -r)
check "the client was counted" test "${before:-0}" -ge 1
check "asking with -r sets nothing back" test "$(hits)" -ge "${before:-0}"
check "where it is allowed it does" test "$(ctl server -c -n clients -r | wc -l)" -ge 1
check "and did" test -z "$(hits | grep -v '^0$')"
check "the daemon runs" ctl server tracking

# It comes, moves and goes with the configuration.
sed -i "s,^monitorsocket.*,monitorsocket $work/monitor/other group $group mode 0600," "$work/server.conf"
ctl server reload config >"$work/out"
check "it moves" within 5 test -S "$work/monitor/other"
sed -i '/^monitorsocket/d' "$work/server.conf"
ctl server reload config >"$work/out"
check "it goes" within 5 test ! -e "$work/monitor/other"
finish
