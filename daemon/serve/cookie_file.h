/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of a server's cookie keys in chrony's format (ntskeys): NKS1 is read and written, the
 * older NKS0 is read. Pure.
 */
#ifndef DAEMON_SERVE_COOKIE_FILE_H
#define DAEMON_SERVE_COOKIE_FILE_H

#include "daemon/serve/cookie.h"

/** How many keys there are at a time; the two lowest bits of an ID are the key's slot. */
#define COOKIE_KEYS 4

/** The place of a key in the file, and what it is for. */
enum cookie_age {
	COOKIE_OLD2,
	COOKIE_OLD,
	COOKIE_CURRENT, /**< seals */
	COOKIE_NEXT,    /**< known already: another server of the group may be ahead */
};

/** All keys of a moment. */
struct cookie_keyset {
	struct cookie_key keys[COOKIE_KEYS]; /**< by enum cookie_age */
	double age;                          /**< s that the current key has been in use */
};

/** Room for the text of a file. */
#define COOKIE_FILE_MAX 1024

/**
 * Reads a file. Returns 0, or -EBADMSG with what is wrong in words in *ret_reason: then nothing is
 * taken.
 */
int cookie_file_parse(struct span content, struct cookie_keyset *ret, const char **ret_reason);

/** Writes a file. Returns its length, or -ENOSPC. */
int cookie_file_format(const struct cookie_keyset *set, char *ret, size_t room);

#endif
