/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The environment before a test, and again after it.
 */
#define _GNU_SOURCE
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "test/unit/environment.h"

int environment_keep(void **state)
{
	size_t n = 0;
	char **kept;

	while (environ[n])
		n++;
	kept = calloc(n + 1, sizeof(*kept));
	if (!kept)
		return -1;
	for (size_t i = 0; i < n; i++)
		kept[i] = strdup(environ[i]);
	*state = kept;
	return 0;
}

int environment_restore(void **state)
{
	char **kept = *state;

	clearenv();
	for (size_t i = 0; kept[i]; i++) {
		char *value = strchr(kept[i], '=');

		if (value) {
			*value = '\0';
			setenv(kept[i], value + 1, 1);
		}
		free(kept[i]);
	}
	free(kept);
	tzset();
	return 0;
}
