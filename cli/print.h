/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of a report, printed in one of three ways from one description: columns for people
 * (chronyc's, byte for byte), comma-separated values (chronyc's), or JSON.
 *
 * Every print_ function for a value takes the text that stands before it for people (NULL: people
 * do not see the value) and its name in JSON with the unit at its end (NULL: not in JSON). Values
 * that nobody knows are null in JSON.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/address.h"
#include "common/report.h"

/** Version of the JSON documents: it changes when a name or a meaning does. */
#define PRINT_JSON_VERSION 1

/** How much wider the names are with -w. */
#define PRINT_WIDER 14

/** Who reads. */
enum print_mode {
	PRINT_HUMAN,
	PRINT_CSV,
	PRINT_JSON,
};

struct print_document;

/** Prints reports to a stream. */
struct printer {
	FILE *out;
	enum print_mode mode;
	bool wide;                       /**< wider columns of names */
	bool first;                      /**< CSV: no comma before the next value */
	bool failed;                     /**< something could not be written */
	struct print_document *document; /**< JSON being built, or NULL */
};

/** A word of a fixed set as each reader sees it. */
struct print_choice {
	const char *human, *csv, *json; /**< json NULL: unknown */
};

/**
 * Begins a report. In JSON it becomes one document {"version":1,"report":NAME, ...} on one line;
 * a list has its rows in an array called NAME.
 */
void print_report(struct printer *p, const char *name, bool list);
/** Ends the report and writes the JSON document. */
void print_report_end(struct printer *p);
/** Ends a report that failed: what was built for JSON is thrown away. */
void print_report_drop(struct printer *p);

/** A row: a line of a table or a block of lines. */
void print_row(struct printer *p);
/** Ends a row; tail is the text that ends it for people. */
void print_row_end(struct printer *p, const char *tail);

/**
 * The header of a table and its underline of the same length, for people only. Between left and
 * right is where a column of names is widened; right NULL: it has none.
 */
void print_header(struct printer *p, const char *left, const char *right);

/** Text that only people see. */
void print_literal(struct printer *p, const char *text);

/** A status line such as "200 OK"; in JSON a document of its own. */
void print_result(struct printer *p, int code, const char *message);

/** In JSON a document that says why a command did nothing; else nothing: people read stderr. */
void print_complaint(struct printer *p, const char *message, const char *detail);

/** Text in a column of width (negative: left-aligned); empty or NULL is unknown in JSON. */
void print_text(struct printer *p, const char *before, const char *key, const char *s, int width);
/** Text in the column of names, widened by -w. */
void print_name(struct printer *p, const char *before, const char *key, const char *s, int width);
void print_choice(struct printer *p, const char *before, const char *key,
	const struct print_choice *c, int width);
void print_bool(struct printer *p, const char *before, const char *key, bool b);
void print_int(struct printer *p, const char *before, const char *key, long long v, int width);
void print_u64(struct printer *p, const char *before, const char *key, uint64_t v, int width);
void print_octal(struct printer *p, const char *before, const char *key, unsigned v, int width);
/** A 32-bit number as eight hexadecimal digits; a string in JSON. */
void print_hex(struct printer *p, const char *before, const char *key, uint32_t v);
/** A number with this many digits after the point. */
void print_real(
	struct printer *p, const char *before, const char *key, double v, int width, int digits);
/** The same, with its sign for people even when it is positive. */
void print_signed(
	struct printer *p, const char *before, const char *key, double v, int width, int digits);
/** A number that people see as an amount and one of two words: "0.337 ppm fast". */
void print_either(struct printer *p, const char *before, const char *key, double v, int digits,
	const char *unit, const char *word);

/** Text that people see as human says it, and programs as text does: a number in JSON where it is
 * one, unknown where it is empty; in quotes in CSV where it has a comma. */
void print_as(struct printer *p, const char *before, const char *key, const char *human,
	const char *text, int width);
/** The same for a list of numbers with blanks between: an array in JSON. */
void print_numbers_as(struct printer *p, const char *before, const char *key, const char *human,
	const char *numbers);

/** Seconds since something in 4 columns: "12", "20m", "-" for REPORT_NEVER. */
void print_interval(struct printer *p, const char *before, const char *key, uint32_t s);
/** An amount of seconds in 6 columns: "70us". */
void print_amount(struct printer *p, const char *before, const char *key, double s);
/** An offset in seconds with its sign in 7 columns: "+215ns". */
void print_offset(struct printer *p, const char *before, const char *key, double s);
/** A frequency in ppm in 10 columns. */
void print_ppm(struct printer *p, const char *before, const char *key, double ppm);
/** The same with its sign. */
void print_signed_ppm(struct printer *p, const char *before, const char *key, double ppm);
/**
 * An instant: "Mon Nov 23 09:06:50 2026" for people, seconds since 1970 in CSV; in JSON both as RFC
 * 3339 under KEY and as a number under KEY_unix_s. 0 is unknown.
 */
void print_time(struct printer *p, const char *before, const char *key, int64_t t);
/** An instant as "2026-11-23 09:06:50" for people and in CSV; in JSON as print_time(). */
void print_date(struct printer *p, const char *before, const char *key, int64_t t);
/** log2 of an interval in 2 columns; 127 is unknown. */
void print_log2(struct printer *p, const char *before, const char *key, int v);
/** Leap status as words. */
void print_leap(struct printer *p, const char *before, const char *key, enum leap leap);
/** Leap status as one character for people. */
void print_leap_short(struct printer *p, const char *before, const char *key, enum leap leap);

/** Selection options as one character each, NPTR and a place to spare; a list of words in JSON. */
void print_select_options(struct printer *p, const char *before, const char *key, unsigned options);

/** A value that only JSON has. */
void print_json_text(struct printer *p, const char *key, const char *s);
/** A truth that only JSON has. */
void print_json_bool(struct printer *p, const char *key, bool b);
/** An address that only JSON has; ADDRESS_NONE and IDs are unknown. */
void print_json_address(struct printer *p, const char *key, const struct address *a);

/** The message of a status line without its number, and the number in ret_code. */
const char *print_status_message(uint16_t status, int *ret_code);

/**
 * An amount of seconds as chronyc's columns show it: 4 columns and "ns", "us" or "ms", else 5 and
 * a unit of one letter. With sign, one column more.
 */
void print_format_seconds(double s, bool sign, char *ret, size_t n);
/** Seconds since something, 4 columns. */
void print_format_interval(uint32_t s, char *ret, size_t n);

#endif
