#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The configuration is read again, by SIGHUP and by "reload config": what changed is taken over, what
# is known of sources that stay is not lost, what cannot change is named, and a configuration with
# a mistake changes nothing.
. "$(dirname "$0")/lib.sh"
lab

gnomond_conf server <<END
local stratum 5
allow
cmdport 0
END
start server "$server" "$GNOMOND" -x -n -f "$work/server.conf" -l "$work/server.messages"

# conf LINES...: writes the client's configuration anew
conf() {
	{
		cat "$work/base.conf"
		printf '%s\n' "$@"
	} >"$work/new.conf"
	mv "$work/new.conf" "$work/client.conf"
}
# told TEXT: the client said so since the last reload
told() {
	tail -n +"$((lines + 1))" "$work/client.messages" | grep -qF -e "$1"
}
mark() {
	lines=$(wc -l <"$work/client.messages")
}
# ask COMMAND...: at the client's socket of commands, which moves
socket=ctl.sock
ask() {
	"$GNOMONCTL" -h "$work/client/$socket" "$@"
}
# reload: by command
reload() {
	mark
	ask reload config
}
read_again() {
	told 'Configuration read again'
}
# sources: the sources, sorted
sources() {
	ask -c -n sources | cut -d, -f3 | sort | tr '\n' ' '
}
has_sources() {
	[ "$(sources)" = "$1" ]
}
# samples ADDRESS: how many samples its estimate is made of
samples() {
	ask -c -n sourcestats | grep "^$1," | cut -d, -f2
}
good_samples() {
	[ "$(samples 10.91.0.1)" -ge "$1" ]
}
in_state() { # STATE ADDRESS
	ask -c -n sources | grep -q "^.,$1,$2,"
}
serves() { # PORT
	"$GNOMOND" -Q -t 3 "server 127.0.0.1 port $1 iburst maxsamples 1"
}

gnomond_conf client </dev/null
cp "$work/client.conf" "$work/base.conf"
conf 'server 10.91.0.1 iburst minpoll 0 maxpoll 0 xleave' 'cmdport 0'
start client "$client" "$GNOMOND" -x -n -f "$work/client.conf" -l "$work/client.messages"
client_pid=$started
# setpriv and ip end in the daemon itself: this is its pid
check "the client follows a server" within 15 selected client
check "and has samples" within 15 good_samples 6
before=$(samples 10.91.0.1)

# --- unchanged
check "nothing changed: nothing is done" reload
check "which is said" told 'Configuration read again: 0 settings changed'
check "samples are there" good_samples "$before"

# --- sources added, changed, removed
conf 'server 10.91.0.1 iburst minpoll 0 maxpoll 1 xleave noselect' \
	'server fd91::1 iburst minpoll 0 maxpoll 0' 'cmdport 0' 'allow 10.91.0.0/24' \
	"log tracking" "logdir $work/log" 'maxdistance 2.5' 'port 10123'
mkdir "$work/log"
mark
kill -HUP "$client_pid"
check "SIGHUP has it read again" within 5 read_again
check "a source came" within 5 has_sources '10.91.0.1 fd91::1 '
check "the other one kept its samples" good_samples "$before"
check "and was told apart from now on" told 'Changed options of source 10.91.0.1'
check "what is not to be selected is not" within 15 in_state '[*]' fd91::1
check "a network is allowed" ask accheck 10.91.0.9
check "a socket is opened for it" within 5 ip netns exec "$client" "$GNOMOND" -Q -t 3 -n \
	"server 10.91.0.2 port 10123 iburst maxsamples 1 maxdelay 1"
check "a log begins" within 10 test -s "$work/log/tracking.log"

# --- mistakes
cp "$work/client.conf" "$work/good.conf"
echo 'servr 10.91.0.7' >>"$work/client.conf"
echo 'server 10.91.0.8' >>"$work/client.conf"
line=$(grep -n servr "$work/client.conf" | cut -d: -f1)
mark
ask reload config >"$work/out" 2>&1
result $((1 - $?)) "a mistake: reload config fails"
check "and says so" grep -q '^500 Failure' "$work/out"
check "and why" grep -qx "$work/client.conf:$line: Invalid directive servr, did you mean server?" \
	"$work/out"
