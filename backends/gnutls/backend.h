/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the GnuTLS backend, by the file they are in. Their contracts are those of struct
 * crypto_backend. Nothing outside this folder includes this.
 */
#ifndef BACKENDS_GNUTLS_BACKEND_H
#define BACKENDS_GNUTLS_BACKEND_H

#include "backends/crypto.h"

/* hash.c */
bool gnutls_backend_has_mac(enum crypto_mac which);
int gnutls_backend_mac(
	enum crypto_mac which, struct span key, struct span data, uint8_t *ret, size_t room);

/* aead.c */
int gnutls_backend_aead_create(uint16_t number, struct aead **ret);
int gnutls_backend_aead_rekey(struct aead *a, struct span key);
int gnutls_backend_aead_seal(struct aead *a, struct span nonce, struct span ad, struct span plain,
	uint8_t *ret, size_t room);
int gnutls_backend_aead_open(struct aead *a, struct span nonce, struct span ad, struct span sealed,
	uint8_t *ret, size_t room);
void gnutls_backend_aead_destroy(struct aead *a);

/* gcm_siv.c: Nettle has AES-GCM-SIV since 3.9. Lengths are checked by the caller. */
#define GCM_SIV_KEY   16
#define GCM_SIV_NONCE 12
bool gcm_siv_is_here(void);
void gcm_siv_seal(
	const uint8_t *key, const uint8_t *nonce, struct span ad, struct span plain, uint8_t *ret);
/** Returns 0 or -EBADMSG. */
int gcm_siv_open(
	const uint8_t *key, const uint8_t *nonce, struct span ad, struct span sealed, uint8_t *ret);

#endif
