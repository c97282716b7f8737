#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Adds the reference clock driver that CONTRIBUTING.md shows to a copy of the sources, by one file
# and one line, builds that and asks it for the time.
. "$(dirname "$0")/lib.sh"
need_tool autoconf autoheader make "${CC:-cc}"
lab
top=$(cd "$here/../.." && pwd)
mkdir "$work/source" "$work/build"
(cd "$top" && cp -R configure.ac configure config.h.in Makefile.in common backends config daemon \
	refclocks cli doc "$work/source")

# The only block of C, and the one line that begins with four blanks and MODULE.
sed -n '/^```c$/,/^```$/{/^```/!p}' "$top/CONTRIBUTING.md" >"$work/source/refclocks/toy.c"
line=$(sed -n 's/^    \(MODULE(.*\)$/\1/p' "$top/CONTRIBUTING.md")
check "CONTRIBUTING.md has the file and the line" test -s "$work/source/refclocks/toy.c" -a -n "$line"
sed -i "/^MODULE(\[refclock\], \[local\]/a $line" "$work/source/configure.ac"
# Copied and changed within one second: without -f configure would count as new enough.
check "configure is made" sh -c "cd '$work/source' && autoconf -f && autoheader -f"
build() {
	cd "$work/build" && ../source/configure --with-crypto=none CFLAGS='-O0 -Werror' &&
		make -j2 gnomond
}
check "it builds without a warning" build
gnomond_conf toy <<EOF
refclock TOY 25 poll 0
EOF
start toy "$client" "$work/build/gnomond" -x -U -d -f "$work/toy.conf"
check "it is selected" within 15 selected toy
check "it says that the clock is 25 ms slow" within 5 sh -c \
	"'$GNOMONCTL' -c -h '$work/toy/ctl.sock' tracking | awk -F, '{ ok = \$5 > 0.0249 && \$5 < 0.0251 } END { exit !ok }'"
"$GNOMONCTL" -h "$work/toy/ctl.sock" sources | sed 's/^/# /'
echo "refclock TOY much" >"$work/bad.conf"
check "its messages are printed" sh -c \
	"'$work/build/gnomond' -x -U -d -f '$work/bad.conf' 2>&1 | grep -q 'takes milliseconds, not much'"
finish
