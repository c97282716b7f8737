/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of gnomonctl: chronyc's options, and some of our own. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/print.h"
#include "common/address.h"

/** Where the daemon is looked for unless -h says otherwise. */
#define ARGUMENTS_HOSTS GNOMON_SOCKET ",127.0.0.1,::1"
#define ARGUMENTS_PORT  323
/** And by ntpd's protocol, where -h names a socket. */
#define ARGUMENTS_NTP_HOSTS "127.0.0.1,::1"

/** The most commands that ntpq's -c and -p give. */
#define ARGUMENTS_NTP_COMMANDS 256

/** What the command line says. */
struct arguments {
	bool as_chronyc; /**< called so: no options but its own */
	const char *hosts;
	uint16_t port;
	enum address_family family; /**< -4, -6 */
	enum print_mode mode;       /**< -c, --json */
	bool wide;                  /**< -w */
	bool numeric;               /**< -n */
	bool configured_names;      /**< -N */
	bool end_marks;             /**< -e: a line with a point after each command */
	bool many;                  /**< -m: each argument is a command */
	const char *user;           /**< -u; NULL: stay who we are */
	int timeout_ms, retries;
	bool help, version;
	char **command; /**< what follows the options */
	int n_command;
	/* called as ntpq */
	bool as_ntpq;
	char *const *ntp_hosts; /**< to ask one after the other; none: this one */
	int n_ntp_hosts;
	char *ntp_commands[ARGUMENTS_NTP_COMMANDS]; /**< what command points to then */
	uint32_t key;                               /**< -a; 0: none */
	const char *key_file;                       /**< -k; NULL: none */
	bool units;                                 /**< -u */
	int width;                                  /**< -W, columns; 0: as the terminal has */
};

/**
 * Reads the command line; may reorder nothing: what follows the first word that is no option is
 * the command. Returns 0, or -EINVAL when a message was written to err.
 */
int arguments_parse(int argc, char **argv, struct arguments *ret, FILE *err);

/** Reads a command line in ntpq's manner: options, then hosts. *ret must stay where it is. Returns
 * as arguments_parse(). */
int arguments_parse_ntpq(int argc, char **argv, struct arguments *ret, FILE *err);

void arguments_usage(FILE *out, const char *program);
/** The same of ntpq's options. */
void arguments_usage_ntpq(FILE *out);

/** "gnomonctl (gnomon) VERSION (+LIBEDIT ...)", or as chronyc says it when program is called so. */
void arguments_version(FILE *out, const char *program);

#endif
