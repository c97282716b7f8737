/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dump files: each source's samples kept over a restart (chrony-files 1.2).
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "daemon/clock/clock.h"
#include "daemon/kernel/kernel.h"
#include "daemon/source/dump.h"
#include "daemon/source/internal.h"

/** Ending of the files' names. */
#define SUFFIX ".dat"

/** Permissions of the files. */
#define MODE 0644

/** Room for a path of a dump file. */
#define PATH_ROOM (SETTINGS_PATH + 300)

/** Writes the path of a source's file. Returns 0, or -ENOENT when it can have none. */
static int path_of(const struct source *s, char *ret, size_t room)
{
	const char *dir = s->registry->env->settings->dumpdir;
	struct text t = text_on(ret, room);
	char address[ADDRESS_TEXT];

	if (dir[0] == '\0' || s->address.family == ADDRESS_ID)
		return -ENOENT;
	if (s->refclock != NULL) {
		text_add(&t, "%s/refid:%08x" SUFFIX, dir, (unsigned)s->refclock->refid);
	} else {
		address_format(&s->address, address, sizeof(address));
		text_add(&t, "%s/%s" SUFFIX, dir, address);
	}
	return t.cut ? -ENOENT : 0;
}

/** Fills a dump from a source. Its samples move to the scale of true time as we know it now. */
static void fill(const struct source *s, struct dump *ret)
{
	struct clock *clock = s->registry->env->clock;
	struct sample samples[DUMP_SAMPLES];

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->name, sizeof(ret->name), "%s", s->refclock != NULL ? "." : s->options.name);
	ret->authenticated = source_authenticated(s);
	ret->reach = s->reach;
	ret->reach_updates = s->reach_updates;
	ret->n = track_samples(s->track, samples, DUMP_SAMPLES);
	for (size_t i = 0; i < ret->n; i++) {
		const struct sample *from = &samples[i];
		int64_t model = clock_model_offset(clock, from->osc);

		ret->samples[i] = (struct dump_sample){
			.truth = instant_add(from->osc, model),
			.offset = instant_diff_s(model, from->offset_ns),
			.delay = from->delay,
			.dispersion = from->dispersion,
			.root_delay = from->root_delay + from->delay,
			.root_dispersion = from->root_dispersion + from->dispersion,
		};
		ret->samples[i].original = ret->samples[i].offset;
		ret->stratum = from->stratum;
		ret->leap = from->leap;
	}
	/* Of the older ones it is not kept: nobody asks for it. */
	if (ret->n > 0)
		ret->samples[ret->n - 1].original = s->original_offset;
}

static void save(const struct source *s)
{
	struct kernel *k = s->registry->env->kernel;
	char path[PATH_ROOM], content[DUMP_TEXT];
	struct dump d;
	size_t n;
	int e;

	if (path_of(s, path, sizeof(path)) < 0)
		return;
	fill(s, &d);
	if (d.n == 0)
		return;
	n = dump_format(&d, content, sizeof(content));
	e = k->ops->file_save(k, path, (struct span){.p = (const uint8_t *)content, .n = n}, MODE);
	if (e < 0)
		log_error(s->registry->env->log, "Could not open %s : %s", path, strerror(-e));
}

void sources_dump(struct sources *r)
{
	for (size_t i = 0; i < r->n; i++) {
		save(r->all[i]);
		if (r->all[i]->instance != NULL && r->modules.protocol->save != NULL)
			r->modules.protocol->save(r->all[i]->instance);
	}
}

/** True minus oscillator, ns, before we began: the clock went as it does now, be it that only the
 * drift file told us how. */
static int64_t past_offset(struct clock *clock, int64_t osc)
{
	struct clock_now now;

	if (clock_has_model(clock))
		return clock_model_offset(clock, osc);
	now = clock_now(clock);
	return instant_add(now.system - now.osc,
		instant_ns(instant_diff_s(osc, now.osc) * clock_base_rate(clock)));
}

