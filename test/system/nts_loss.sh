#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An NTS client whose requests are mangled or lost on the way, or whose answers are: how its requests
# grow by a cookie each, how its cookies count down, how it fetches new ones and recovers, and that
# the counters of both sides agree. And the whole over TLS 1.2 where both ask for it.
. "$(dirname "$0")/lib.sh"
need_nts
need_tool python3
lab
lab_authority
lab_certificate srv nts.test DNS:relay.test,DNS:nts.test
lab_names <<HOSTS
10.91.0.1 nts.test
10.91.0.9 relay.test
HOSTS
ip -n "$server" addr add 10.91.0.9/24 dev gns$$

# ------------------------------------------------------------------------------ the three of them
# server NAME [LINE [ENVIRONMENT...]]: a gnomond that serves NTS
server() {
	gnomond_conf "$1" <<-CONF
		local stratum 2
		allow
		bindaddress 10.91.0.1
		cmdport 0
		ntsservercert $work/srv.pem
		ntsserverkey $work/srv.key
		ntsaeads 17 15
		${2-}
	CONF
	server_name=$1
	shift $(($# < 2 ? $# : 2))
	start "$server_name" "$server" env "$@" "${GNOMOND_OTHER:-$GNOMOND}" -x -U -d -4 -L -1 \
		-f "$work/$server_name.conf"
	server_pid=$started
}
# client NAME HOST [LINE]: a gnomond that asks it
client() {
	gnomond_conf "$1" <<-CONF
		server $2 minpoll 0 maxpoll 0 nts
		ntsaeads 17
		port 0
		cmdport 0
		ntstrustedcerts $work/ca.pem
		nosystemcert
		${3-}
	CONF
	start "$1" "$client" "$GNOMOND" -x -U -d -f "$work/$1.conf"
	client_pid=$started
}
server server
check "a server is there" within 10 ctl server activity
echo pass >"$work/mode"
start relay "$server" python3 "$here/relay.py" 10.91.0.9 10.91.0.1 "$work/mode"
relaying() {
	[ "$(ip netns exec "$server" ss -Htln "sport = :4460" | wc -l)" -ge 2 ]
}
within 10 relaying
client client relay.test

# The column of cookies of authdata whenever it changes, as ntpq -p has it in its column t.
watch_cookies() {
	last=
	while sleep 0.1; do
		now=$(ctl client -n -c authdata 2>/dev/null | cut -d, -f9)
		[ "$now" = "$last" ] || echo "$now"
		last=$now
	done
}
watch_cookies >>"$work/cookies" &
watch_pid=$!
pids="$pids $!"
answered() { # N: requests were, so many at least
	[ "$(grep -c '^resp pass' "$work/relay.log")" -ge "$1" ]
}
check "time passes through the relay" within 10 answered 3
cookie=$(ctl client -n -c authdata | cut -d, -f10)
small=$((128 + cookie))
each=$((4 + cookie))
check "cookies of AEAD 17 are of 164 or 160 bytes: $cookie" \
	test "$cookie" = 164 -o "$cookie" = 160

# remember: the counters that are looked at
remember() {
	ke=$(number client 25) server_bad=$(number server 5)
	cookie_bad=$(number server 15) too_old=$(number server 14)
}
established() { # N: key establishments so far
	[ "$(number client 25)" = "$1" ]
}
full() {
	[ "$(ctl client -n -c authdata | cut -d, -f9)" = 8 ]
}
# begin MODE N: lets so many requests suffer
begin() {
	within 5 full
	remember
	phase=$(($(wc -l <"$work/relay.log") + 1))
	: >"$work/cookies"
	echo "$1 $2" >"$work/mode"
}
# suffered MODE N: that is over, and two requests later all is well
suffered() {
	tail -n "+$phase" "$work/relay.log" |
		awk -v mode="$1" -v n="$2" '$1 == "req" && $2 == mode { bad++ }
			$1 == "resp" && bad == n && $2 == "pass" { good++ }
			END { exit !(bad == n && good >= 2) }'
}
end() {
	within "$3" suffered "$1" "$2"
	within 2 full
	echo pass >"$work/mode"
}
sizes() { # MODE
	relay_sizes "$work/relay.log" "$phase" "$1"
}
grown() { # N
	relay_grown "$1" "$cookie"
}

# ------------------------------------------------------------------------------ eight are mangled
# Eight cookies are spent on nothing, then keys are established anew: sizes begin again.
begin mangle 8
end mangle 8 40
check "mangled requests grow by a cookie each, up to 1,232 bytes; then they begin again" \
	equal "$(sizes mangle)" "$(grown 8) $small"
check "the cookies count down, and there are eight again" \
	equal "$(paste -sd' ' "$work/cookies" | grep -o '7 6 5 4 3 2 1 0.* 8$' | sed 's/0.*/0 8/')" \
	"7 6 5 4 3 2 1 0 8"
check "keys were established once more" equal "$(number client 25)" $((ke + 1))
check "the server counts the eight as bad" equal "$(number server 5)" $((server_bad + 8))
check "their cookies were good" equal "$(number server 14) $(number server 15)" \
	"$too_old $cookie_bad"

# ------------------------------------------------------------------------------ three
# The first answer brings all that was lost.
begin mangle 3
end mangle 3 20
check "three mangled requests: the next asks for four cookies" \
	equal "$(sizes mangle)" "$(grown 4)"
last_size() {
	tail -n 2 "$work/relay.log" | awk -v n="$small" '$3 == n { same++ } END { exit same != 2 }'
}
check "gets them, and sizes are the least again" within 5 last_size
check "without new keys" equal "$(number client 25)" "$ke"
check "the answer was as long as the request" grep -q "^resp pass $((small + 3 * each))\$" "$work/relay.log"

begin drop 3
end drop 3 20
check "lost requests do the same" equal "$(sizes drop)" "$(grown 4)"
check "and the server knows nothing of them" equal "$(number server 5)" "$server_bad"
begin dropresp 3
end dropresp 3 20
check "and lost answers" equal "$(sizes dropresp)" "$(grown 4)"
check "neither needs new keys" equal "$(number client 25)" "$ke"

# ------------------------------------------------------------------------------ cookie and tag
# The server refuses a request with a broken cookie or authenticator, by name: new keys are fetched.
begin cookie 1
end cookie 1 20
check "a broken cookie leads to new keys" within 5 established $((ke + 1))
check "it is counted" equal "$(number server 5) $(number server 15)" \
	"$((server_bad + 1)) $((cookie_bad + 1))"
begin tag 1
end tag 1 20
check "a broken authenticator too" within 5 established $((ke + 1))
check "and is no fault of the cookie" equal "$(number server 5) $(number server 15)" \
	"$((server_bad + 1)) $cookie_bad"
check "the client knows of two refusals" equal "$(number client 27)" 2

# ------------------------------------------------------------------------------ arithmetic
# The rules hold at every moment; the last request may be on its way.
arithmetic() {
	{ ctl client -c ntsinfo && ctl server -c ntsinfo; } | paste -sd, |
		awk -F, -v relay="$work/relay.log" '{
			while ((getline line < relay) > 0) {
				split(line, w, " ")
				if (w[1] == "req" && w[2] != "drop") arrived++
				if (w[1] == "req") left++
				if (w[1] == "resp" && w[3] >= '"$small"') answered++
				if (w[1] == "resp" && w[3] >= '"$small"')
					made += 1 + (w[3] - '"$small"') / '"$each"'
			}
			s = 28
			print
			print left " requests, " arrived " arrived, " answered " answered, " made " cookies"
			exit !($1 >= $2 + $3 && $1 >= left - 1 && $1 <= left + 1 &&
				$(s+6) == $(s+4) &&
				$(s+6) >= answered && $(s+6) <= answered + 1 &&
				$(s+9) == $(s+10) + $(s+11) + $(s+12) + $(s+13) &&
				$(s+9) == $(s+4) + $(s+5) - $(s+14) - $(s+15) &&
				$(s+4) + $(s+5) >= arrived && $(s+4) + $(s+5) <= arrived + 1 &&
				$(s+7) >= 8 * $(s+16) + made && $(s+7) <= 8 * $(s+16) + made + 1 &&
				$(s+16) == $25 && $26 == 0 && $(s+8) == 0)
		}'
}
check "the counters of client and server agree with what the relay saw" arithmetic
stop "$watch_pid"
stop "$client_pid"
stop "$server_pid"

# ------------------------------------------------------------------------------ TLS 1.2
# TLS 1.2 and AEAD 17, as guides show it. Both sides must ask for it; that 1.3 is not taken then is
# the doing of GnuTLS's own configuration.
printf '[overrides]\ndisabled-version = tls1.3\n' >"$work/gnutls.conf"
server server12 "ntsmintls TLS1.2" GNUTLS_SYSTEM_PRIORITY_FILE="$work/gnutls.conf"
check "a server of TLS 1.2 is there" within 10 ctl server12 activity
if ip netns exec "$server" openssl s_client -tls1_3 -alpn ntske/1 -connect 10.91.0.1:4460 \
	</dev/null 2>/dev/null | grep -q '^New, TLSv1.3'; then
	echo "ok - TLS 1.2 alone # SKIP this library cannot be told from outside"
	finish
fi
client client13 nts.test
check "is refused by a client that did not ask for it" within 10 grep -q \
	'TLS handshake with 10.91.0.1:4460 (nts.test) failed : ' "$work/client13.log"
check "which asks for no time" equal "$(ctl client13 -c ntsinfo | cut -d, -f1)" 0
stop "$client_pid"
if command -v tshark >/dev/null; then
	start capture "$client" tshark -l -n -i gnc$$ -f 'port 4460 or udp port 123' \
		-d tcp.port==4460,tls -T fields -E separator=, -E aggregator=+ -e udp.length \
		-e frame.len -e tls.handshake.version -e tls.handshake.extensions.supported_version
	within 10 grep -q "Capturing on" "$work/capture.log"
fi
client client12 nts.test "ntsmintls TLS1.2"
follows() {
	[ "$(number client12 2)" -ge 3 ]
}
check "and followed by one that did" within 15 follows
check "who says which version it was" grep \
	'NTS-KE with 10.91.0.1:4460 (nts.test): TLSv1.2, .* bits$' "$work/client12.log"
check "and the cookies are those of AEAD 17" grep \
	"8 cookies of $cookie bytes, AEAD 17 " "$work/client12.log"
if command -v tshark >/dev/null; then
	on_the_wire() {
		cat "$work/capture.log"
		# a server that takes TLS 1.3 names it in an extension
		awk -F, -v n=$((small + 8)) '
			$1 == n && $2 == n + 34 { same++ }
			$1 != "" && ($1 != n || $2 != n + 34) && NF == 4 { other++ }
			$3 == "0x0303" && $4 == "" { chosen++ }
			END { exit !(same >= 4 && !other && chosen == 1) }' "$work/capture.log"
	}
	check "tshark sees TLS 1.2 and nothing but packets of 128 + C bytes" within 5 on_the_wire
else
	skip "no tshark"
fi
finish
