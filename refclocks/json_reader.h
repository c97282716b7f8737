/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded reader of one JSON object (RFC 8259): the values of its own members are told, arrays
 * and objects within it are checked and passed over. Pure; it allocates nothing.
 */
#ifndef REFCLOCKS_JSON_READER_H
#define REFCLOCKS_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Longer names and strings are told cut. */
#define JSON_TEXT 128
/** Objects and arrays within each other. */
#define JSON_DEPTH 16

/** A value of a member. */
struct json_value {
	enum json_kind {
		JSON_STRING,
		JSON_NUMBER,
		JSON_TRUE,
		JSON_FALSE,
		JSON_NULL,
		JSON_OTHER, /**< an object or an array */
	} kind;
	char text[JSON_TEXT]; /**< of a string (what is not ASCII as '?') or a number as written */
	bool whole;           /**< the number is a whole one that fits */
	int64_t number;       /**< that one */
};

/**
 * Reads n bytes that are one object with nothing but blanks around it, and calls each with every
 * member. Members before an error are told all the same. Returns 0, or -EINVAL.
 */
int json_read(const char *p, size_t n,
	void (*each)(void *arg, const char *name, const struct json_value *v), void *arg);

#endif
