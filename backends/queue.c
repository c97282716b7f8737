/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes that wait in a TLS session for the library or for the caller.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/shared.h"

int tls_queue_put(struct tls_queue *q, const void *p, size_t n)
{
	if (q->first > 0 && q->first + q->n + n > q->room) {
		memmove(q->p, q->p + q->first, q->n);
		q->first = 0;
	}
	if (q->n + n > q->room) {
		size_t room = 2 * q->room > q->n + n ? 2 * q->room : q->n + n;
		uint8_t *grown = realloc(q->p, room);

		if (!grown)
			return -ENOMEM;
		q->p = grown;
		q->room = room;
	}
	if (n > 0)
		memcpy(q->p + q->first + q->n, p, n);
	q->n += n;
	return 0;
}

size_t tls_queue_take(struct tls_queue *q, void *ret, size_t room)
{
	size_t n = q->n < room ? q->n : room;

	if (n > 0)
		memcpy(ret, q->p + q->first, n);
	q->first += n;
	q->n -= n;
	if (q->n == 0) {
		/* Nothing is kept for sessions that rest: there may be a thousand of them. */
		free(q->p);
		*q = (struct tls_queue){.p = NULL};
	}
	return n;
}

void tls_queue_free(struct tls_queue *q)
{
	free(q->p);
	*q = (struct tls_queue){.p = NULL};
}
