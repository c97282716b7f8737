/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads texts as ntp.conf, for tests.
 */
#ifndef TEST_UNIT_NTPCONF_WORLD_H
#define TEST_UNIT_NTPCONF_WORLD_H

#include "config/dialect.h"
#include "config/settings.h"
#include "test/unit/files_fake.h"

extern const struct config_dialect config_dialect_ntpconf;

/* Each reads a text as the file ntp.conf. The settings live until the next one. */

/** There is nothing to say about it but what is always said, and that something has no effect. */
const struct settings *quiet(const char *text);

/** These messages are given, one a line: E, W or I, a blank, the message. */
const struct settings *noisy(const char *text, const char *messages);

/** It cannot be used, for this reason. */
void fatal(const char *text, const char *why);

/** Reads path of files that the caller filled. messages as of noisy(), with all that is said. */
const struct settings *ntpconf_world_read(
	struct files_fake *files, const char *path, const char *messages);

/** Whatever is said: all messages but those about files, as of noisy(). */
const struct settings *ntpconf_world_any(const char *text, char *ret_messages, size_t n);

/** A cmocka group teardown. */
int ntpconf_world_end(void **state);

#endif
