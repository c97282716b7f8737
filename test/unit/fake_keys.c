/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads keys by a kernel that has one file.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backends/crypto.h"
#include "daemon/kernel/kernel.h"
#include "daemon/protocol/keys.h"
#include "test/unit/fake_keys.h"
#include "test/unit/fake_mode.h"
#include "test/unit/lines.h"

struct one_file {
	struct kernel kernel; /* first: the kernel handed in is this */
	const char *text;
};

static int file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	const char *text = ((struct one_file *)(void *)k)->text;

	(void)path;
	if (strlen(text) > room)
		return -EFBIG;
	memcpy(p, text, strlen(text));
	*ret_n = strlen(text);
	return 0;
}

struct keys *fake_keys(const char *text)
{
	static const struct kernel_ops ops = {.file_load = file_load, .file_mode = fake_mode};
	struct one_file file = {.kernel = {.ops = &ops}, .text = text};
	struct keys *keys;

	if (keys_load(&file.kernel, crypto_backends[0], "/keys", &lines_dropped, &keys) < 0)
		abort();
	return keys;
}
