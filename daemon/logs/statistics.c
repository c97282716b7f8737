/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of statistics as things happen. Inside, offset > 0 means that the local clock is behind,
 * and so it does in these files; the frequency there is the correction: positive where the clock is
 * slow.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/instant.h"
#include "common/log.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/discipline/discipline.h"
#include "daemon/discipline/events.h"
#include "daemon/kernel/kernel.h"
#include "daemon/logs/filegen.h"
#include "daemon/logs/statistics.h"
#include "daemon/loop/loop.h"
#include "daemon/source/clock_name.h"
#include "daemon/source/source.h"

/* Where files are without a statsdir, as with ntpd. */
#define DIRECTORY "/var/NTP"

/* By the umask. */
#define MODE 0666

#define LINE_ROOM 512
#define PATH_ROOM (1024 + 256 + 32)

/* What protostats adds to the events of a source. */
#define PEER_EVENT 0x80

/* One file of the set. */
struct member {
	char path[PATH_ROOM]; /* that the last line went to */
	unsigned aside;       /* files of another making that gave way to the link */
	bool lost;            /* a line was, which was said */
};

struct statistics {
	struct statistics_env env;
	const struct settings_ntp *ntp;
	int64_t started; /* raw instant */
	long pid;
	bool no_directory; /* which was said */
	struct member members[NTP_STATISTICS];
};

bool statistics_wants(const struct statistics *s, enum ntp_statistics file)
{
	return s != NULL && s->ntp->stats && s->ntp->filegens[file].enable;
}

static const char *directory_of(const struct statistics *s)
{
	return s->ntp->statsdir[0] != '\0' ? s->ntp->statsdir : DIRECTORY;
}

/* The path of a file without its suffix. */
static struct text path_of(
	const struct statistics *s, enum ntp_statistics file, char *ret, size_t n)
{
	const char *directory = directory_of(s);
	struct text t = text_on(ret, n);
	size_t length = strlen(directory);

	text_add(&t, "%s%s%s", directory, length > 0 && directory[length - 1] == '/' ? "" : "/",
		s->ntp->filegens[file].file);
	return t;
}

/* The first line of a new file is written: it is to be found by the short name too. */
static void link_member(struct statistics *s, enum ntp_statistics file)
{
	const struct settings_filegen *g = &s->ntp->filegens[file];
	struct member *m = &s->members[file];
	char name[PATH_ROOM], aside[PATH_ROOM];
	struct text t;
	int r;

	if (!g->link || g->type == NTP_FILEGEN_NONE)
		return;
	path_of(s, file, name, sizeof(name));
	t = path_of(s, file, aside, sizeof(aside));
	text_add(&t, ".%ldC%u", s->pid, m->aside++);
	r = s->env.kernel->ops->file_link(s->env.kernel, m->path, name, aside);
	if (r < 0 && r != -ENOTSUP)
		log_warning(s->env.log, "statistics file %s could not be linked to %s, error %s",
			m->path, name, strerror(-r));
}

static void say_lost(struct statistics *s, struct member *m, const char *path, int error)
{
	if (error == -ENOENT && !s->no_directory) {
		s->no_directory = true;
		log_error(s->env.log,
			"statistics directory '%s' does not exist or is unwriteable, error %s",
			directory_of(s), strerror(-error));
	} else if (error != -ENOENT && !m->lost) {
		log_error(s->env.log, "statistics file %s could not be written, error %s", path,
			strerror(-error));
	}
	m->lost = true;
}

void statistics_line(struct statistics *s, enum ntp_statistics file, const char *columns)
{
	char line[LINE_ROOM], path[PATH_ROOM];
	struct text t = text_on(line, sizeof(line)), p;
	struct filegen_moment now;
	struct member *m;
	int r;

	if (!statistics_wants(s, file))
		return;
	m = &s->members[file];
	now = (struct filegen_moment){
		.system = clock_now(s->env.clock).system,
		.ran_s = (int64_t)instant_diff_s(loop_now(s->env.loop), s->started),
		.pid = s->pid,
	};
	p = path_of(s, file, path, sizeof(path));
	filegen_suffix(s->ntp->filegens[file].type, &now, &p);
	filegen_stamp(now.system, &t);
	text_add(&t, " %s\n", columns);
	/* Half a line would stop its readers. */
	if (t.cut || p.cut)
		return;
	r = s->env.kernel->ops->file_append(
		s->env.kernel, path, (struct span){(const uint8_t *)line, t.n}, MODE);
	if (r < 0) {
		say_lost(s, m, path, r);
		return;
	}
	m->lost = s->no_directory = false;
	if (strcmp(m->path, path) != 0) {
		memcpy(m->path, path, sizeof(path));
		link_member(s, file);
	}
}

