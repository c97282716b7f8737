#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Other people's clients accept gnomond's time: chronyd, NTPsec's ntpd, systemd-timesyncd.
. "$(dirname "$0")/lib.sh"
need chronyd chronyc ntpd systemd-timesyncd
lab

gnomond_conf gnomond <<EOF
local stratum 2
allow
EOF
start gnomond "$server" "$GNOMOND" -x -U -d -f "$work/gnomond.conf"
check "gnomond serves" within 5 ctl gnomond tracking

chronyd_conf chronyd <<EOF
server 10.91.0.1 iburst minpoll 1 maxpoll 2
EOF
start chronyd "$client" "$chronyd" -x -U -u root -d -f "$work/chronyd.conf"

mkdir -p "$work/ntp"
cat >"$work/ntp.conf" <<EOF
server 10.91.0.1 iburst minpoll 3 maxpoll 3 prefer
restrict default
EOF
start ntpd "$client" "$ntpd" -n -g -c "$work/ntp.conf" -l "$work/ntpd.messages"

# timesyncd reads fixed paths only: it gets its own view of them, and no right to set the clock
cat >"$work/timesyncd.sh" <<EOF
mount -t tmpfs none /run || exit 1
mkdir -p /run/systemd/timesyncd.conf.d
printf '[Time]\nNTP=10.91.0.1\nFallbackNTP=\n' >/run/systemd/timesyncd.conf.d/test.conf
SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console
export SYSTEMD_LOG_LEVEL SYSTEMD_LOG_TARGET
exec setpriv --reuid 65534 --regid 65534 --clear-groups $timesyncd
EOF
start timesyncd "$client" unshare -m sh "$work/timesyncd.sh"

follows_chronyd() {
	"$chronyc" -h "$work/chronyd/ctl.sock" -n sources | grep -q '^\^\* 10.91.0.1 *2 '
}
follows_ntpd() {
	ip netns exec "$client" python3 "$here/query.py" 127.0.0.1 | grep '^0 3 10.91.0.1 '
}
follows_timesyncd() {
	grep -Eq 'Contacted time server 10\.91\.0\.1|NTP response:' "$work/timesyncd.log"
}
check "chronyd selects gnomond" within 20 follows_chronyd
check "timesyncd takes gnomond's answer" within 20 follows_timesyncd
check "ntpd selects gnomond" within 60 follows_ntpd
[ "$failed" -eq 0 ] || head -50 "$work"/*.log "$work/ntpd.messages" | sed 's/^/# /'
finish
