/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any content as a key file: loaded keys can sign, and what is signed is accepted.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "daemon/kernel/kernel.h"
#include "daemon/protocol/keys.h"
#include "test/unit/fake_mode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A kernel whose only file is the input. */
struct file_kernel {
	struct kernel kernel;
	struct span content;
};

static int file_load(struct kernel *k, const char *path, uint8_t *p, size_t room, size_t *ret_n)
{
	const struct file_kernel *f = (const struct file_kernel *)k;

	(void)path;
	if (f->content.n > room)
		return -EFBIG;
	if (f->content.n > 0)
		memcpy(p, f->content.p, f->content.n);
	*ret_n = f->content.n;
	return 0;
}

static void no_message(void *arg, enum log_priority priority, const char *message)
{
	(void)arg;
	(void)priority;
	if (strlen(message) >= LOG_MESSAGE)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kernel_ops ops = {.file_load = file_load, .file_mode = fake_mode};
	struct file_kernel f = {{&ops}, {data, size}};
	struct log log = {.write = no_message};
	struct keys *keys;

	if (keys_load(&f.kernel, crypto_backends[0], "/keys", &log, &keys) < 0)
		return 0;
	for (uint32_t id = 0; id < 12; id++) {
		struct span text = {data, size < 100 ? size : 100};
		uint8_t mac[CRYPTO_MAC_MAX];
		enum crypto_mac type;
		int bits, n;

		if (!keys_find(keys, id, &type, &bits))
			continue;
		n = keys_sign(keys, id, 4, text, mac, sizeof(mac));
		if (n < 16 || n > 20 || bits < 8 ||
			keys_check(keys, id, 4, text, (struct span){mac, n}) < 0)
			abort();
	}
	keys_destroy(keys);
	return 0;
}
