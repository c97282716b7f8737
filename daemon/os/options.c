/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the command line.
 */
#define _GNU_SOURCE
#include "config.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/called.h"
#include "common/text.h"
#include "daemon/os/options.h"

/** The option letters of chronyd. */
#define LETTERS "46df:F:hl:L:mnN:pP:qQrRst:u:Uvx"

/** Options of our own, which have no letter. */
enum {
	LONG_DIALECT = 256,
	LONG_CONVERT,
	LONG_CHECK,
	LONG_PRINT,
};

static const struct option long_options[] = {
	{"dialect", required_argument, NULL, LONG_DIALECT},
	{"convert", required_argument, NULL, LONG_CONVERT},
	{"check-config", required_argument, NULL, LONG_CHECK},
	{"print-config", no_argument, NULL, LONG_PRINT},
	{NULL, 0, NULL, 0},
};

/** chronyd has none. */
static const struct option no_options[] = {{NULL, 0, NULL, 0}};

static bool number(const char *s, long long min, long long max, int *ret, struct text *why)
{
	long long v;

	if (text_to_int(s, min, max, &v) < 0) {
		text_add(why, "Invalid argument %s", s);
		return false;
	}
	*ret = (int)v;
	return true;
}

static bool level(const char *s, enum log_priority *ret, struct text *why)
{
	int v;

	if (!number(s, INT_MIN, INT_MAX, &v, why))
		return false;
	if (v < LOG_PRIORITY_DEBUG)
		v = LOG_PRIORITY_DEBUG;
	if (v > LOG_PRIORITY_FATAL)
		v = LOG_PRIORITY_FATAL;
	*ret = (enum log_priority)v;
	return true;
}

/* Options that print and end, or run once: in the foreground, messages to stderr. */
static void run_here(struct options *o)
{
	o->foreground = true;
	o->to_stderr = true;
}

/* Options after which a configuration is printed, and nothing else happens. */
static void print_only(struct options *o)
{
	run_here(o);
	o->print = o->any_user = true;
	o->lowest = LOG_PRIORITY_WARNING;
}

static void set_flag(struct options *o, int letter)
{
	switch (letter) {
	case '4':
	case '6':
		o->family = address_family_of(letter);
		break;
	case 'd':
		if (o->to_stderr)
			o->lowest = LOG_PRIORITY_DEBUG;
		run_here(o);
		break;
	case 'm':
		o->lock_all = true;
		break;
	case 'n':
		o->foreground = true;
		break;
	case LONG_PRINT:
		o->effective = true;
		print_only(o);
		break;
	case 'p':
		print_only(o);
		break;
	case 'q':
		run_here(o);
		o->step_once = true;
		break;
	case 'Q':
		run_here(o);
		o->print_once = o->any_user = o->no_control = true;
		break;
	case 'r':
		o->load_dumps = true;
		break;
	case 'R':
		o->restarted = true;
		break;
	case 's':
		o->from_rtc = true;
		break;
	case 'U':
		o->any_user = true;
		break;
	case 'x':
		o->no_control = true;
		break;
	}
}

static bool set_value(struct options *o, int letter, const char *value, struct text *why)
{
	switch (letter) {
	case LONG_DIALECT:
		o->dialect = value;
		return true;
	case LONG_CONVERT:
	case LONG_CHECK:
		o->config = value;
		o->convert = letter == LONG_CONVERT;
		o->check = letter == LONG_CHECK;
		print_only(o);
		return true;
	case 'f':
		o->config = value;
		return true;
	case 'F':
		return number(value, INT_MIN, INT_MAX, &o->filter_level, why);
	case 'l':
		o->log_file = value;
		return true;
	case 'L':
		return level(value, &o->lowest, why);
	case 'N':
		return number(value, 0, INT_MAX, &o->ready_fd, why);
	case 'P':
		return number(value, 0, INT_MAX, &o->sched_priority, why);
	case 't':
		return number(value, 1, INT_MAX, &o->timeout_s, why);
	case 'u':
		o->user = value;
		return true;
	}
	return true;
}

enum options_result options_parse(int argc, char **argv, struct options *ret, struct text *why)
{
	struct options o = {.chronyd = argc > 0 && called_is(argv[0], "chronyd"),
		.config = GNOMON_CONFIG_FILE,
		.sched_priority = -1,
		.ready_fd = -1};
	int letter;

	if (o.chronyd)
		o.config = GNOMON_CHRONY_CONFIG_FILE;

	/* anywhere on the line, whatever else is wrong with it */
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return OPTIONS_HELP;
		if (strcmp(argv[i], "--version") == 0)
			return OPTIONS_VERSION;
	}
	optind = 0; /* from the start, and with permutation */
	while ((letter = getopt_long(
			argc, argv, LETTERS, o.chronyd ? no_options : long_options, NULL)) != -1) {
		if (letter == 'h')
			return OPTIONS_HELP;
		if (letter == 'v')
			return OPTIONS_VERSION;
		if (letter == '?')
			return OPTIONS_UNKNOWN;
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

void options_usage(FILE *f, const char *program)
{
	bool chronyd = called_is(program, "chronyd");

	fprintf(f,
		"Usage: %s [OPTION]... [DIRECTIVE]...\n\nOptions:\n"
		"  -4\t\tUse IPv4 addresses only\n"
		"  -6\t\tUse IPv6 addresses only\n"
		"  -f FILE\tSpecify configuration file (%s)\n",
		program, chronyd ? GNOMON_CHRONY_CONFIG_FILE : GNOMON_CONFIG_FILE);
	fputs("  -n\t\tDon't run as daemon\n"
	      "  -d\t\tDon't run as daemon and log to stderr\n"
	      "  -l FILE\tLog to file\n"
	      "  -L LEVEL\tSet logging threshold (0)\n"
	      "  -p\t\tPrint configuration and exit\n"
	      "  -q\t\tSet clock and exit\n"
	      "  -Q\t\tLog offset and exit\n"
	      "  -r\t\tReload dump files\n"
	      "  -R\t\tAdapt configuration for restart\n"
	      "  -s\t\tSet clock from RTC\n"
	      "  -t SECONDS\tExit after elapsed time\n"
	      "  -u USER\tSpecify user\n"
	      "  -U\t\tDon't check for root\n"
	      "  -F LEVEL\tSet system call filter level (0)\n"
	      "  -P PRIORITY\tSet process priority (0)\n"
	      "  -m\t\tLock memory\n"
	      "  -x\t\tDon't control clock\n"
	      "  -N FD\t\tWrite a newline to this descriptor when ready\n",
		f);
	if (!chronyd)
		fputs("  --check-config FILE\tPrint all that is wrong with a configuration and "
		      "exit\n"
		      "  --print-config\tPrint what the configuration says, and where, and exit\n"
		      "  --convert FILE\tPrint a configuration in the other dialect and exit\n"
		      "  --dialect NAME\tRead the configuration as one of chrony or ntp\n",
			f);
	fputs("  -v, --version\tPrint version and exit\n"
	      "  -h, --help\tPrint usage and exit\n",
		f);
}
