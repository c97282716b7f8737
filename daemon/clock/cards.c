/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cards and their clocks. These are compared with the system's often enough that a line through the
 * comparisons tells what they read in between.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/clock/card.h"
#include "daemon/clock/cards.h"
#include "daemon/clock/clock.h"
#include "daemon/clock/standing.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"

/* A card's stamp that is further from the system's than this, ns, is of something else. */
#define AGREES INSTANT_S
/* Looks at the clock after which the speed of the link is looked up again. */
#define SPEED_LOOKS 16
/* Bytes of a frame that a card does not count: its check; and the headers of what it carries. */
#define FRAME_CHECK   4
#define FRAME_HEADERS (14 + 20 + 8)
/* s between looks at whether enough sent datagrams are kept. */
#define KEPT_INTERVAL 16.0

struct card_entry {
	struct cards *cards;
	struct settings_hwtimestamp options; /**< interface: the card's own */
	struct kernel_card_state state;
	struct card card;
	struct loop_timer timer;
	int fd; /**< of its clock */
	unsigned looks;
	double speed; /**< of its link, bits/s; 0: not known */
};

struct cards {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	const struct log *log;
	struct card_entry **entries; /**< timers point to them */
	size_t n;
	struct loop_timer kept;
};

static const struct card_entry *find(const struct cards *c, uint32_t interface)
{
	for (size_t i = 0; i < c->n && interface != 0; i++)
		if (c->entries[i]->state.interface == interface)
			return c->entries[i];
	return NULL;
}

/* The card of a datagram: the system tells that of its own stamp, or at least the interface. */
static const struct card_entry *card_of(const struct cards *c, const struct kernel_message *m)
{
	const struct card_entry *e = find(c, m->card);

	return e != NULL ? e : find(c, m->interface);
}

/* Cards stamp the beginning of a frame, the system its end: a server and a client whose links are
 * of different speeds would else seem to be apart. */
static double frame_time(const struct card_entry *e, const struct kernel_message *m)
{
	double bytes = m->frame != 0 ? m->frame : (double)m->n + FRAME_HEADERS;

	return e->speed > 0 ? 8 * (bytes + FRAME_CHECK) / e->speed : 0;
}

void cards_stamp(const struct cards *c, struct kernel_message *m, bool sent)
{
	const struct card_entry *e = c != NULL && m->card_ns != 0 ? card_of(c, m) : NULL;
	int64_t osc, system, beside = m->stamp_ns;
	double error, later;

	if (e == NULL || !card_to_osc(&e->card, m->card_ns, &osc, &error))
		return;
	system = clock_system_from_osc(c->clock, osc);
	if (beside == 0)
		beside = c->kernel->ops->system(c->kernel);
	later = sent ? e->options.txcomp : frame_time(e, m) - e->options.rxcomp;
	system += instant_ns(later);
	if (system - beside > AGREES || beside - system > AGREES)
		return;
	m->stamp_ns = system;
	m->stamp_source = 'H';
	m->stamp_error_s = error + e->options.precision;
}

bool cards_stamp_sent(const struct cards *c, const struct kernel_message *m)
{
	const struct card_entry *e = c != NULL ? card_of(c, m) : NULL;

	return e != NULL && e->card.n >= e->card.least;
}

static void look(void *arg)
{
	struct card_entry *e = arg;
	struct cards *c = e->cards;
	struct kernel *k = c->kernel;
	struct kernel_comparison readings[KERNEL_COMPARISONS];
	int n = k->ops->device_compare(k, e->fd, readings, KERNEL_COMPARISONS);
	bool settled;

	if (n > 0) {
		struct standing s = standing_of(readings, n, e->options.precision);

		card_compared(&e->card, clock_osc_from_system(c->clock, s.system),
			s.system + s.ahead_ns, s.doubt);
	} else if (n == -ENODEV) {
		/* It has gone, and its stamps with it. */
		e->card.n = 0;
	}
	if (e->looks++ % SPEED_LOOKS == 0)
		e->speed = k->ops->card_speed(k, e->options.interface);
	settled = e->card.n >= e->card.most;
	loop_timer_in(
		c->loop, &e->timer, ldexp(1, settled ? e->options.maxpoll : e->options.minpoll));
}

static void end_entry(struct card_entry *e)
{
	loop_timer_done(e->cards->loop, &e->timer);
	e->cards->kernel->ops->close(e->cards->kernel, e->fd);
	free(e);
}

