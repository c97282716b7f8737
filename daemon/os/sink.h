/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the daemon's messages go: syslog, stderr or a file, and to the process that waits for a
 * daemon to be ready.
 */
#ifndef DAEMON_OS_SINK_H
#define DAEMON_OS_SINK_H

#include <stdbool.h>

#include "common/log.h"

struct text;

/** Longest path of a message file with its NUL. */
#define SINK_PATH 1024

/** A sink. Its log is handed to everybody. */
struct sink {
	struct log log;
	int fd;               /**< file or stderr; -1: syslog */
	bool prints;          /**< standard output is for what was asked for: no messages there */
	char path[SINK_PATH]; /**< of the file; empty otherwise */
	int parent_fd;        /**< see daemonise.h; -1: nobody waits */
	const char *ident;    /**< whose messages syslog says they are */
	bool ntpd;            /**< lines are as ntpd's: "2026-11-23T09:03:12 ntpd[PID]: MESSAGE" */
	/** What a message becomes before it is written; false: nothing. NULL: it stays as it is. */
	bool (*edit)(const char *message, struct text *ret);
};

/** Messages to stderr; in ntpd's style those that are no errors to stdout. */
void sink_to_stderr(struct sink *s, enum log_priority lowest);
/** Messages to syslog, facility daemon; fatal ones to stderr too. */
void sink_to_syslog(struct sink *s, enum log_priority lowest);
/** Messages to the end of a file, made when missing. Returns 0 or -errno. */
int sink_to_file(struct sink *s, const char *path, enum log_priority lowest);
/** cyclelogs: makes the file anew when somebody moved it away. arg is the struct sink. */
void sink_reopen(void *arg);
void sink_close(struct sink *s);

#endif
