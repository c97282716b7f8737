/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of ntpq. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/transport.h"
#include "common/text.h"

/* The options: letter, name, what its argument is (NULL: it has none), and what it does; help NULL:
 * taken without effect. */
static const struct ntpq_option {
	char letter;
	const char *name, *argument, *help;
} options[] = {
	{'4', "ipv4", NULL, "Use IPv4 addresses only"},
	{'6', "ipv6", NULL, "Use IPv6 addresses only"},
	{'a', "authentication", "NUMBER", "Sign requests that need it with this key"},
	{'c', "command", "COMMAND", "Run a command; may be given several times"},
	{'d', "debug", NULL, NULL},
	{'D', "set-debug-level", "LEVEL", NULL},
	{'h', "help", NULL, "Print this"},
	{'i', "interactive", NULL, NULL},
	{'k', "keyfile", "FILE", "Take the key from this file"},
	{'l', "logfile", "FILE", NULL},
	{'n', "numeric", NULL, "Print addresses instead of names"},
	{'p', "peers", NULL, "Print the sources, as the command peers"},
	{'s', "srcname", NULL, NULL},
	{'S', "srcnumber", NULL, NULL},
	{'u', "units", NULL, "Print times with their units"},
	{'V', "version", NULL, "Print the version"},
	{'w', "wide", NULL, "Print long names in full, on a line of their own"},
	{'W', "width", "COLUMNS", "Lay out for so many columns"},
};

#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

static int add_command(struct arguments *o, char *command, FILE *err)
{
	if (o->n_command == ARGUMENTS_NTP_COMMANDS) {
		fprintf(err, "Too many commands\n");
		return -EINVAL;
	}
	o->ntp_commands[o->n_command++] = command;
	return 0;
}

/* Reads the number of an option. */
static int number(int c, const char *value, long long min, long long max, long long *ret, FILE *err)
{
	if (text_to_int(value, min, max, ret) == 0)
		return 0;
	fprintf(err, "Error: -%c parameter '%s' not a number\n", c, value);
	return -EINVAL;
}

/* Takes an option with a number for an argument. */
static int take_number(int c, const char *value, struct arguments *o, FILE *err)
{
	long long v;

	if (number(c, value, c == 'a' ? 1 : 0, c == 'a' ? UINT32_MAX : INT16_MAX, &v, err) < 0)
		return -EINVAL;
	if (c == 'a')
		o->key = (uint32_t)v;
	if (c == 'W')
		o->width = (int)v;
	return 0;
}

static int take(int c, char *value, struct arguments *o, FILE *err)
{
	switch (c) {
	case '4':
	case '6':
		o->family = address_family_of(c);
		return 0;
	case 'a':
	case 'D':
	case 'W':
		return take_number(c, value, o, err);
	case 'c':
		return add_command(o, value, err);
	case 'k':
		o->key_file = value;
		return 0;
	case 'n':
		o->numeric = true;
		return 0;
	case 'p':
		return add_command(o, "peers", err);
	case 'u':
		o->units = true;
		return 0;
	case 'w':
		o->wide = true;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	case 'V':
		o->version = true;
		return 0;
	case '?':
		return -EINVAL;
	default:
		return 0;
	}
}

int arguments_parse_ntpq(int argc, char **argv, struct arguments *ret, FILE *err)
{
	struct option long_options[N_OPTIONS + 1] = {{.name = NULL}};
	char letters[2 * N_OPTIONS + 1];
	struct text t = text_on(letters, sizeof(letters));
	int c, r;

	for (size_t i = 0; i < N_OPTIONS; i++) {
		long_options[i] = (struct option){options[i].name,
			options[i].argument ? required_argument : no_argument, NULL,
			options[i].letter};
		text_add(&t, "%c%s", options[i].letter, options[i].argument ? ":" : "");
	}
	*ret = (struct arguments){
		.as_ntpq = true,
		.many = true,
		.hosts = ARGUMENTS_HOSTS,
		.port = ARGUMENTS_PORT,
		.timeout_ms = TRANSPORT_TIMEOUT_MS,
		.retries = TRANSPORT_RETRIES,
	};
	optind = 0;
	while ((c = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		r = take(c, optarg, ret, err);
		if (r < 0)
			return r;
	}
	ret->command = ret->ntp_commands;
	ret->ntp_hosts = argv + optind;
	ret->n_ntp_hosts = argc - optind;
	return 0;
}

void arguments_usage_ntpq(FILE *out)
{
	fprintf(out, "Usage: ntpq [OPTION]... [HOST]...\n\nOptions:\n");
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct ntpq_option *o = &options[i];
		char name[40];
		struct text t = text_on(name, sizeof(name));

		text_add(&t, "--%s%s%s", o->name, o->argument ? "=" : "",
			o->argument ? o->argument : "");
		fprintf(out, "  -%c, %-25s %s\n", o->letter, name,
			o->help ? o->help : "Accepted, without effect");
	}
	fprintf(out, "\nThe command \"help\" lists the commands.\n");
}
