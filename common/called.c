/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name a program was called by.
 */
#include "config.h"

#include <string.h>

#include "common/called.h"

bool called_is(const char *program, const char *name)
{
	const char *slash = strrchr(program, '/');

	return strcmp(slash != NULL ? slash + 1 : program, name) == 0;
}
