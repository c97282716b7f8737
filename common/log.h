/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages for the administrator. A struct log is where they go; who writes a message does not know
 * whether that is syslog, a file, stderr or a test.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdarg.h>

/** How much a message matters. The order is the order of -L. */
enum log_priority {
	LOG_PRIORITY_DEBUG = -1,
	LOG_PRIORITY_INFO = 0,
	LOG_PRIORITY_WARNING = 1,
	LOG_PRIORITY_ERROR = 2,
	LOG_PRIORITY_FATAL = 3,
};

/** The longest message with its NUL; what is longer is cut. */
#define LOG_MESSAGE 1024

struct words;

/** Where messages go. */
struct log {
	/** Takes one message without a newline or any other control character. */
	void (*write)(void *arg, enum log_priority priority, const char *message);
	void *arg;
	enum log_priority lowest;  /**< messages below are dropped */
	const struct words *words; /**< in which things are told (daemon/words.h); NULL: ours */
};

void log_debug(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_info(const struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warning(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_error(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_fatal(const struct log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
