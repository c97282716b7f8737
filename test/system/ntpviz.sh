#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# ntpviz of Debian makes its pages and plots from files of statistics that gnomond wrote: in a few
# seconds here, and in two hours of the simulator's, over midnight.
. "$(dirname "$0")/lib.sh"
need ntpviz ntpq
need_tool gnuplot
simulated=$(dirname "$GNOMOND")/test/sim/statistics_test
lab_ntpq
lab

mkdir "$work/stats" "$work/simulated"
cat >"$work/server.conf" <<END
disable ntp
server 127.127.1.0 prefer
restrict default
END
cat >"$work/client.conf" <<END
server 10.91.0.1 iburst minpoll 0 maxpoll 0
server fd91::1 iburst minpoll 0 maxpoll 0
statsdir $work/stats/
statistics loopstats peerstats clockstats rawstats
END
for who in server client; do
	[ $who = server ] && space=$server || space=$client
	start $who "$space" "$GNOMOND" -x -U -d -u root --dialect ntp -f "$work/$who.conf"
done
lines() {
	[ "$(cat "$work"/stats/"$1".20* 2>/dev/null | wc -l)" -ge "$2" ]
}
check "gnomond writes loopstats" within 40 lines loopstats 12
check "gnomond writes peerstats" within 20 lines peerstats 24
stop "$started"

# viz NAME ARGUMENTS...: pages of the files of one directory; all that it says must be that there
# are no temperatures
viz() {
	name=$1
	shift
	stock "$client" "$GNOMON_PARTNERS/usr/bin/ntpviz" -g -w s -n test -d "$work/$name" \
		-o "$work/$name.pages" "$@" >"$work/$name.said" 2>&1
	status=$?
	cat "$work/$name.said"
	[ $status -eq 0 ] && ! grep -v 'WARNING: no temps to graph$' "$work/$name.said"
}
# plots NAME SOURCE...: each that there is to be, as a picture, and a place for it in the page
plots() {
	pages=$work/$1.pages
	shift
	set -- local-offset local-jitter local-stability local-offset-histogram peer-offsets \
		peer-jitters "$@"
	for plot; do
		[ "$(head -c 4 "$pages/$plot.png" | tail -c 3)" = PNG ] || {
			ls -l "$pages"
			echo "no $plot"
			return 1
		}
		grep -q "src=['\"]$plot.png" "$pages/index.html" || {
			echo "$plot is not in the page"
			return 1
		}
	done
}
# extremes NAME: the least and largest offset of the page's summary are those of loopstats, in
# whatever unit it chose
extremes() {
	cat "$work/$1.pages/summary.csv"
	cat "$work/$1"/loopstats.20* | awk '
		NR == 1 { least = most = $3 }
		{ least = $3 < least ? $3 : least; most = $3 > most ? $3 : most }
		END { print least, most }' >"$work/extremes"
	read -r least most <"$work/extremes"
	awk -F, -v least="$least" -v most="$most" '
		function near(a, b) { return (a - b) ^ 2 <= (1e-3 * (a ^ 2 + b ^ 2) ^ 0.5 + 1e-9) ^ 2 }
		/^Local Clock Time Offset/ {
			unit["s"] = 1; unit["ms"] = 1e-3; unit["ns"] = 1e-9; unit["ps"] = 1e-12
			scale = $15 in unit ? unit[$15] : 1e-6
			found = near($2 * scale, least) && near($8 * scale, most)
		}
		END { exit !found }' "$work/$1.pages/summary.csv"
}
check "ntpviz reads what gnomond wrote here" viz stats -p 1
check "and plots it" plots stats peer-offset-10.91.0.1 peer-jitter-10.91.0.1
check "its summary is that of loopstats" extremes stats

if [ -x "$simulated" ]; then
	check "the simulator's files" env GNOMON_STATISTICS="$work/simulated" "$simulated"
	# Files that were not written to in the period are skipped; these are of the simulator's time.
	touch -d @1795480300 "$work"/simulated/*
	check "ntpviz reads them" viz simulated -s 1795473000 -e 1795480300
	check "and plots them" plots simulated peer-offset-192.168.123.1 peer-jitter-192.168.123.1
	check "its summary is that of both days" extremes simulated
else
	echo "# test/sim/statistics_test is not built: two hours are not looked at"
fi
finish
