/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the OpenSSL backend, by the file they are in. Their contracts are those of struct
 * crypto_backend. Nothing outside this folder includes this.
 */
#ifndef BACKENDS_OPENSSL_BACKEND_H
#define BACKENDS_OPENSSL_BACKEND_H

#include "backends/crypto.h"

/* hash.c */
bool openssl_backend_has_mac(enum crypto_mac which);
int openssl_backend_mac(
	enum crypto_mac which, struct span key, struct span data, uint8_t *ret, size_t room);

/* aead.c */
int openssl_backend_aead_create(uint16_t number, struct aead **ret);
int openssl_backend_aead_rekey(struct aead *a, struct span key);
int openssl_backend_aead_seal(struct aead *a, struct span nonce, struct span ad, struct span plain,
	uint8_t *ret, size_t room);
int openssl_backend_aead_open(struct aead *a, struct span nonce, struct span ad, struct span sealed,
	uint8_t *ret, size_t room);
void openssl_backend_aead_destroy(struct aead *a);

#endif
