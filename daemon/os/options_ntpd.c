/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the command line of ntpd.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "daemon/os/options.h"
#include "daemon/os/realtime.h"

#define LETTERS "46abc:dD:f:gGhi:I:k:l:LmnNp:P:qr:Rs:t:u:U:Vw:xzZ"

static const struct option long_options[] = {
	{"ipv4", no_argument, NULL, '4'},
	{"ipv6", no_argument, NULL, '6'},
	{"assert", no_argument, NULL, 'a'},
	{"configfile", required_argument, NULL, 'c'},
	{"debug", no_argument, NULL, 'd'},
	{"debug-level", no_argument, NULL, 'd'},
	{"set-debug-level", required_argument, NULL, 'D'},
	{"driftfile", required_argument, NULL, 'f'},
	{"driftile", required_argument, NULL, 'f'}, /* misspelt for decades */
	{"panicgate", no_argument, NULL, 'g'},
	{"help", no_argument, NULL, 'h'},
	{"jaildir", required_argument, NULL, 'i'},
	{"interface", required_argument, NULL, 'I'},
	{"keyfile", required_argument, NULL, 'k'},
	{"logfile", required_argument, NULL, 'l'},
	{"novirtualips", no_argument, NULL, 'L'},
	{"mdns", no_argument, NULL, 'm'},
	{"nofork", no_argument, NULL, 'n'},
	{"nice", no_argument, NULL, 'N'},
	{"pidfile", required_argument, NULL, 'p'},
	{"priority", required_argument, NULL, 'P'},
	{"propagationdelay", required_argument, NULL, 'r'},
	{"quit", no_argument, NULL, 'q'},
	{"dumpopts", no_argument, NULL, 'R'},
	{"statsdir", required_argument, NULL, 's'},
	{"trustedkey", required_argument, NULL, 't'},
	{"user", required_argument, NULL, 'u'},
	{"updateinterval", required_argument, NULL, 'U'},
	{"version", no_argument, NULL, 'V'},
	{"wait-sync", required_argument, NULL, 'w'},
	{"slew", no_argument, NULL, 'x'},
	{"var", no_argument, NULL, 'z'},
	{"dvar", no_argument, NULL, 'Z'},
	{NULL, 0, NULL, 0},
};

/* Notes that an option was given and does nothing. */
static void note_idle(struct options_ntpd *n, int letter)
{
	size_t used = strlen(n->idle);

	if (used + 1 < sizeof n->idle && strchr(n->idle, letter) == NULL)
		n->idle[used] = (char)letter;
}

/* Fills in a flag. */
static void set_flag(struct options *o, int letter)
{
	switch (letter) {
	case '4':
	case '6':
		o->family = address_family_of(letter);
		break;
	case 'd':
	case 'n':
		o->foreground = o->to_stderr = true;
		break;
	case 'g':
		o->ntpd.panicgate = true;
		break;
	case 'G':
		o->ntpd.step_first = true;
		break;
	case 'L':
		o->ntpd.no_virtual = true;
		break;
	case 'N':
		o->sched_priority = realtime_highest();
		break;
	case 'q':
		o->foreground = o->to_stderr = o->step_once = true;
		break;
	case 'R':
		o->print = o->any_user = o->foreground = o->to_stderr = true;
		o->lowest = LOG_PRIORITY_FATAL;
		break;
	case 'x':
		o->ntpd.slew = true;
		break;
	default:
		note_idle(&o->ntpd, letter);
		break;
	}
}

/* A number of an option, or false with a message. */
static bool number(
	int letter, const char *s, long long min, long long max, int *ret, struct text *why)
{
	long long v;

	if (text_to_int(s, min, max, &v) < 0) {
		text_add(why, "-%c takes a number from %lld to %lld, not %s", letter, min, max, s);
		return false;
	}
	*ret = (int)v;
	return true;
}

static bool set_user(struct options *o, const char *value, struct text *why)
{
	if (o->user != NULL)
		text_add(why, "-u can be given only once");
	else
		o->user = value;
	return why->n == 0;
}

static bool add_nic(struct options *o, const char *value, struct text *why)
{
	if (o->ntpd.n_nics < OPTIONS_LIST)
		o->ntpd.nics[o->ntpd.n_nics++] = value;
	else
		text_add(why, "-I can be given %d times", OPTIONS_LIST);
	return why->n == 0;
}

static bool add_trusted(struct options *o, const char *value, struct text *why)
{
	long long key;

	if (text_to_int(value, 1, 65535, &key) < 0) {
		text_add(why, "INIT: command line trusted key %s is invalid", value);
		return false;
	}
	if (o->ntpd.n_trusted < OPTIONS_LIST)
		o->ntpd.trusted[o->ntpd.n_trusted++] = (int)key;
	else
		text_add(why, "-t can be given %d times", OPTIONS_LIST);
	return why->n == 0;
}

static bool set_path(struct options *o, int letter, const char *value)
{
	const char **field = letter == 'c'   ? &o->config
			     : letter == 'f' ? &o->ntpd.driftfile
			     : letter == 'i' ? &o->ntpd.jail
			     : letter == 'k' ? &o->ntpd.keyfile
			     : letter == 'l' ? &o->log_file
			     : letter == 'p' ? &o->ntpd.pidfile
			     : letter == 's' ? &o->ntpd.statsdir
					     : NULL;

	if (field != NULL)
		*field = value;
	return field != NULL;
}