/* Keeps a card that is on. Returns 0 or -errno. */
static int keep(struct cards *c, const struct settings_hwtimestamp *o,
	const struct kernel_card_state *state)
{
	const struct kernel_device device = {
		.kind = KERNEL_DEVICE_PHC, .path = state->clock, .no_cross = o->nocrossts};
	struct card_entry *e = calloc(1, sizeof(*e)), **all;
	int r = -ENOMEM;

	if (e == NULL)
		return r;
	all = realloc(c->entries, (c->n + 1) * sizeof(*all));
	if (all == NULL)
		goto free_entry;
	c->entries = all;
	*e = (struct card_entry){.cards = c, .options = *o, .state = *state};
	card_limits(&e->card, o->minsamples, o->maxsamples);
	r = e->fd = c->kernel->ops->device_open(c->kernel, &device);
	if (r < 0)
		goto free_entry;
	r = loop_timer_init(c->loop, &e->timer, look, e);
	if (r < 0)
		goto close_clock;
	c->entries[c->n++] = e;
	loop_timer_in(c->loop, &e->timer, 0);
	return 0;
close_clock:
	c->kernel->ops->close(c->kernel, e->fd);
free_entry:
	free(e);
	return r;
}

static bool is_on(const struct cards *c, const char *interface)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->entries[i]->options.interface, interface) == 0)
			return true;
	return false;
}

/* Switches one on that is not. Returns 0 or -errno. */
static int start(struct cards *c, const struct settings_hwtimestamp *o)
{
	struct kernel_card card = {.filter = o->rxfilter};
	struct kernel_card_state state;
	int r;

	if (is_on(c, o->interface))
		return 0;
	if (text_copy(card.name, sizeof(card.name), o->interface) < 0)
		return -ENODEV;
	r = c->kernel->ops->card_start(c->kernel, &card, &state);
	if (r == 0)
		r = keep(c, o, &state);
	if (r == 0)
		log_info(c->log, "Enabled HW timestamping %son %s",
			state.receives ? "" : "(TX only) ", o->interface);
	return r;
}

/* Switches on what can be of all interfaces. */
struct every {
	struct cards *cards;
	struct settings_hwtimestamp options;
};

static void start_any(void *arg, const char *name)
{
	struct every *e = arg;

	if (text_copy(e->options.interface, sizeof(e->options.interface), name) == 0)
		start(e->cards, &e->options);
}

static bool is_every(const struct settings_hwtimestamp *o)
{
	return strcmp(o->interface, "*") == 0;
}

/* Those that are named first: what is said of them goes before what is said of all. */
static int start_all(struct cards *c)
{
	const struct settings *s = c->settings;

	for (size_t i = 0; i < s->n_hwtimestamps; i++) {
		if (is_every(&s->hwtimestamps[i]) || start(c, &s->hwtimestamps[i]) == 0)
			continue;
		log_fatal(c->log, "Could not enable HW timestamping on %s",
			s->hwtimestamps[i].interface);
		return -ENOTSUP;
	}
	for (size_t i = 0; i < s->n_hwtimestamps; i++) {
		struct every e = {.cards = c, .options = s->hwtimestamps[i]};

		if (is_every(&s->hwtimestamps[i]))
			c->kernel->ops->interfaces(c->kernel, start_any, &e);
	}
	return 0;
}

static void look_at_kept(void *arg)
{
	struct cards *c = arg;
	struct kernel_counts counts;

	c->kernel->ops->counts(c->kernel, &counts);
	if (counts.unkept == 0) {
		loop_timer_in(c->loop, &c->kept, KEPT_INTERVAL);
		return;
	}
	log_warning(c->log, "maxtxbuffers too small");
}

/* Numbers for sent datagrams: a wish. */
static void number(struct cards *c)
{
	int n = c->settings->maxtxbuffers;
	int r = c->kernel->ops->stamp_ids ? c->kernel->ops->stamp_ids(c->kernel, (size_t)n)
					  : -ENOTSUP;

	if (r < 0)
		log_warning(c->log, "Transmit ID not supported");
	else
		loop_timer_in(c->loop, &c->kept, KEPT_INTERVAL);
}

int cards_create(const struct settings *settings, struct kernel *kernel, struct loop *loop,
	struct clock *clock, const struct log *log, struct cards **ret)
{
	struct cards *c;
	int r;

	*ret = NULL;
	if (settings->n_hwtimestamps == 0 && settings->maxtxbuffers == 0)
		return 0;
	if (settings->n_hwtimestamps > 0 && kernel->ops->card_start == NULL) {
		log_fatal(log, "HW timestamping not supported");
		return -ENOTSUP;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return -ENOMEM;
	*c = (struct cards){
		.settings = settings, .kernel = kernel, .loop = loop, .clock = clock, .log = log};
	r = loop_timer_init(loop, &c->kept, look_at_kept, c);
	if (r < 0) {
		free(c);
		return r;
	}
	r = start_all(c);
	if (r < 0) {
		cards_destroy(c);
		return r;
	}
	if (settings->maxtxbuffers > 0)
		number(c);
	*ret = c;
	return 0;
}

void cards_destroy(struct cards *c)
{
	if (c == NULL)
		return;
	while (c->n > 0)
		end_entry(c->entries[--c->n]);
	loop_timer_done(c->loop, &c->kept);
	free(c->entries);
	free(c);
}
