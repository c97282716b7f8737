/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Symmetric keys of the key file, and the MAC of an NTP packet made and checked with them.
 */
#ifndef DAEMON_PROTOCOL_KEYS_H
#define DAEMON_PROTOCOL_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/crypto.h"
#include "common/report.h"

struct kernel;
struct keys;
struct log;
struct settings_ntp;

/**
 * Reads a key file (chrony's format: ID [TYPE] KEY). Lines that cannot be used are warned about by
 * file and line and left out; path "" gives an empty set.
 * Returns 0, -ENOMEM, or -errno when the file cannot be read (an empty set all the same).
 */
int keys_load(struct kernel *k, const struct crypto_backend *crypto, const char *path,
	const struct log *log, struct keys **ret);
/** As keys_load(); ntp: the file is ntpd's, and only keys that it trusts are taken (NULL:
 * chrony's). It outlives the keys. */
int keys_load_as(struct kernel *k, const struct crypto_backend *crypto, const char *path,
	const struct settings_ntp *ntp, const struct log *log, struct keys **ret);
/** Reads the key file again, in the place of what keys holds, which stays when that cannot be read.
 * Returns as keys_load(). */
int keys_reload(struct keys *keys, struct kernel *k, const char *path, const struct log *log);
void keys_destroy(struct keys *keys);

/** Whether the key is there, with its type and length in bits. */
bool keys_find(const struct keys *keys, uint32_t id, enum crypto_mac *ret_type, int *ret_bits);

/** Bytes of the MAC without the key ID for a packet of this NTP version: at most 20 in version 4;
 * -ENOENT for an unknown key. */
int keys_mac_length(const struct keys *keys, uint32_t id, int version);

/** Writes the MAC (without the key ID) over data. Returns its length, -ENOENT, -ENOSPC, or what the
 * crypto backend failed with. */
int keys_sign(const struct keys *keys, uint32_t id, int version, struct span data, uint8_t *ret,
	size_t room);

/** What the keys were used for since they were first loaded. */
void keys_report(const struct keys *keys, struct report_keys *ret);

/** Checks a MAC. Returns 0, -ENOENT for an unknown key, -EBADMSG when it does not match. */
int keys_check(
	const struct keys *keys, uint32_t id, int version, struct span data, struct span mac);

#endif
