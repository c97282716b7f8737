/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of a configuration being written.
 */
#include "config.h"

#include <stdarg.h>

#include "common/text.h"
#include "config/writing.h"

void config_put(const struct config_writing *w, const char *format, ...)
{
	char buffer[WRITING_LINE];
	struct text t = text_on(buffer, sizeof(buffer));
	va_list ap;

	va_start(ap, format);
	text_addv(&t, format, ap);
	va_end(ap);
	w->line(w->arg, buffer);
}
