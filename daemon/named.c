/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first line that is still without addresses is asked for, and goes when they are known or when
 * there are none; without an answer it goes behind the others, and after a while is asked for
 * again.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "config/dialect.h"
#include "daemon/kernel/kernel.h"
#include "daemon/named.h"
#include "daemon/parts.h"

/* The wait after a round in which a name was not answered: 2^n s, from the first to the last. */
#define RETRY_FIRST 2
#define RETRY_LAST  10

struct named {
	struct daemon *d;
	struct loop_timer again;
	bool asked;  /* the first line is being looked up */
	size_t left; /* lines of this round */
	int retry;
};

static const struct log *log_of(const struct named *n)
{
	return n->d->options.log;
}

/* Settings that differ from those in force by what is done to them. NULL: no memory. */
static struct settings *changed(const struct named *n, const struct address *a, size_t n_addresses)
{
	struct settings *now = settings_copy(n->d->settings);
	const struct config_dialect *dialect = dialect_find("ntp");
	char address[ADDRESS_TEXT], line[SOURCE_NAME + 512], reason[LOG_MESSAGE];
	struct settings_named first;

	if (now == NULL || dialect == NULL)
		return now;
	first = now->ntp.named[0];
	now->ntp.n_named--;
	memmove(&now->ntp.named[0], &now->ntp.named[1], now->ntp.n_named * sizeof(first));
	for (size_t i = 0; i < n_addresses; i++) {
		struct text t = text_on(line, sizeof(line)), why = text_on(reason, sizeof(reason));

		if ((a[i].family == ADDRESS_IP4 && !first.ip4) ||
			(a[i].family == ADDRESS_IP6 && !first.ip6))
			continue;
		address_format(&a[i], address, sizeof(address));
		text_add(
			&t, "%s %s%s", first.undo ? "unrestrict" : "restrict", address, first.rest);
		log_info(log_of(n), "CONFIG: %s is %s", first.name, line);
		dialect->change(line, log_of(n), now, &why);
	}
	return now;
}

static void ask(struct named *n);

/* Puts the first line behind the others, as nobody answers. */
static void put_off(struct named *n)
{
	struct settings_ntp *s = &n->d->settings->ntp;
	struct settings_named first = s->named[0];

	log_warning(log_of(n), "RESTRICT: no answer about %s yet", first.name);
	memmove(&s->named[0], &s->named[1], (s->n_named - 1) * sizeof(first));
	s->named[s->n_named - 1] = first;
}

static void take(struct named *n, int error, const struct address *a, size_t n_addresses)
{
	const char *name = n->d->settings->ntp.named[0].name;
	struct settings *now;

	if (error == -EAGAIN) {
		put_off(n);
		return;
	}
	if (error < 0)
		log_error(log_of(n), "RESTRICT: there is no host %s, line ignored", name);
	now = changed(n, a, error < 0 ? 0 : n_addresses);
	if (now != NULL)
		daemon_change(n->d, now);
}

static void answered(void *arg, int error, const struct address *a, size_t n_addresses)
{
	struct named *n = arg;

	n->asked = false;
	if (n->d->settings->ntp.n_named > 0)
		take(n, error, a, n_addresses);
	ask(n);
}

/* Asks for the first line of the round, or waits for the next round. */
static void ask(struct named *n)
{
	struct settings_ntp *s = &n->d->settings->ntp;
	struct kernel *k = n->d->options.kernel;

	while (!n->asked && s->n_named > 0 && n->left > 0) {
		bool both = s->named[0].ip4 == s->named[0].ip6;
		enum address_family family = both              ? ADDRESS_NONE
					     : s->named[0].ip4 ? ADDRESS_IP4
							       : ADDRESS_IP6;

		n->left--;
		n->asked = k->ops->resolve(k, s->named[0].name, family, answered, n) == 0;
		if (!n->asked)
			put_off(n);
	}
	if (n->asked || s->n_named == 0)
		return;
	loop_timer_in(n->d->loop, &n->again, exp2(n->retry));
	if (n->retry < RETRY_LAST)
		n->retry++;
}

int named_start(struct daemon *d)
{
	d->named->left = d->settings->ntp.n_named;
	ask(d->named);
	return 0;
}

static void run_again(void *arg)
{
	named_start(((struct named *)arg)->d);
}

int named_make(struct daemon *d)
{
	struct named *n = calloc(1, sizeof(*n));
	int r;

	if (n == NULL)
		return -ENOMEM;
	n->d = d;
	n->retry = RETRY_FIRST;
	r = loop_timer_init(d->loop, &n->again, run_again, n);
	if (r < 0) {
		free(n);
		return r;
	}
	d->named = n;
	return 0;
}

void named_end(struct daemon *d)
{
	struct kernel *k = d->options.kernel;

	k->ops->resolve_cancel(k, d->named);
	loop_timer_done(d->loop, &d->named->again);
	free(d->named);
}
