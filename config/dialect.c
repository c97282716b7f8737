/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which dialect a configuration is in.
 */
#include "config.h"

#include <string.h>

#include "common/text.h"
#include "config/dialect.h"

const struct config_dialect *dialect_find(const char *name)
{
	for (size_t i = 0; config_dialects[i]; i++) {
		if (text_same_word(config_dialects[i]->name, name)) {
			return config_dialects[i];
		}
	}
	return NULL;
}

const struct config_dialect *dialect_other(const struct config_dialect *d)
{
	for (size_t i = 0; config_dialects[i]; i++) {
		if (config_dialects[i] != d) {
			return config_dialects[i];
		}
	}
	return d;
}

const struct config_dialect *dialect_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct config_dialect *ntp = dialect_find("ntp");

	return ntp && strcmp(slash ? slash + 1 : path, "ntp.conf") == 0 ? ntp : config_dialects[0];
}
