/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers: made, started, told the time, and counted together. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/fast.h"
#include "daemon/serve/nts_server.h"
#include "daemon/serve/workers.h"

/* How often the main loop looks after the clock at least while it has workers, s: somebody else may
 * have set it. */
#define LOOK_S 1.0

struct worker {
	struct serve serve;
	struct cookie_ring *ring;
	struct nts_guard *guard;
	struct kernel_thread *thread; /* NULL: it rests */
	struct port *watched[KERNEL_THREAD_FDS];
	struct responder_snapshot told;
};

struct workers {
	size_t n;
	bool started;
	bool timed;
	struct loop_timer look;
	struct worker *list[];
};

static void look_again(void *arg)
{
	struct serve *s = arg;

	loop_timer_in(s->loop, &s->workers->look, LOOK_S);
}

static void worker_destroy(struct worker *w)
{
	if (!w)
		return;
	nts_guard_destroy(w->guard);
	cookie_ring_destroy(w->ring);
	free(w);
}

static int make_guard(struct worker *w, const struct crypto_backend *crypto)
{
	int r = w->ring ? 0 : cookie_ring_create(crypto, &w->ring);

	return r == 0 && !w->guard ? nts_guard_create(crypto, w->ring, &w->guard) : r;
}

static int worker_create(struct serve *s, struct worker **ret)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->serve = (struct serve){.settings = s->settings,
		.log = s->log,
		.access = s->access,
		.clients = s->clients,
		.stamps = s->stamps,
		.auth.keys = s->auth.keys,
		.main = s,
		.epoch = s->epoch,
		.naks = SERVE_NAK_BURST,
		.nak_refill = loop_now(s->loop)};
	for (size_t i = 0; i < SERVE_PORTS; i++)
		w->serve.ports[i] =
			(struct port){.serve = &w->serve, .family = s->ports[i].family, .fd = -1};
	*ret = w;
	return 0;
}

int workers_create(struct serve *s)
{
	size_t n = (size_t)s->settings->serverthreads;
	int r = 0;

	/* Samba is asked by the main loop alone. */
	if (n == 0 || s->settings->ntp.style || s->settings->ntpsigndsocket[0] != '\0')
		return 0;
	if (!s->kernel->ops->thread_start) {
		log_warning(s->log, "No threads here: the main loop serves alone");
		return 0;
	}
	s->workers = calloc(1, sizeof(*s->workers) + n * sizeof(s->workers->list[0]));
	if (!s->workers)
		return -ENOMEM;
	r = loop_timer_init(s->loop, &s->workers->look, look_again, s);
	s->workers->timed = r == 0;
	while (r == 0 && s->workers->n < n) {
		r = worker_create(s, &s->workers->list[s->workers->n]);
		s->workers->n += r == 0;
	}
	return r;
}

void workers_destroy(struct serve *s)
{
	struct workers *all = s->workers;

	if (!all)
		return;
	workers_rest(s);
	for (size_t i = 0; i < all->n; i++)
		worker_destroy(all->list[i]);
	if (all->timed)
		loop_timer_done(s->loop, &all->look);
	free(all);
	s->workers = NULL;
}

/* The port of a worker that stands beside one of ours. */
static struct port *beside(const struct port *p, size_t i)
{
	return &p->serve->workers->list[i]->serve.ports[p - p->serve->ports];
}

void workers_close(struct port *p)
{
	struct serve *s = p->serve;

	for (size_t i = 0; s->workers && i < s->workers->n; i++) {
		struct port *b = beside(p, i);

		if (b->fd >= 0)
			s->kernel->ops->close(s->kernel, b->fd);
		b->fd = -1;
	}
}

void workers_open(struct port *p, const struct kernel_socket *wanted)
{
	struct serve *s = p->serve;
	const struct kernel_ops *ops = s->kernel->ops;
	int r = 0;

	if (!s->workers || p->ptp)
		return;
	for (size_t i = 0; r >= 0 && i < s->workers->n; i++) {
		beside(p, i)->number = p->number;
		beside(p, i)->fd = r = ops->open(s->kernel, wanted);
	}
	if (r >= 0)
		r = ops->share(s->kernel, p->fd, p->family, (unsigned)s->workers->n);
	if (r >= 0)
		return;
	log_warning(s->log, "Could not share an NTP socket with threads: %s", strerror(-r));
	workers_close(p);
}

static void work(void *arg, struct kernel *own, size_t i, unsigned got)
{
	struct worker *w = arg;

	w->serve.kernel = own;
	serve_ready(w->watched[i], got);
}

