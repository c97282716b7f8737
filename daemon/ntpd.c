/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the process does otherwise when it stands in for ntpd: its first lines, its options over the
 * configuration, its log file and its signals.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"
#include "config/settings.h"
#include "daemon/clock/clock.h"
#include "daemon/daemon.h"
#include "daemon/os/realtime.h"
#include "daemon/program.h"
#include "daemon/words.h"

/* The step threshold of -x, s. */
#define SLEW_STEP 600.0

void program_ntpd_begin(const struct program *p)
{
	log_info(p->log, "INIT: ntpd gnomon-%s: Starting", GNOMON_VERSION);
	log_info(p->log, "INIT: Command line: %s", p->command_line);
}

void program_ntpd_settle(const struct program *p)
{
	const char *what;

	words_say(p->log, precision, clock_measure_precision(p->kernel));
	words_say(p->log, locked, realtime_lock(&what) < 0 ? what : NULL);
}

/* Takes a path of the command line over. Returns false when it is too long. */
static bool take_path(struct program *p, const char *path, char *ret, size_t room)
{
	if (path == NULL || text_copy(ret, room, path) == 0)
		return true;
	log_fatal(p->log, "CONFIG: %.40s...: path too long", path);
	return false;
}

static int take_paths(struct program *p)
{
	const struct options_ntpd *o = &p->options.ntpd;
	struct settings *s = p->settings;

	return take_path(p, o->driftfile, s->driftfile, sizeof s->driftfile) &&
			       take_path(p, o->keyfile, s->keyfile, sizeof s->keyfile) &&
			       take_path(p, o->pidfile, s->pidfile, sizeof s->pidfile) &&
			       take_path(p, o->statsdir, s->ntp.statsdir, sizeof s->ntp.statsdir) &&
			       take_path(p, p->options.log_file, s->ntp.logfile,
				       sizeof s->ntp.logfile)
		       ? 0
		       : -EINVAL;
}

static int add_keys(struct program *p)
{
	const struct options_ntpd *o = &p->options.ntpd;
	int r = 0;

	for (size_t i = 0; r == 0 && i < o->n_trusted; i++) {
		struct settings_key_range key = {(uint32_t)o->trusted[i], (uint32_t)o->trusted[i]};

		r = settings_add_trusted(&p->settings->ntp, &key);
	}
	return r;
}

/* -I: nothing else is listened on. */
static int add_nics(struct program *p)
{
	const struct options_ntpd *o = &p->options.ntpd;
	struct settings_nic others = {.action = NTP_NIC_IGNORE, .match = NTP_NIC_ALL};
	int r = 0;

	if (o->n_nics == 0 && !o->no_virtual)
		return 0;
	if (p->settings->ntp.n_nics > 0) {
		log_fatal(p->log, "CONFIG: interface/nic rules are not allowed with --interface "
				  "(-I) or --novirtualips (-L), exiting");
		return -EINVAL;
	}
	if (o->n_nics > 0)
		r = settings_add_nic(&p->settings->ntp, &others);
	for (size_t i = 0; r == 0 && i < o->n_nics; i++) {
		struct settings_nic n = {.action = NTP_NIC_LISTEN, .match = NTP_NIC_NAME};

		if (address_parse(o->nics[i], &n.address) == 0) {
			n.match = NTP_NIC_ADDRESS;
			n.bits = address_bits(n.address.family);
		} else if (text_copy(n.name, sizeof n.name, o->nics[i]) < 0) {
			log_fatal(p->log, "CONFIG: -I %.40s...: name too long", o->nics[i]);
			return -EINVAL;
		}
		r = settings_add_nic(&p->settings->ntp, &n);
	}
	return r;
}

/* Servers of the command line. They come first, before those of the file. */
static int add_servers(struct program *p)
{
	struct settings *s = p->settings;

	for (size_t i = 0; i < p->options.n_directives; i++) {
		struct settings_source source = {
			.options = source_options_default(SOURCE_SERVER), .origin = "command line"};
		int r;

		source.options.iburst = true;
		if (text_copy(source.options.name, sizeof source.options.name,
			    p->options.directives[i]) < 0) {
			log_error(p->log, "CONFIG: %.40s...: name too long",
				p->options.directives[i]);
			continue;
		}
		r = settings_add_source(s, &source);
		if (r < 0)
			return r;
		memmove(&s->sources[i + 1], &s->sources[i], (s->n_sources - 1 - i) * sizeof source);
		s->sources[i] = source;
	}
	return 0;
}

static void tell_idle(const struct program *p)
{
	for (const char *letter = p->options.ntpd.idle; *letter != '\0'; letter++)
		log_info(p->log, "CONFIG: option -%c is accepted and has no effect", *letter);
}

int program_ntpd_override(struct program *p)
{
	const struct options_ntpd *o = &p->options.ntpd;
	struct settings *s = p->settings;
	int r = take_paths(p);

	if (r == 0)
		r = add_keys(p);
	if (r == 0)
		r = add_nics(p);
	if (r == 0)
		r = add_servers(p);
	if (r < 0)
		return r;
	s->ntp.panicgate = o->panicgate;
	s->ntp.step_first = o->step_first;
	if (o->panicgate)
		s->maxchange_start = 1;
	if (o->slew) {
		s->ntp.tinker.stepback = s->ntp.tinker.stepfwd = SLEW_STEP;
		s->makestep_threshold = SLEW_STEP;
		s->makestep_limit = -1;
	}
	/* Without -u ntpd stays root with all its rights. */
	s->user_set |= p->options.user == NULL;
	for (size_t i = 0; p->options.step_once && i < s->n_sources; i++)
		s->sources[i].options.iburst = true;
	tell_idle(p);
	return 0;
}

void program_ntpd_log(struct program *p)
{
	const char *path = p->settings->ntp.logfile;
	int r = 0;

	if (path[0] != '\0') {
		log_info(p->log, "LOG: switching logging to file %s", path);
		r = sink_to_file(&p->sink, path, p->options.lowest);
		if (r < 0)
			log_error(p->log, "LOG: failed to open %s: %s", path, strerror(-r));
		else
			program_ntpd_begin(p);
	}
	if (p->settings->ntp.errors > 0)
		log_warning(p->log, "INIT: saw %u parsing errors", p->settings->ntp.errors);
}

bool program_ntpd_signal(struct program *p, int number)
{
	switch (number) {
	case SIGHUP:
		log_info(p->log, "LOG: Saw SIGHUP");
		sink_reopen(&p->sink);
		daemon_refresh(p->daemon);
		return true;
	case SIGUSR1:
	case SIGUSR2:
		log_info(p->log, "LOG: ntpd not compiled for debugging (signal %d)", number);
		return true;
	}
	log_info(p->log, "ERR: ntpd exiting on signal %d (%s)", number, strsignal(number));
	return false;
}