check "with the line and what was meant" \
	told "$work/client.conf:$line: Invalid directive servr, did you mean server?"
check "nothing changed" has_sources '10.91.0.1 fd91::1 '
cp "$work/good.conf" "$work/client.conf"
echo 'ntsservercert /none' >>"$work/client.conf"
echo 'ntsserverkey /none' >>"$work/client.conf"
mark
ask reload config >"$work/out" 2>&1
result $((1 - $?)) "a certificate that is not there: reload config fails"
check "and says which file" grep -qx 'Could not open /none : No such file or directory' "$work/out"
check "as the log does" told "Could not open /none"
check "nothing changed either" has_sources '10.91.0.1 fd91::1 '

# --- what cannot change
cp "$work/good.conf" "$work/client.conf"
echo "pidfile $work/other.pid" >>"$work/client.conf"
echo 'clientloglimit 1000000' >>"$work/client.conf"
check "what cannot change is no failure" reload
check "it is named: pidfile" told 'pidfile cannot change while running'
check "and clientloglimit" told 'clientloglimit cannot change while running'

# --- options that make another source of it; keys; sockets of commands
echo '7 SHA1 HEX:0011223344556677889900112233445566778899' >"$work/keys"
chmod 600 "$work/keys"
conf 'server 10.91.0.1 iburst minpoll 0 maxpoll 0' "keyfile $work/keys" 'cmdport 11323' \
	"bindcmdaddress $work/client/other.sock" 'cmdallow 127.0.0.0/8' 'manual' 'local stratum 9'
check "sockets of commands can move" reload
check "the new one answers" within 5 "$GNOMONCTL" -h "$work/client/other.sock" tracking
check "the old one is gone" test ! -e "$work/client/ctl.sock"
check "UDP answers at its new port" within 5 ip netns exec "$client" \
	"$GNOMONCTL" -h 127.0.0.1 -p 11323 tracking
socket=other.sock
check "a source was removed" within 5 has_sources '10.91.0.1 '
check "and one begun anew" told 'Removed source 10.91.0.1'
check "keys were read" told 'Loaded 1 symmetric keys'
check "nobody is served" test "$(ask accheck 10.91.0.9)" = '209 Access denied'
check "time can be set by hand" ask manual list
check "the daemon runs" kill -0 "$client_pid"

# --- certificates: what is in the files now is served, under the same names
serve_as() { # NAME: its certificate is in the files
	cp "$work/$1.pem" "$work/serving.new" && mv "$work/serving.new" "$work/serving.pem" &&
		cp "$work/$1.key" "$work/serving.new" && mv "$work/serving.new" "$work/serving.key"
}
shows() { # NAME: the server of keys has its certificate
	: | ip netns exec "$client" timeout 5 openssl s_client -connect 10.91.0.2:14460 \
		-alpn ntske/1 2>/dev/null | openssl x509 -noout -subject | grep -q "CN = $1\$"
}
if has_nts "$GNOMOND" && command -v openssl >/dev/null; then
	lab_authority
	for name in first second; do
		lab_certificate $name $name DNS:nts.test
	done
	serve_as first
	conf 'cmdport 0' "bindcmdaddress $work/client/other.sock" 'allow' 'port 10123' 'ntsport 14460' \
		"ntsservercert $work/serving.pem" "ntsserverkey $work/serving.key"
	check "a server of keys begins" reload
	check "with its certificate" within 10 shows first
	serve_as second
	check "the certificate was renewed" reload
	check "and is shown" within 10 shows second
else
	skip "no NTS, or no openssl"
fi

# --- chronyd ends on SIGHUP
mkdir "$work/bin"
ln -s "$GNOMOND" "$work/bin/chronyd"
gnomond_conf drop <<END
cmdport 0
port 0
END
start drop "$client" "$work/bin/chronyd" -x -n -f "$work/drop.conf" -l "$work/drop.messages"
check "chronyd starts" within 5 test -s "$work/drop/pid"
kill -HUP "$started"
check "chronyd ends on SIGHUP" within 5 grep -q 'chronyd exiting' "$work/drop.messages"
finish
