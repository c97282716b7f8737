#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The exporters, agents and libraries that ask chronyd: their requests, sent by a script, are answered
# by gnomond as they were by chronyd (consumers.py), and so is what others make of chronyc's text.
. "$(dirname "$0")/lib.sh"
own_memory "$@"
need chronyd
chronyd=$found
command -v python3 >/dev/null || skip_all "no python3"
lab

upstream "$chronyd"
gnomond_conf gnomond <<EOF
server 10.91.0.1 iburst minpoll 2 maxpoll 2
server 10.91.0.77 minpoll 6
server a-name-that-nobody-knows.invalid
refclock SHM 9 refid SHM9 poll 2
allow
EOF
start gnomond "$client" "$GNOMOND" -x -U -d -f "$work/gnomond.conf"
check "gnomond is synchronised" within 15 selected gnomond
run_dir asker
start asker "$server" "$chronyd" -x -U -u root -d "server 10.91.0.2 iburst" "port 0" "cmdport 0" \
	"bindcmdaddress $work/asker/ctl.sock" "pidfile $work/asker/pid"
has_client() {
	ctl gnomond -c -n clients | grep -q '^10.91.0.1,[1-9]'
}
check "gnomond has a client" within 10 has_client
stop "$started"

# Its results are counted as this test's.
ip netns exec "$client" python3 "$here/consumers.py" "$work/gnomond/ctl.sock" "$GNOMONCTL" \
	>"$work/consumers" 2>&1 || true
check "all consumers had their turn" grep -q '^[0-9]* passed, [0-9]* failed$' "$work/consumers"
while read -r line; do
	case $line in
	ok\ *) result 0 "${line#* - }" ;;
	not\ ok\ *) result 1 "${line#* - }" ;;
	\#*) echo "$line" ;;
	*" passed"*) ;;
	*) echo "# $line" ;;
	esac
done <"$work/consumers"
finish
