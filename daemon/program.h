/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that one daemon runs in, between main.c and prepare.c.
 */
#ifndef DAEMON_PROGRAM_H
#define DAEMON_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

#include "daemon/os/options.h"
#include "daemon/os/privilege.h"
#include "daemon/os/sink.h"

struct config_dialect;
struct daemon;
struct kernel;
struct settings;

/** Everything of this process. */
struct program {
	struct options options;
	char config[PATH_MAX], log_file[PATH_MAX]; /**< what options point to in the background */
	char command_line[LOG_MESSAGE];            /**< as it was typed */
	const char *name; /**< it goes by in messages: gnomond, chronyd or ntpd */
	struct sink sink;
	const struct log *log; /**< of the sink */
	struct kernel *kernel;
	const struct config_dialect *dialect;
	struct settings *settings;
	struct privilege_user user;
	bool confine; /**< give up what root can do */
	bool own_pidfile;
	bool settled;    /**< the first turn is over */
	bool told_ready; /**< whoever waits for the start to end */
	struct daemon *daemon;
};

/** Logs a fatal complaint of a reader of configurations, in chronyd's words where that is
 * expected. */
void program_tell_why(const struct program *p, const char *why);

/** Reads the configuration and lets the command line override it. Returns 0 or -errno, logged. */
int program_configure(struct program *p);

/** Reads the configuration again (struct daemon_options); arg is the struct program, and log is
 * told what is wrong with it. */
int program_read_again(void *arg, const struct log *log, struct settings *ret);

/** Refuses to run beside another daemon, finds the user, makes and checks directories, writes the
 * PID file. Returns 0 or -errno, logged. */
int program_prepare(struct program *p);

/* In the place of ntpd (ntpd.c): */

/** The first lines of the log. */
void program_ntpd_begin(const struct program *p);
/** Measures the precision and locks the program into memory, before the configuration is read. */
void program_ntpd_settle(const struct program *p);
/** Lets ntpd's options override the configuration. Returns 0 or -errno, logged. */
int program_ntpd_override(struct program *p);
/** Goes over to the log file, and tells how many errors the configuration has. */
void program_ntpd_log(struct program *p);
/** Does what a signal asks for. Returns false when the daemon is to end. */
bool program_ntpd_signal(struct program *p, int number);

#endif
