/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts that tests are given. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "test/unit/lines.h"

static void drop(void *arg, enum log_priority priority, const char *message)
{
	(void)arg;
	(void)priority;
	(void)message;
}

const struct log lines_silent = {.write = drop, .lowest = LOG_PRIORITY_FATAL};
const struct log lines_dropped = {.write = drop, .lowest = LOG_PRIORITY_DEBUG};

void lines_add(void *arg, const char *line)
{
	struct lines *l = arg;

	l->n += (size_t)snprintf(l->text + l->n, sizeof(l->text) - l->n, "%s\n", line);
	if (l->n >= sizeof(l->text))
		abort();
}
