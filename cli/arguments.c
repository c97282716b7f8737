/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the command line. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/editor.h"
#include "cli/transport.h"
#include "common/called.h"
#include "common/text.h"

/* Long options without a letter. */
enum {
	LONG_JSON = 256,
	LONG_TIMEOUT,
	LONG_RETRIES,
	LONG_HELP,
	LONG_VERSION,
};

static const struct option long_options[] = {
	{"json", no_argument, NULL, LONG_JSON},
	{"timeout", required_argument, NULL, LONG_TIMEOUT},
	{"retries", required_argument, NULL, LONG_RETRIES},
	{"help", no_argument, NULL, LONG_HELP},
	{"version", no_argument, NULL, LONG_VERSION},
	{NULL, 0, NULL, 0},
};

/* chronyc has none but those that are known wherever they stand. */
static const struct option no_options[] = {{NULL, 0, NULL, 0}};

/* Reads a number of an option. */
static int number(const char *option, const char *value, long long min, long long max,
	long long *ret, FILE *err)
{
	if (text_to_int(value, min, max, ret) == 0)
		return 0;
	fprintf(err, "%s: %s is not a number from %lld to %lld\n", option, value, min, max);
	return -EINVAL;
}

/* Takes one option. */
static int take(int c, const char *value, struct arguments *o, FILE *err)
{
	long long v;
	int r = 0;

	switch (c) {
	case '4':
	case '6':
		o->family = address_family_of(c);
		break;
	case 'c':
		o->mode = PRINT_CSV;
		break;
	case LONG_JSON:
		o->mode = PRINT_JSON;
		break;
	case 'e':
		o->end_marks = true;
		break;
	case 'h':
		o->hosts = value;
		break;
	case 'm':
		o->many = true;
		break;
	case 'n':
		o->numeric = true;
		break;
	case 'N':
		o->configured_names = true;
		break;
	case 'p':
		r = number("-p", value, 1, UINT16_MAX, &v, err);
		if (r == 0)
			o->port = (uint16_t)v;
		break;
	case 'u':
		o->user = value;
		break;
	case 'w':
		o->wide = true;
		break;
	case LONG_TIMEOUT:
		r = number("--timeout", value, TRANSPORT_TIMEOUT_MIN_MS, INT32_MAX, &v, err);
		if (r == 0)
			o->timeout_ms = (int)v;
		break;
	case LONG_RETRIES:
		r = number("--retries", value, 0, TRANSPORT_RETRIES_MAX, &v, err);
		if (r == 0)
			o->retries = (int)v;
		break;
	case LONG_HELP:
		o->help = true;
		break;
	case 'v':
	case LONG_VERSION:
		o->version = true;
		break;
	case 'a':
	case 'd':
	case 'f':
		/* Of older and of debugging chronycs: accepted, without effect. */
		break;
	default:
		r = -EINVAL;
		break;
	}
	return r;
}

int arguments_parse(int argc, char **argv, struct arguments *ret, FILE *err)
{
	struct arguments o = {
		.as_chronyc = called_is(argv[0], "chronyc"),
		.hosts = ARGUMENTS_HOSTS,
		.port = ARGUMENTS_PORT,
		.timeout_ms = TRANSPORT_TIMEOUT_MS,
		.retries = TRANSPORT_RETRIES,
	};
	int c, r;

	/* These two are known wherever they stand. */
	for (int i = 1; i < argc; i++) {
		o.help |= strcmp(argv[i], "--help") == 0;
		o.version |= strcmp(argv[i], "--version") == 0;
	}
	if (o.help || o.version) {
		*ret = o;
		return 0;
	}
	optind = 0;
	while ((c = getopt_long(argc, argv, "+46acdef:h:mnNp:u:vw",
			o.as_chronyc ? no_options : long_options, NULL)) != -1) {
		r = take(c, optarg, &o, err);
		if (r < 0)
			return r;
	}
	/* Names of the DNS have no place in what programs read. */
	o.numeric |= o.mode != PRINT_HUMAN;
	o.command = argv + optind;
	o.n_command = argc - optind;
	*ret = o;
	return 0;
}

void arguments_usage(FILE *out, const char *program)
{
	fprintf(out,
		"Usage: %s [OPTION]... [COMMAND]...\n"
		"\n"
		"Options:\n"
		"  -4\t\t\tUse IPv4 addresses only\n"
		"  -6\t\t\tUse IPv6 addresses only\n"
		"  -n\t\t\tPrint addresses instead of names\n"
		"  -N\t\t\tPrint sources by the names they were configured by\n"
		"  -c\t\t\tPrint comma-separated values\n"
		"      --json\t\tPrint JSON\n"
		"  -w\t\t\tPrint wider columns of names\n"
		"  -e\t\t\tPrint a line with a point after each command\n"
		"  -m\t\t\tTake each argument as a command\n"
		"  -h HOST\t\tAsk the daemon there (%s)\n"
		"  -p PORT\t\tAsk at this UDP port (%d)\n"
		"      --timeout MS\tWait so long for the first answer (%d)\n"
		"      --retries N\tRepeat a request so often (%d)\n"
		"  -u USER\t\tWork as this user when started by root\n"
		"  -v, --version\t\tPrint the version\n"
		"      --help\t\tPrint this\n"
		"\n"
		"The command \"help\" lists the commands.\n",
		program, ARGUMENTS_HOSTS, ARGUMENTS_PORT, TRANSPORT_TIMEOUT_MS, TRANSPORT_RETRIES);
}

void arguments_version(FILE *out, const char *program)
{
	if (called_is(program, "chronyc")) {
		/* Inside the list: whoever looks for words finds them, whoever takes the line apart
		 * finds its shape. */
		fprintf(out,
			"chronyc (chrony) version %s (%cREADLINE +SECHASH +IPV6 -DEBUG "
			"+GNOMON-%s)\n",
			CALLED_CHRONY_VERSION, editor_has_history() ? '+' : '-', GNOMON_VERSION);
		return;
	}
	if (called_is(program, "ntpq")) {
		fprintf(out, "ntpq gnomon-%s\n", GNOMON_VERSION);
		return;
	}
	fprintf(out, "gnomonctl (gnomon) %s (%cLIBEDIT +JSON +IPV6)\n", GNOMON_VERSION,
		editor_has_history() ? '+' : '-');
}
