/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sentences of NMEA 0183 that tell the time: RMC and ZDA, and without the date GGA and GLL. Pure.
 */
#ifndef REFCLOCKS_NMEA_SENTENCE_H
#define REFCLOCKS_NMEA_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The longest sentence that is read: the standard has 82, receivers exceed it. */
#define NMEA_MAX 128

/** Collects the bytes of a line; all zero at first. */
struct nmea_line {
	char text[NMEA_MAX + 1];
	size_t n;
	bool too_long; /**< its end is awaited */
};

/** Takes a byte. Returns true when it ended a line, which is then in text with n bytes and a NUL,
 * and begins anew with the next byte. */
bool nmea_collect(struct nmea_line *line, uint8_t byte);

/** What a sentence is about; those that tell the time the better come first. */
enum nmea_kind {
	NMEA_OTHER,
	NMEA_RMC,
	NMEA_ZDA,
	NMEA_GGA,
	NMEA_GLL,
	NMEA_KINDS,
};

/** What it says. */
struct nmea_sentence {
	enum nmea_kind kind;
	bool says_fix, fix; /**< whether it says if there is a fix; and if so */
	bool has_time;
	bool dateless;      /**< it tells the time of day alone, until nmea_date() */
	bool leap_second;   /**< it is the second 60 */
	int64_t utc;        /**< ns since 1970, or since midnight */
	unsigned rollovers; /**< of 1024 weeks that were added */
};

/**
 * Reads a line without its end. Dates before `earliest` (ns since 1970) are of a receiver that
 * counts its weeks anew every 1024: so many are added. Returns 0; -EINVAL: it is no sentence;
 * -EBADMSG: its checksum is wrong or missing.
 */
int nmea_parse(const char *line, int64_t earliest, struct nmea_sentence *ret);

/** Gives a sentence that tells the time of day alone the day that brings it nearest to near, ns
 * since 1970, from 1970 on. */
void nmea_date(struct nmea_sentence *io, int64_t near);

/** Reads names of kinds with + between, such as "rmc+GGA". Stores a set of bits, 1 << kind. Returns
 * false for another name. */
bool nmea_kinds_of(const char *names, unsigned *ret);

/** Makes the digits and letters of the position that a line tells underscores; of all of a line
 * that is not sound (nmea_parse()): nobody knows what stands where in it. */
void nmea_hide(char *line, bool sound);

#endif
