/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration in another dialect.
 */
#ifndef CONFIG_CONVERT_H
#define CONFIG_CONVERT_H

struct config_dialect;
struct kernel;
struct log;
struct text;

/**
 * Reads the file path in one dialect and gives it line by line in another, with a comment for each
 * line that, read back, would not say the same. Returns 0; what reading returned, with why; or
 * -EINVAL when what was written cannot be read, -ENOMEM.
 */
int convert_file(struct kernel *k, const struct config_dialect *from,
	const struct config_dialect *to, const char *path, const struct log *log,
	void (*line)(void *arg, const char *text), void *arg, struct text *why);

#endif
