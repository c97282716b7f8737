/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of a server's cookie keys, in chrony's format (ntskeys): NKS1, and the older NKS0, as
 * it was found; and in ntpd's (nts cookie). Pure.
 */
#ifndef DAEMON_SERVE_COOKIE_FILE_H
#define DAEMON_SERVE_COOKIE_FILE_H

#include "daemon/serve/cookie.h"

/** How many keys of chrony's making there are at a time; the two lowest bits of an ID are the key's
 * slot. */
#define COOKIE_KEYS 4

/** And how many there are with those that ntpd keeps longer. It has no next one. */
#define COOKIE_KEYS_ALL 11

/** The place of a key in the file, and what it is for. */
enum cookie_age {
	COOKIE_OLD2,
	COOKIE_OLD,
	COOKIE_CURRENT, /**< seals */
	COOKIE_NEXT,    /**< known already: another server of the group may be ahead */
	COOKIE_OLDER,   /**< older than COOKIE_OLD2: this and what follows */
};

/** All keys of a moment. */
struct cookie_keyset {
	struct cookie_key keys[COOKIE_KEYS_ALL]; /**< by enum cookie_age */
	double age;                              /**< s that the current key has been in use */
	bool old_file; /**< of a chronyd that knows NKS0 only: so it is to be written too */
};

/** Room for the text of a file. */
#define COOKIE_FILE_MAX 2048

/**
 * Reads a file. Returns 0, or -EBADMSG with what is wrong in words in *ret_reason: then nothing is
 * taken.
 */
int cookie_file_parse(struct span content, struct cookie_keyset *ret, const char **ret_reason);

/** Writes a file. Returns its length, or -ENOSPC. */
int cookie_file_format(const struct cookie_keyset *set, char *ret, size_t room);

/** The same of ntpd's file. now_s: true time, s since 1970, from which it counts ages. */
int cookie_file_parse_ntpd(struct span content, double now_s, struct cookie_keyset *ret);
int cookie_file_format_ntpd(const struct cookie_keyset *set, double now_s, char *ret, size_t room);

#endif