/* Its sockets, for it to wait for. */
static void list_ports(struct worker *w, struct kernel_work *io)
{
	for (size_t i = 0; i < SERVE_PORTS; i++) {
		struct port *p = &w->serve.ports[i];

		if (p->fd < 0)
			continue;
		w->watched[io->n] = p;
		io->waits[io->n++] =
			(struct kernel_wait){.fd = p->fd, .wanted = KERNEL_READ | KERNEL_STAMP};
	}
}

void workers_run(struct serve *s)
{
	struct workers *all = s->workers;

	if (!all || !all->started)
		return;
	workers_publish(s);
	for (size_t i = 0; i < all->n; i++) {
		struct worker *w = all->list[i];
		struct kernel_work job = {.ready = work, .arg = w};
		int r;

		list_ports(w, &job);
		if (w->thread || job.n == 0)
			continue;
		r = s->kernel->ops->thread_start(s->kernel, &job, &w->thread);
		if (r < 0)
			log_error(s->log, "Could not start a thread: %s", strerror(-r));
	}
}

void workers_rest(struct serve *s)
{
	for (size_t i = 0; s->workers && i < s->workers->n; i++) {
		struct worker *w = s->workers->list[i];

		s->kernel->ops->thread_stop(s->kernel, w->thread);
		w->thread = NULL;
	}
}

void workers_start(struct serve *s)
{
	if (!s->workers)
		return;
	s->workers->started = true;
	look_again(s);
	workers_run(s);
}

void workers_end(struct serve *s)
{
	workers_rest(s);
	if (s->workers)
		s->workers->started = false;
}

static bool are_same_keys(const struct cookie_keyset *a, const struct cookie_keyset *b)
{
	bool same = true;

	for (size_t i = 0; same && i < COOKIE_KEYS_ALL; i++) {
		const struct cookie_key *x = &a->keys[i], *y = &b->keys[i];

		same = x->id == y->id && x->aead == y->aead && x->ntpd == y->ntpd &&
		       memcmp(x->bytes, y->bytes, sizeof(x->bytes)) == 0;
	}
	return same;
}

/* Keys change seldom, and ciphers are made for each. */
static int set_keys(struct worker *w, const struct cookie_keyset *now)
{
	const struct cookie_keyset *old = cookie_ring_get(w->ring);

	if (!now || (old && are_same_keys(old, now)))
		return 0;
	return cookie_ring_set(w->ring, now);
}

/* Whether NTS is served, and by which keys, may change at any time. */
static void follow_nts(const struct serve *s, struct worker *w)
{
	int r = 0;

	w->serve.auth.nts = NULL;
	if (!s->nts)
		return;
	r = make_guard(w, s->crypto);
	if (r == 0)
		r = set_keys(w, cookie_ring_get(nts_server_ring(s->nts)));
	if (r == 0)
		w->serve.auth.nts = w->guard;
	else
		log_error(s->log, "Could not hand cookie keys on to a thread: %s", strerror(-r));
}

void workers_publish(struct serve *s)
{
	struct responder_snapshot now;
	struct served_line line;

	if (!s->workers || !s->workers->started)
		return;
	serve_take_snapshot(s, &now, &line);
	for (size_t i = 0; i < s->workers->n; i++) {
		struct worker *w = s->workers->list[i];

		w->told = now;
		w->serve.line = line;
		follow_nts(s, w);
	}
}

void worker_age(struct serve *s)
{
	const struct worker *w = (const struct worker *)(const void *)s;
	double age = (double)(s->now - s->line.system) * 1e-9;

	s->snapshot = w->told;
	if (age > 0)
		s->snapshot.served.root_dispersion += age * w->told.served.dispersion_rate;
}

/* All counters are of one type. */
static void add(void *to, const void *from, size_t size)
{
	uint64_t *sum = to;
	const uint64_t *more = from;

	for (size_t i = 0; i < size / sizeof(*sum); i++)
		sum[i] += more[i];
}

void workers_sum(const struct serve *s, struct workers_sum *ret)
{
	*ret = (struct workers_sum){s->packets, s->counts, s->refused, s->auth.counts};
	for (size_t i = 0; s->workers && i < s->workers->n; i++) {
		const struct serve *w = &s->workers->list[i]->serve;

		add(&ret->packets, &w->packets, sizeof(ret->packets));
		add(&ret->counts, &w->counts, sizeof(ret->counts));
		add(&ret->refused, &w->refused, sizeof(ret->refused));
		add(&ret->nts, &w->auth.counts, sizeof(ret->nts));
	}
	fast_sum(s, ret);
}

void workers_sum_socket(const struct port *p, struct report_socket *io)
{
	for (size_t i = 0; p->serve->workers && i < p->serve->workers->n; i++) {
		const struct report_socket *c = &beside(p, i)->counts;

		io->received += c->received;
		io->sent += c->sent;
		io->failed += c->failed;
	}
}