void statistics_numbers(struct statistics *s, enum ntp_statistics file, const double *values,
	const unsigned char *decimals, size_t n)
{
	char columns[LINE_ROOM];
	struct text t = text_on(columns, sizeof(columns));

	for (size_t i = 0; i < n; i++)
		text_add(&t, "%s%.*f", i > 0 ? " " : "", (int)decimals[i], values[i]);
	statistics_line(s, file, columns);
}

/* No line of its own while it has no address: its label would be a name. */
static bool has_label(const struct source *source)
{
	enum address_family family = source_address(source)->family;

	return source_mode(source) == REPORT_MODE_REFCLOCK || family == ADDRESS_IP4 ||
	       family == ADDRESS_IP6;
}

/* How files and log name a source. */
static void label_of(const struct statistics *s, const struct source *source, char *ret, size_t n)
{
	struct address address;

	if (source == NULL)
		text_copy(ret, n, "0.0.0.0");
	else if (source_clock_name(s->env.sources, source, ret, n, &address) == 0)
		return;
	else if (has_label(source))
		source_text(source, ret, n);
	else
		text_copy(ret, n, source_name(source));
}

static void write_peer(void *arg, struct source *source, bool new_sample)
{
	struct statistics *s = arg;
	char label[SOURCE_NAME], columns[LINE_ROOM];
	struct text t = text_on(columns, sizeof(columns));
	struct report_register r;

	if (!new_sample || !statistics_wants(s, NTP_PEERSTATS) || source_between_polls(source) ||
		!has_label(source))
		return;
	source_report_register(source, &r);
	label_of(s, source, label, sizeof(label));
	text_add(&t, "%s %x %.9f %.9f %.9f %.9f", label, (unsigned)events_peer_word(source),
		r.best_offset, r.best_delay, r.best_dispersion, r.jitter);
	statistics_line(s, NTP_PEERSTATS, columns);
}

/* Seconds of the era with nine decimals, cut. */
static void add_stamp(struct text *t, uint64_t stamp)
{
	text_add(t, " %u.%09u", (unsigned)(stamp >> 32),
		(unsigned)((stamp & UINT32_MAX) * UINT64_C(1000000000) >> 32));
}

/* As text for what is no address, as an address otherwise. */
static void add_refid(struct text *t, uint32_t refid, int stratum)
{
	uint8_t b[4] = {(uint8_t)(refid >> 24), (uint8_t)(refid >> 16), (uint8_t)(refid >> 8),
		(uint8_t)refid};

	text_add(t, " ");
	if (stratum >= 2) {
		text_add(t, "%d.%d.%d.%d", b[0], b[1], b[2], b[3]);
		return;
	}
	for (size_t i = 0; i < sizeof(b) && (b[i] != 0 || i == 0); i++)
		text_add(t, "%c", b[i] > ' ' && b[i] < 0x7f ? b[i] : '.');
}

static void write_raw(void *arg, struct source *source, const struct protocol_measurement *m)
{
	struct statistics *s = arg;
	char peer[ADDRESS_TEXT], own[ADDRESS_TEXT] = "-", columns[LINE_ROOM];
	struct text t = text_on(columns, sizeof(columns));

	(void)source;
	/* Anybody can send what is no answer: it must not fill the disk. */
	if (!statistics_wants(s, NTP_RAWSTATS) || (!m->answer && m->bad > 1))
		return;
	address_format(&m->address, peer, sizeof(peer));
	if (m->local.family != ADDRESS_NONE)
		address_format(&m->local, own, sizeof(own));
	text_add(&t, "%s %s", peer, own);
	for (int i = 0; i < 4; i++)
		add_stamp(&t, m->stamps[i]);
	text_add(&t, " %d %d %d %d %d %d %.6f %.6f", (int)m->leap, m->version, m->mode, m->stratum,
		m->remote_poll, m->precision, m->root_delay, m->root_dispersion);
	add_refid(&t, m->refid, m->stratum);
	text_add(&t, " %u %u %x", m->unanswered, m->bad, status_flash_of(m->tests));
	statistics_line(s, NTP_RAWSTATS, columns);
}

