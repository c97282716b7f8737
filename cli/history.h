/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the history of lines is kept. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include <stddef.h>

/**
 * Finds the file, $XDG_STATE_HOME/gnomonctl/history or ~/.local/state/gnomonctl/history, and makes
 * the directories on the way to it (mode 0700).
 * Returns 0, -ENOENT when the environment does not say where, -ENAMETOOLONG, or -errno.
 */
int history_path(char *ret, size_t n);

#endif
