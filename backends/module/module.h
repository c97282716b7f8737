/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A crypto backend in a file of its own, loaded when it is first needed: a daemon without keys and
 * without NTS never maps the library, which is larger than the daemon itself.
 */
#ifndef BACKENDS_MODULE_MODULE_H
#define BACKENDS_MODULE_MODULE_H

#include "backends/crypto.h"

/** What the file exports, under the name MODULE_SYMBOL. */
struct crypto_module {
	const char *version; /**< of gnomon: another one's structs may be others */
	size_t size;         /**< of struct crypto_backend */
	const struct crypto_backend *backend;
};

#define MODULE_SYMBOL "gnomon_crypto_module"

/** The file's name in whatever directory it lies. */
#define MODULE_FILE "gnomon-" GNOMON_CRYPTO ".so"

extern const struct crypto_module gnomon_crypto_module;

#endif
