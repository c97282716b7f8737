/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of gnomond: chronyd's options.
 */
#ifndef DAEMON_OS_OPTIONS_H
#define DAEMON_OS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/address.h"
#include "common/log.h"

struct text;

/** What the command line asks for. Pointers go into argv. */
struct options {
	enum address_family family; /**< -4, -6; ADDRESS_NONE: both */
	const char *config;         /**< -f */
	bool foreground;            /**< -n, and what implies it */
	bool to_stderr;             /**< messages go there: -d, -p, -q, -Q */
	const char *log_file;       /**< -l; NULL */
	enum log_priority lowest;   /**< -L, -d -d */
	bool print;                 /**< -p */
	bool step_once;             /**< -q */
	bool print_once;            /**< -Q */
	bool load_dumps;            /**< -r */
	bool restarted;             /**< -R */
	bool from_rtc;              /**< -s */
	int timeout_s;              /**< -t; 0: none */
	const char *user;           /**< -u; NULL */
	bool any_user;              /**< -U, and what implies it */
	int filter_level;           /**< -F */
	int sched_priority;         /**< -P; -1: not given */
	bool lock_all;              /**< -m */
	bool no_control;            /**< -x, -Q */
	int ready_fd;               /**< -N; -1 */
	char **directives;          /**< configuration lines */
	size_t n_directives;
};

/** What to do after options_parse(). */
enum options_result {
	OPTIONS_RUN,
	OPTIONS_HELP,    /**< print the usage and end with 0 */
	OPTIONS_VERSION, /**< print the version and end with 0 */
	OPTIONS_UNKNOWN, /**< a message is printed already: print the usage and end with 1 */
	OPTIONS_INVALID, /**< why holds what is wrong with an option's argument */
};

/** Reads the command line; argv is permuted so that the directives come last. */
enum options_result options_parse(int argc, char **argv, struct options *ret, struct text *why);

/** Prints the usage. */
void options_usage(FILE *f, const char *program);

#endif