static bool set_value(struct options *o, int letter, const char *value, struct text *why)
{
	int idle;

	if (set_path(o, letter, value))
		return true;
	switch (letter) {
	case 'D':
		note_idle(&o->ntpd, letter);
		return number(letter, value, 0, INT_MAX, &idle, why);
	case 'I':
		return add_nic(o, value, why);
	case 'P':
		if (!number(letter, value, INT_MIN, INT_MAX, &idle, why))
			return false;
		o->sched_priority = realtime_clip(idle);
		return true;
	case 't':
		return add_trusted(o, value, why);
	case 'u':
		return set_user(o, value, why);
	case 'w':
		return number(letter, value, 0, INT_MAX, &o->ntpd.wait_s, why);
	}
	note_idle(&o->ntpd, letter);
	return true;
}

/* What ends at once. Returns OPTIONS_RUN for everything else. */
static enum options_result take_last(int letter, const char *value)
{
	int interval;
	char nowhere[64];
	struct text why = text_on(nowhere, sizeof nowhere);

	switch (letter) {
	case 'a':
		abort();
	case 'b':
	case 'r':
		fputs("Obsolete and unsupported broadcast option\n", stderr);
		return OPTIONS_UNKNOWN;
	case 'h':
		return OPTIONS_HELP;
	case 'U':
		if (number('U', value, 0, INT_MAX, &interval, &why))
			return OPTIONS_RUN;
		fprintf(stderr,
			"CONFIG: command line interface update interval %s must not be negative\n",
			value);
		return OPTIONS_DONE;
	case 'V':
		return OPTIONS_VERSION;
	case '?':
		return OPTIONS_UNKNOWN;
	}
	return OPTIONS_RUN;
}

enum options_result options_ntpd_parse(int argc, char **argv, struct options *ret, struct text *why)
{
	struct options o = {.config = GNOMON_NTP_CONFIG_FILE, .sched_priority = -1, .ready_fd = -1};
	int letter;

	o.ntpd.on = true;
	o.dialect = "ntp";
	optind = 0; /* from the start, and with permutation */
	while ((letter = getopt_long(argc, argv, LETTERS, long_options, NULL)) != -1) {
		enum options_result r = take_last(letter, optarg);

		if (r != OPTIONS_RUN)
			return r;
		if (optarg == NULL)
			set_flag(&o, letter);
		else if (!set_value(&o, letter, optarg, why))
			return OPTIONS_INVALID;
	}
	o.directives = argv + optind;
	o.n_directives = (size_t)(argc - optind);
	*ret = o;
	return OPTIONS_RUN;
}

void options_ntpd_usage(FILE *f)
{
	fputs("Usage: ntpd [OPTION]... [SERVER]...\n\nOptions:\n"
	      "  -4, --ipv4\t\tUse IPv4 addresses only\n"
	      "  -6, --ipv6\t\tUse IPv6 addresses only\n"
	      "  -a, --assert\t\tAbort\n"
	      "  -c, --configfile FILE\tConfiguration (" GNOMON_NTP_CONFIG_FILE ")\n"
	      "  -d, --debug\t\tDon't fork, log to the terminal\n"
	      "  -D, --set-debug-level N\tAccepted, no effect\n"
	      "  -f, --driftfile FILE\tFile of the frequency\n"
	      "  -g, --panicgate\tThe first correction may be of any size\n"
	      "  -G\t\t\tThe first correction is a step of any size\n"
	      "  -h, --help\t\tPrint this and exit\n"
	      "  -i, --jaildir DIR\tChange the root directory\n"
	      "  -I, --interface NAME\tListen on this interface or address only\n"
	      "  -k, --keyfile FILE\tSymmetric keys\n"
	      "  -l, --logfile FILE\tLog to a file\n"
	      "  -L, --novirtualips\tDon't listen on virtual interfaces\n"
	      "  -m, --mdns\t\tAccepted, no effect\n"
	      "  -n, --nofork\t\tDon't fork, log to the terminal\n"
	      "  -N, --nice\t\tRun at the highest priority\n"
	      "  -P, --priority N\tRun at this real-time priority\n"
	      "  -p, --pidfile FILE\tFile of the process number\n"
	      "  -q, --quit\t\tSet the clock once and exit\n"
	      "  -R, --dumpopts\tPrint the configuration and exit\n"
	      "  -s, --statsdir DIR\tDirectory of statistics\n"
	      "  -t, --trustedkey N\tTrust this key\n"
	      "  -u, --user USER[:GROUP]\tBecome this user\n"
	      "  -U, --updateinterval N\tAccepted, no effect\n"
	      "  -V, --version\t\tPrint the version and exit\n"
	      "  -w, --wait-sync N\tLet the starting process wait for the clock to be right, "
	      "at most N seconds\n"
	      "  -x, --slew\t\tStep only from 600 s on\n"
	      "  -z, --var, -Z, --dvar\tAccepted, no effect\n",
		f);
}
