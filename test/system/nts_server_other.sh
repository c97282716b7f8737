#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# gnomond as an NTS server, on the other crypto library that can be built here.
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -x "${GNOMOND_OTHER:-}" ]; then
	echo "ok 1 # SKIP no gnomond with another crypto library"
	exit 0
fi
exec env GNOMOND="$GNOMOND_OTHER" GNOMOND_OTHER="$GNOMOND" sh "$here/nts_server.sh"
