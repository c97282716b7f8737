/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of the history, by the XDG base directory specification. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/history.h"

/* Makes every directory on the way to the file path. */
static int make_parents(char *path)
{
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		int r;

		*slash = '\0';
		r = mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (r < 0)
			return r;
	}
	return 0;
}

int history_path(char *ret, size_t n)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int length;

	/* Relative paths are to be ignored. */
	if (state && state[0] == '/')
		length = snprintf(ret, n, "%s/gnomonctl/history", state);
	else if (home && home[0] == '/')
		length = snprintf(ret, n, "%s/.local/state/gnomonctl/history", home);
	else
		return -ENOENT;
	if (length < 0 || (size_t)length >= n)
		return -ENAMETOOLONG;
	return make_parents(ret);
}
