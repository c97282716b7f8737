/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cards are switched on while there are rights to, and before sockets are opened.
 */
#include "config.h"

#include <errno.h>

#include "common/log.h"
#include "daemon/clock/cards.h"
#include "daemon/parts.h"
#include "daemon/stamping.h"

int stamping_make(struct daemon *d)
{
	int r = cards_create(
		d->settings, d->options.kernel, d->loop, d->clock, d->options.log, &d->cards);

	return r == -ENOTSUP ? -ECANCELED : r;
}

void stamping_end(struct daemon *d)
{
	cards_destroy(d->cards);
}
