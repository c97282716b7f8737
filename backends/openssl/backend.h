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
int openssl_backend_aead_many(struct aead *a, bool seal, struct aead_job *jobs, size_t n);
void openssl_backend_aead_destroy(struct aead *a);

/* credentials.c */
int openssl_backend_trust_create(const struct tls_choice *choice, struct tls_trust **ret);
int openssl_backend_trust_add_system(struct tls_trust *t);
int openssl_backend_trust_add_pem(struct tls_trust *t, struct span pem, char *ret_why);
void openssl_backend_trust_destroy(struct tls_trust *t);
int openssl_backend_identity_create(const struct tls_choice *choice, struct tls_identity **ret);
int openssl_backend_identity_add(struct tls_identity *i, struct span certificates, struct span key,
	struct tls_certificate *ret_info, char *ret_why);
void openssl_backend_identity_destroy(struct tls_identity *i);

/* tls.c */
int openssl_backend_tls_client(const struct tls_client_settings *s, struct tls **ret);
int openssl_backend_tls_server(const struct tls_server_settings *s, struct tls **ret);
size_t openssl_backend_tls_feed(struct tls *t, struct span bytes);
size_t openssl_backend_tls_drain(struct tls *t, uint8_t *ret, size_t room);
int openssl_backend_tls_step(struct tls *t);
int openssl_backend_tls_read(struct tls *t, uint8_t *ret, size_t room);
int openssl_backend_tls_write(struct tls *t, struct span data);
void openssl_backend_tls_finish(struct tls *t);
int openssl_backend_tls_export(
	struct tls *t, const char *label, struct span context, uint8_t *ret, size_t n);
void openssl_backend_tls_info(struct tls *t, struct tls_info *ret);
enum tls_fault openssl_backend_tls_fault(const struct tls *t);
const char *openssl_backend_tls_why(const struct tls *t);
void openssl_backend_tls_destroy(struct tls *t);

#endif
