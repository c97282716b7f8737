/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring in the order of receive timestamps. Requests come nearly in this order; when the clock
 * goes back behind the newest pairs, all of them are of the past and forgotten.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "common/instant.h"
#include "daemon/serve/stamps.h"

/* How many places a request may be out of order: two sockets are read in turns of many batches. */
#define DISORDER 512

/* Transmit timestamps have a lowest bit of 0 on the wire; here it says that it is the kernel's. */
#define KERNEL UINT64_C(1)

struct pair {
	uint64_t receive;
	uint64_t transmit; /* 0: told, or not to be told */
};

struct stamps {
	size_t size, first, n;
	struct pair *pairs;
};

int stamps_create(size_t n, struct stamps **ret)
{
	struct stamps *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->size = n;
	/* Zero pages that nobody has written to take no memory. */
	s->pairs = calloc(n, sizeof(*s->pairs));
	if (!s->pairs) {
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void stamps_destroy(struct stamps *s)
{
	if (!s)
		return;
	free(s->pairs);
	free(s);
}

static struct pair *at(const struct stamps *s, size_t i)
{
	return &s->pairs[(s->first + i) & (s->size - 1)];
}

/* Whether a is behind b, across the end of an era. */
static bool is_before(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) < 0;
}

/* The number of pairs before receive, looked for in the middle. */
static size_t rank(const struct stamps *s, uint64_t receive)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before(at(s, middle)->receive, receive))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct pair *find(const struct stamps *s, uint64_t receive)
{
	size_t i = rank(s, receive);

	return i < s->n && at(s, i)->receive == receive ? at(s, i) : NULL;
}

static void drop_oldest(struct stamps *s)
{
	s->first = (s->first + 1) & (s->size - 1);
	s->n--;
}

void stamps_save(struct stamps *s, uint64_t receive, uint64_t transmit)
{
	size_t place = rank(s, receive);

	if (place < s->n && at(s, place)->receive == receive) {
		at(s, place)->transmit = 0;
		return;
	}
	if (s->n - place > DISORDER)
		place = s->n = 0;
	if (s->n == s->size) {
		/* Behind all that are kept: it would be the first to go. */
		if (place == 0)
			return;
		drop_oldest(s);
		place--;
	}
	for (size_t i = s->n; i > place; i--)
		*at(s, i) = *at(s, i - 1);
	*at(s, place) = (struct pair){receive, transmit & ~KERNEL};
	s->n++;
}

bool stamps_correct(struct stamps *s, uint64_t receive, uint64_t transmit, bool kernel)
{
	struct pair *p = find(s, receive);
	int64_t ns;

	if (!p || p->transmit == 0)
		return false;
	ns = instant_ntp_diff(transmit, p->transmit);
	if (ns < -INSTANT_S || ns > INSTANT_S)
		return false;
	p->transmit = (transmit & ~KERNEL) | (kernel ? KERNEL : 0);
	return true;
}

bool stamps_take(struct stamps *s, uint64_t receive, uint64_t *ret_transmit, bool *ret_kernel)
{
	struct pair *p = find(s, receive);

	if (!p || p->transmit == 0)
		return false;
	*ret_transmit = p->transmit & ~KERNEL;
	*ret_kernel = (p->transmit & KERNEL) != 0;
	p->transmit = 0;
	return true;
}

size_t stamps_held(const struct stamps *s)
{
	return s->n;
}

double stamps_span(const struct stamps *s)
{
	if (s->n == 0)
		return 0;
	return (double)instant_ntp_diff(at(s, s->n - 1)->receive, at(s, 0)->receive) /
	       (double)INSTANT_S;
}
