#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Under a libc interposer that fakes clock and network (test/interposer), as the usual outside judges
# of time daemons do: scripts that set up servers and clients, ask them at certain times, step their
# clocks, and look at texts, columns, packets and errors afterwards (run.py there). Time is made
# up, so that hours pass in a second, and nothing depends on how busy this machine is.
# More seeds: SEEDS=20. Names of scenarios as arguments: these alone.
. "$(dirname "$0")/lib.sh"
need chronyd chronyc
need_tool python3 setpriv
[ "$(id -u)" -eq 0 ] || skip_all "daemons of several users need root"
command -v "${CC:-cc}" >/dev/null || skip_all "no compiler"
"${CC:-cc}" -O1 -shared -fPIC -w -o "$work/interposer.so" "$here"/../interposer/*.c -ldl -lm ||
	skip_all "the interposer does not build"
nts=no
has_nts "$GNOMOND" && command -v openssl >/dev/null && nts=yes
env CHRONYD="$chronyd" CHRONYC="$chronyc" NTS=$nts PYTHONDONTWRITEBYTECODE=1 \
	timeout 600 python3 "$here/../interposer/run.py" "$work" "$work/interposer.so" "$@"
