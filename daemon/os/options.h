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

/** The most of what ntpd's options can name several times. */
#define OPTIONS_LIST 64

/** What only ntpd's options say. Pointers go into argv; NULL: not given. */
struct options_ntpd {
	bool on;                        /**< the command line is ntpd's */
	const char *driftfile;          /**< -f */
	const char *keyfile;            /**< -k */
	const char *pidfile;            /**< -p */
	const char *statsdir;           /**< -s */
	const char *jail;               /**< -i */
	bool panicgate;                 /**< -g */
	bool step_first;                /**< -G */
	bool slew;                      /**< -x */
	bool no_virtual;                /**< -L */
	const char *nics[OPTIONS_LIST]; /**< -I */
	size_t n_nics;
	int trusted[OPTIONS_LIST]; /**< -t, 1 to 65535 */
	size_t n_trusted;
	int wait_s; /**< -w; 0: not */
	/** What is accepted and does nothing here, a letter each. */
	char idle[16];
};

/** What the command line asks for. Pointers go into argv. */
struct options {
	bool chronyd;        /**< the program is called chronyd: no options but its own */
	bool check;          /**< --check-config: all that is wrong with config is printed */
	bool effective;      /**< --print-config: what config says is printed, with where */
	bool convert;        /**< --convert: config is printed in the other dialect */
	const char *dialect; /**< --dialect; NULL: by the name of the file */
	struct options_ntpd ntpd;
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
	char **directives;          /**< configuration lines; of ntpd: names of servers */
	size_t n_directives;
};

/** What to do after options_parse(). */
enum options_result {
	OPTIONS_RUN,
	OPTIONS_HELP,    /**< print the usage and end with 0 */
	OPTIONS_VERSION, /**< print the version and end with 0 */
	OPTIONS_UNKNOWN, /**< a message is printed already: print the usage and end with 1 */
	OPTIONS_INVALID, /**< why holds what is wrong with an option's argument */
	OPTIONS_DONE,    /**< all is said: end with 0 */
};

/** Reads the command line; argv is permuted so that the directives come last. */
enum options_result options_parse(int argc, char **argv, struct options *ret, struct text *why);

/** Prints the usage, chronyd's when program is called so. */
void options_usage(FILE *f, const char *program);

/** As options_parse() and options_usage(), for ntpd's options (ntpd(8)). */
enum options_result options_ntpd_parse(
	int argc, char **argv, struct options *ret, struct text *why);
void options_ntpd_usage(FILE *f);

#endif
