/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one name that the module's file exports.
 */
#include "config.h"

#include "backends/module/module.h"

extern const struct crypto_backend GNOMON_CRYPTO_SYMBOL;

__attribute__((visibility("default"))) const struct crypto_module gnomon_crypto_module = {
	.version = GNOMON_VERSION,
	.size = sizeof(struct crypto_backend),
	.backend = &GNOMON_CRYPTO_SYMBOL,
};
