/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formats messages and hands them to their sink.
 */
#include "config.h"

#include <stddef.h>

#include "common/log.h"
#include "common/text.h"

static void log_write(const struct log *log, enum log_priority priority, const char *format,
	va_list ap) __attribute__((format(printf, 3, 0)));

static void log_write(
	const struct log *log, enum log_priority priority, const char *format, va_list ap)
{
	char message[LOG_MESSAGE];
	struct text t = text_on(message, sizeof(message));

	if (!log || priority < log->lowest) {
		return;
	}
	text_addv(&t, format, ap);
	text_tame(message);
	log->write(log->arg, priority, message);
}

void log_debug(const struct log *log, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_write(log, LOG_PRIORITY_DEBUG, format, ap);
	va_end(ap);
}

void log_info(const struct log *log, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_write(log, LOG_PRIORITY_INFO, format, ap);
	va_end(ap);
}

void log_warning(const struct log *log, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_write(log, LOG_PRIORITY_WARNING, format, ap);
	va_end(ap);
}

void log_error(const struct log *log, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_write(log, LOG_PRIORITY_ERROR, format, ap);
	va_end(ap);
}

void log_fatal(const struct log *log, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_write(log, LOG_PRIORITY_FATAL, format, ap);
	va_end(ap);
}