/** A sample of a file on the oscillator's scale. */
static struct sample sample_of(
	const struct source *s, const struct dump *d, const struct dump_sample *from)
{
	struct clock *clock = s->registry->env->clock;
	/* The model is a line of hardly any slope, so that the second guess is exact. */
	int64_t osc = instant_add(from->truth, -past_offset(clock, from->truth));

	osc = instant_add(from->truth, -past_offset(clock, osc));
	return (struct sample){
		.osc = osc,
		.offset_ns = instant_add(instant_add_s(from->truth, -from->offset), -osc),
		.delay = from->delay,
		.dispersion = from->dispersion,
		.root_delay = fmax(from->root_delay - from->delay, 0),
		.root_dispersion = fmax(from->root_dispersion - from->dispersion, 0),
		.stratum = d->stratum,
		.leap = d->leap,
		.refid = s->refclock != NULL ? s->refclock->refid : 0,
		.queueing = s->refclock == NULL,
	};
}

/** Whether a file is this source's and as trustworthy as the source is to be. */
static bool fits(const struct source *s, const struct dump *d)
{
	if (strcmp(d->name, s->refclock != NULL ? "." : s->options.name) != 0)
		return false;
	return d->authenticated || !source_authenticated(s);
}

/** Puts a dump into a source. Returns 0 or -errno: then the source is as new. */
static int apply(struct source *s, const struct dump *d)
{
	for (size_t i = 0; i < d->n; i++) {
		struct sample sample = sample_of(s, d, &d->samples[i]);
		int e = track_sample(s->track, &sample);

		if (e < 0) {
			member_forget(s);
			return e;
		}
		leap_note(s, &sample);
	}
	s->original_offset = d->samples[d->n - 1].original;
	s->reach = d->reach;
	s->reach_updates = d->reach_updates;
	s->news = true;
	return 0;
}

void dumps_load(struct source *s)
{
	struct kernel *k = s->registry->env->kernel;
	const struct log *log = s->registry->env->log;
	char path[PATH_ROOM], text[SOURCE_NAME];
	uint8_t content[DUMP_TEXT];
	struct dump d;
	size_t n;
	int e;

	if (path_of(s, path, sizeof(path)) < 0)
		return;
	e = k->ops->file_load(k, path, content, sizeof(content), &n);
	if (e == -ENOENT)
		return;
	if (e == 0)
		e = dump_parse((struct span){.p = content, .n = n},
			clock_now(s->registry->env->clock).truth, &d);
	if (e == 0)
		e = fits(s, &d) ? apply(s, &d) : -EINVAL;
	source_text(s, text, sizeof(text));
	if (e < 0) {
		log_warning(log, "Could not load dump file for %s", text);
		return;
	}
	log_info(log, "Loaded dump file for %s", text);
	registry_tell(s, true);
}

void sources_load(struct sources *r)
{
	r->load_dumps = true;
}

static void remove_one(void *arg, const char *name)
{
	struct sources *r = arg;
	struct kernel *k = r->env->kernel;
	char base[ADDRESS_TEXT], path[PATH_ROOM];
	struct text t = text_on(path, sizeof(path));
	size_t n = strlen(name);
	struct address a;

	if (n < sizeof(SUFFIX) || n - (sizeof(SUFFIX) - 1) >= sizeof(base))
		return;
	n -= sizeof(SUFFIX) - 1;
	memcpy(base, name, n);
	base[n] = '\0';
	/* Others may keep files of their own there. */
	if (strncmp(base, "refid:", 6) != 0 && address_parse(base, &a) < 0)
		return;
	text_add(&t, "%s/%s", r->env->settings->dumpdir, name);
	if (!t.cut)
		k->ops->file_remove(k, path);
}

static void remove_all(struct sources *r)
{
	struct kernel *k = r->env->kernel;

	if (r->env->settings->dumpdir[0] != '\0')
		k->ops->file_list(k, r->env->settings->dumpdir, SUFFIX, remove_one, r);
}

void sources_remove_dumps(struct sources *r)
{
	if (r->rounds > 0)
		remove_all(r);
	else
		r->remove_dumps = true;
}

void dumps_round_done(struct sources *r)
{
	/* A name that resolves later has missed its time: its samples would be old. */
	r->load_dumps = false;
	if (r->remove_dumps)
		remove_all(r);
}
