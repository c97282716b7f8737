/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What somebody wants to know of a configuration before it is used.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include <stdbool.h>

struct config_dialect;
struct kernel;

/**
 * Reads the file path with all that it includes, and the files of sources that it names, and gives
 * a line for all that is wrong: "FILE:LINE: text", or "FILE:LINE: warning: text" for what keeps no
 * daemon from starting. knows: whether the program has a driver for reference clocks.
 * Returns the number of errors, or -ENOMEM.
 */
int check_file(struct kernel *k, const struct config_dialect *d, const char *path,
	bool (*knows)(const char *driver), void (*line)(void *arg, const char *text), void *arg);

/**
 * Reads the file path and gives what it says in the words of to: each line that is not the default,
 * and before it a comment with where it is from: "# FILE:LINE", several where several lines made
 * it. What is wrong is given as comments too. Returns as check_file().
 */
int check_print(struct kernel *k, const struct config_dialect *d, const struct config_dialect *to,
	const char *path, void (*line)(void *arg, const char *text), void *arg);

#endif
