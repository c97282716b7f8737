/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the cookie keys come from. Either we make them, rotate them every ntsrotate seconds and
 * keep them in ntsdumpdir/ntskeys over a restart; or others write that file (ntsrotate 0); or they
 * derive from a secret that a group of servers shares (ntssharedsecret), each period of ntsrotate
 * seconds of true time having its own.
 */
#ifndef DAEMON_SERVE_COOKIE_KEYS_H
#define DAEMON_SERVE_COOKIE_KEYS_H

#include <stdbool.h>

#include "daemon/serve/cookie_ring.h"

struct cookie_keys;
struct kernel;
struct log;
struct settings;

/** An instant on the two scales that keys are timed by. */
struct cookie_now {
	int64_t raw;   /**< oscillator */
	int64_t truth; /**< our estimate of true time */
};

/**
 * Reads or makes the first keys. A file or a secret that is not to be had is logged; without a
 * secret the ring stays empty (what others do not know must not be served), else keys of our own
 * take its place. All arguments outlive it. Returns 0 or -errno.
 */
int cookie_keys_create(const struct settings *settings, struct kernel *kernel,
	const struct crypto_backend *crypto, const struct log *log, const struct cookie_now *now,
	struct cookie_keys **ret);
void cookie_keys_destroy(struct cookie_keys *k);

/** The keys in force. */
struct cookie_ring *cookie_keys_ring(struct cookie_keys *k);

/**
 * Does what is due: rotates, reads changed files, saves what is new. Returns whether other keys are
 * in force now. *ret_wait: s until it is to be called again.
 */
bool cookie_keys_tick(struct cookie_keys *k, const struct cookie_now *now, double *ret_wait);

/** Reads the files that others write, whether changed or not. Returns whether other keys are in
 * force now. */
bool cookie_keys_reload(struct cookie_keys *k, const struct cookie_now *now);

/** Saves keys of our own making with their age. */
void cookie_keys_save(struct cookie_keys *k, const struct cookie_now *now);

#endif
