/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all NTS associations of a daemon have in common: the crypto library, the algorithms it has,
 * whom to believe, and counters.
 */
#ifndef DAEMON_PROTOCOL_NTS_SHARED_H
#define DAEMON_PROTOCOL_NTS_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/crypto.h"
#include "common/report.h"

struct kernel;
struct log;
struct nts_shared;
struct settings;

/** Room for what nts_shared_trust() tells of a set. */
#define NTS_TRUST_TEXT 512

/** All arguments outlive it. Returns 0 or -ENOMEM. */
int nts_shared_create(struct kernel *k, const struct crypto_backend *crypto,
	const struct settings *settings, const struct log *log, struct nts_shared **ret);
void nts_shared_destroy(struct nts_shared *s);

/** Whether sources can use NTS: asks, once, which algorithms work. When not, *ret_why says in words
 * what is missing. */
bool nts_shared_usable(struct nts_shared *s, const char **ret_why);

const struct crypto_backend *nts_shared_crypto(const struct nts_shared *s);

/** The algorithms to offer, the best first: those configured that work, when it is usable. Returns
 * how many. */
size_t nts_shared_aeads(const struct nts_shared *s, const uint16_t **ret);

/** The clock was updated once more. */
void nts_shared_updated(struct nts_shared *s);

/** Whether the dates of certificates count yet (nocerttimecheck). */
bool nts_shared_checks_time(const struct nts_shared *s);

/**
 * The certificates of a set (certset), read when they are first needed and again after a while.
 * ret_text: NTS_TRUST_TEXT bytes for where they are from. NULL without memory. The set stays alive
 * until the next call.
 */
struct tls_trust *nts_shared_trust(
	struct nts_shared *s, uint32_t set, int64_t now_raw, char *ret_text);

/** Certificates are read again when they are next needed. */
void nts_shared_forget_trust(struct nts_shared *s);

/** Counters of all associations, for them to add to: they only grow. */
struct report_nts_client *nts_shared_counters(struct nts_shared *s);

#endif
