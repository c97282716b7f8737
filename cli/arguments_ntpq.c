/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of ntpq. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/transport.h"

static const struct option long_options[] = {
	{"ipv4", no_argument, NULL, '4'},
	{"ipv6", no_argument, NULL, '6'},
	{"command", required_argument, NULL, 'c'},
	{"interactive", no_argument, NULL, 'i'},
	{"numeric", no_argument, NULL, 'n'},
	{"peers", no_argument, NULL, 'p'},
	{"wide", no_argument, NULL, 'w'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

/* What ntpq also calls our commands. */
static char *known_as(char *command)
{
	static const struct {
		const char *theirs;
		char *ours;
	} names[] = {{"pe", "peers"}, {"lpeers", "peers"}, {"as", "associations"},
		{"readvar", "rv"}, {"mru", "mrulist"}, {"nts", "ntsinfo"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].theirs, command) == 0)
			return names[i].ours;
	return command;
}

static int add_command(struct arguments *o, char *command, FILE *err)
{
	if (o->n_command == ARGUMENTS_NTP_COMMANDS) {
		fprintf(err, "Too many commands\n");
		return -EINVAL;
	}
	o->ntp_commands[o->n_command++] = known_as(command);
	return 0;
}

static int take(int c, char *value, struct arguments *o, FILE *err)
{
	switch (c) {
	case '4':
	case '6':
		o->family = address_family_of(c);
		return 0;
	case 'c':
		return add_command(o, value, err);
	case 'i':
		return 0;
	case 'n':
		o->numeric = true;
		return 0;
	case 'p':
		return add_command(o, "peers", err);
	case 'w':
		o->wide = true;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	case 'V':
		o->version = true;
		return 0;
	default:
		return -EINVAL;
	}
}

int arguments_parse_ntpq(int argc, char **argv, struct arguments *ret, FILE *err)
{
	int c, r;

	*ret = (struct arguments){
		.as_ntpq = true,
		.many = true,
		.hosts = ARGUMENTS_HOSTS,
		.port = ARGUMENTS_PORT,
		.timeout_ms = TRANSPORT_TIMEOUT_MS,
		.retries = TRANSPORT_RETRIES,
	};
	optind = 0;
	while ((c = getopt_long(argc, argv, "46c:hinpVw", long_options, NULL)) != -1) {
		r = take(c, optarg, ret, err);
		if (r < 0)
			return r;
	}
	ret->command = ret->ntp_commands;
	ret->ntp_hosts = argv + optind;
	ret->n_ntp_hosts = argc - optind;
	return 0;
}