/** Whether a clock writes to clockstats (ntp-statistics 2.3): pulses and sentences always, others
 * when flag4 asks for it. */
static bool clock_wants(const struct settings_fudge *f)
{
	return (f->flags & NTP_FLAG4) != 0 || f->type == NTP_CLOCK_NMEA || f->type == NTP_CLOCK_PPS;
}

static void write_clock(void *arg, const struct source *source, const char *counts)
{
	struct statistics *s = arg;
	struct source_refclock_report r;
	char label[SOURCE_CLOCK_NAME], columns[LINE_ROOM];
	struct text t = text_on(columns, sizeof(columns));

	if (!statistics_wants(s, NTP_CLOCKSTATS) || source_report_refclock(source, &r) < 0 ||
		!clock_wants(&r.settings->fudge))
		return;
	label_of(s, source, label, sizeof(label));
	text_add(&t, "%s ", label);
	/* A receiver's sentence is its line, and the counts only more of it. */
	if (r.settings->fudge.type != NTP_CLOCK_NMEA)
		text_add(&t, "%s", counts);
	else if ((r.settings->fudge.mode & NTP_NMEA_COUNTS) != 0)
		text_add(&t, "%s  %s", r.timecode, counts);
	else
		text_add(&t, "%s", r.timecode);
	statistics_line(s, NTP_CLOCKSTATS, columns);
}

static void write_loop(void *arg, const struct discipline_update *u)
{
	struct statistics *s = arg;
	char columns[LINE_ROOM];
	struct text t = text_on(columns, sizeof(columns));
	double floor_s = clock_precision(s->env.clock), jitter = events_jitter(s->env.events);
	/* With `disable ntp` there is no loop: it is as it was at the start. */
	bool loop = s->ntp->discipline;

	if (u->source == NULL || source_between_polls(u->source))
		return;
	text_add(&t, "%.9f %.6f %.9f %.6f %d", -u->offset, loop ? -u->frequency_ppm : 0.0,
		loop ? fmax(jitter, floor_s) : floor_s, loop ? u->skew_ppm : 0.0,
		source_poll(u->source));
	statistics_line(s, NTP_LOOPSTATS, columns);
}

/* Whether logconfig asks for events of the system, or of sources. */
static bool is_told(const struct statistics *s, const struct source *source)
{
	unsigned shift = source != NULL ? NTP_LOG_PEER : NTP_LOG_SYS;

	return (s->ntp->logconfig & ((unsigned)NTP_LOG_EVENTS << shift)) != 0;
}

static void write_event(
	void *arg, const struct source *source, uint16_t word, unsigned code, const char *text)
{
	struct statistics *s = arg;
	char label[SOURCE_NAME], columns[LINE_ROOM];
	struct text t = text_on(columns, sizeof(columns));

	label_of(s, source, label, sizeof(label));
	text_add(&t, "%s %04x %02x %s%s%s", label, (unsigned)word,
		source != NULL ? code | PEER_EVENT : code,
		source != NULL ? status_peer_event_name(code) : status_event_name(code),
		text[0] != '\0' ? " " : "", text);
	if (is_told(s, source))
		log_info(s->env.log, "PROTO: %s", columns);
	statistics_line(s, NTP_PROTOSTATS, columns);
}

int statistics_create(const struct statistics_env *env, struct statistics **ret)
{
	static const struct sources_listener of_sources = {
		.updated = write_peer, .measured = write_raw, .counted = write_clock};
	static const struct discipline_listener of_discipline = {.updated = write_loop};
	struct statistics *s = calloc(1, sizeof(*s));
	struct kernel_usage usage;

	if (s == NULL)
		return -ENOMEM;
	s->env = *env;
	s->ntp = &env->settings->ntp;
	s->started = loop_now(env->loop);
	if (s->ntp->style) {
		env->kernel->ops->usage(env->kernel, &usage);
		s->pid = usage.pid;
		sources_listen(env->sources, &of_sources, s);
		discipline_listen(env->discipline, &of_discipline, s);
		events_listen(env->events, write_event, s);
	}
	*ret = s;
	return 0;
}

void statistics_destroy(struct statistics *s)
{
	free(s);
}
