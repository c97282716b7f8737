/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of mode 6: items "name=value" one after the other in lines of less than 72 columns, and
 * tables that say how each variable is written. Pure.
 */
#ifndef DAEMON_CONTROL_MODE6_TEXT_H
#define DAEMON_CONTROL_MODE6_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/report.h"
#include "config/settings_ntp.h"

/** The longest text: as many fragments as may be asked for. */
#define MODE6_TEXT_MAX (128 * 468)
/** The longest one whose length is not asked for: as many as clients take. */
#define MODE6_TEXT_PLAIN (32 * 468)

/** A text being built. */
struct mode6_text {
	char *s;
	size_t n, room;
	size_t column; /**< of its last line */
	bool cut;      /**< an item did not fit, and was left out with all after it */
};

struct mode6_text mode6_text_on(char *buffer, size_t room);
/** Appends an item by a printf format. */
void mode6_text_add(struct mode6_text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** Ends it, unless it is empty. */
void mode6_text_end(struct mode6_text *t);
/** Appends bytes as they are. */
void mode6_text_raw(struct mode6_text *t, const char *s);
/** How much of the room is left. */
size_t mode6_text_left(const struct mode6_text *t);

/** How a variable is written. Its value is a member of a view; what has no value is left out. */
enum mode6_format {
	MODE6_INT,    /**< int64_t; INT64_MIN: no value */
	MODE6_HEX,    /**< int64_t, "0x1f"; likewise */
	MODE6_KEYID,  /**< int64_t, decimal up to 65535, then hexadecimal */
	MODE6_REAL3,  /**< double, three decimals; NAN: no value */
	MODE6_REAL6,  /**< double, six */
	MODE6_STAMP,  /**< uint64_t, an NTP timestamp */
	MODE6_QUOTED, /**< const char *; NULL: no value */
	MODE6_BARE,   /**< const char *, without quotes */
	MODE6_EIGHT,  /**< double[8], two decimals */
	MODE6_DATE,   /**< int64_t, s since 1970 */
	MODE6_COUNT,  /**< struct mode6_count, whole */
	MODE6_SECONDS /**< struct mode6_count, three decimals */
};

/** A counter. */
struct mode6_count {
	double total, recent; /**< since the start, and since the last full hour of it */
};

/** How a variable is asked for. */
enum mode6_flag {
	MODE6_DEFAULT = 0x1, /**< it comes without being asked for */
	/** Of a counter: the plain name is the total and NAME_r what is recent, or the other way
	 * round. */
	MODE6_TOTAL_FIRST = 0x2,
	MODE6_RECENT_FIRST = 0x4,
};

/** A row: which member of the view is written how. */
struct mode6_variable {
	const char *name;
	enum mode6_format format;
	unsigned flags; /**< set of enum mode6_flag */
	size_t at;      /**< offsetof() */
};

/** All variables of one kind. */
struct mode6_table {
	const struct mode6_variable *rows;
	size_t n;
	const char *list; /**< name of the variable that lists all names */
};

/** What a table is applied to. */
struct mode6_view {
	const struct mode6_table *table;
	const void *values;
	const struct settings_variable *extra; /**< variables that have no row: of setvar */
	size_t n_extra;
};

/** Writes the default variables, or those that names (separated by commas) asks for. Returns 0, or
 * -ENOENT for a name that is none. */
int mode6_put(const struct mode6_view *v, struct span names, struct mode6_text *t);

/** A reference ID as text: four letters of what is no server's, else a dotted quad. ret: 16 bytes.
 */
void mode6_refid(uint32_t refid, int stratum, char ret[16]);

/** The next "name=value" of a request, in place of blanks and quotes around it; a value may be
 * missing. False at the end. */
bool mode6_next(struct span *io, struct span *ret_name, struct span *ret_value);

/** Whether a span is this word. */
bool mode6_is(struct span s, const char *word);

#endif
