/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small writer of JSON (RFC 8259): it allocates nothing, holds no more than the nesting, and
 * hands out pieces of text as it goes. What it writes is valid whatever it is given: strings that
 * are not UTF-8 get U+FFFD in place of the bad bytes, numbers that are not finite become null.
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The deepest nesting. */
#define JSON_DEPTH 31

/** A writer. */
struct json {
	void (*out)(void *arg, const char *p, size_t n); /**< takes the next n bytes */
	void *arg;
	int depth;       /**< open objects and arrays */
	uint32_t arrays; /**< bit per depth: it is an array */
	uint32_t begun;  /**< bit per depth: it has a member already */
	bool bad;        /**< misused: a key in an array, none in an object, too deep, unbalanced */
};

/** Starts a document. */
struct json json_on(void (*out)(void *arg, const char *p, size_t n), void *arg);

/** An `out` that appends to a struct text. */
void json_to_text(void *text, const char *p, size_t n);

/*
 * Each of these writes one value. key names it in an object and is NULL in an array and at the top.
 */
void json_put_object(struct json *j, const char *key); /**< until json_end() */
void json_put_array(struct json *j, const char *key);  /**< until json_end() */
void json_put_null(struct json *j, const char *key);
void json_put_bool(struct json *j, const char *key, bool v);
void json_put_int(struct json *j, const char *key, int64_t v);
void json_put_uint(struct json *j, const char *key, uint64_t v);
/** The shortest text that reads back as v; null when v is not finite. */
void json_put_real(struct json *j, const char *key, double v);
/** v as a string; null when v is NULL. */
void json_put_string(struct json *j, const char *key, const char *v);

/** Closes the innermost object or array. */
void json_end(struct json *j);

/** True when one whole value was written and nothing was misused. */
bool json_complete(const struct json *j);

#endif
