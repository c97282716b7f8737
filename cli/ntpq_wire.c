/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of mode 6, and its text. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ntpq_wire.h"
#include "common/text.h"

#define HEADER   12
#define MODE     6
#define RESPONSE 0x80
#define ERROR    0x40
#define MORE     0x20
#define OPCODE   0x1f

size_t ntpq_request(const struct ntpq_query *q, uint16_t sequence, uint8_t ret[NTPQ_REQUEST_MAX])
{
	struct writer w = writer_on(ret, NTPQ_REQUEST_MAX);
	unsigned version = q->version != 0 ? q->version : NTPQ_VERSION;
	size_t n = strlen(q->data);

	if (n > NTPQ_DATA_MAX)
		return 0;
	write_u8(&w, (uint8_t)(3 << 6 | version << 3 | MODE));
	write_u8(&w, (uint8_t)q->opcode);
	write_u16(&w, sequence);
	write_u16(&w, 0);
	write_u16(&w, (uint16_t)q->association);
	write_u16(&w, 0);
	write_u16(&w, (uint16_t)n);
	write_bytes(&w, (const uint8_t *)q->data, n);
	/* ntpd 1.2.2 looks for a digest on a multiple of 8 only. */
	write_zeros(&w, -w.n & (q->key != NULL ? 7 : 3));
	if (q->key != NULL) {
		uint8_t mac[NTPQ_MAC_MAX];
		size_t length = ntpq_key_sign(q->key, ret, w.n, mac);

		write_bytes(&w, mac, length);
	}
	return w.bad ? 0 : w.n;
}

void ntpq_expect(struct ntpq_answer *a, unsigned opcode, uint16_t sequence)
{
	a->opcode = opcode;
	a->sequence = sequence;
	a->status = 0;
	a->error = -1;
	a->text[0] = '\0';
	a->n = a->n_parts = a->end = 0;
	a->has_end = false;
}

static bool overlaps(const struct ntpq_answer *a, size_t at, size_t n)
{
	for (size_t i = 0; i < a->n_parts; i++)
		if (at < a->parts[i].at + a->parts[i].n && a->parts[i].at < at + n)
			return true;
	return false;
}

/* Puts a fragment where it belongs. */
static int place(struct ntpq_answer *a, struct span data, size_t at, bool last)
{
	if (at + data.n > NTPQ_ANSWER_MAX || a->n_parts == NTPQ_FRAGMENTS ||
		overlaps(a, at, data.n) || (last && a->has_end))
		return -EBADMSG;
	if (data.n > 0)
		memcpy(a->text + at, data.p, data.n);
	a->parts[a->n_parts].at = at;
	a->parts[a->n_parts++].n = data.n;
	a->n += data.n;
	if (last) {
		a->has_end = true;
		a->end = at + data.n;
	}
	if (!a->has_end || a->n != a->end)
		return 0;
	a->text[a->end] = '\0';
	return 1;
}

int ntpq_gather(struct ntpq_answer *a, struct span datagram)
{
	struct reader r = reader_on(datagram.p, datagram.n);
	uint8_t first = read_u8(&r), second = read_u8(&r);
	uint16_t sequence = read_u16(&r), status = read_u16(&r), at, count;
	struct span data;
	int done;

	read_u16(&r);
	at = read_u16(&r);
	count = read_u16(&r);
	data = read_span(&r, count);
	if (r.bad || (first & 7) != MODE || !(second & RESPONSE) ||
		(second & OPCODE) != a->opcode || sequence != a->sequence)
		return -EBADMSG;
	if (second & ERROR) {
		a->error = status >> 8;
		return 1;
	}
	done = place(a, data, at, !(second & MORE));
	if (done >= 0 && !(second & MORE))
		a->status = status;
	return done;
}

/* The end of an item: a comma outside of quotes, or the end of the text. */
static const char *item_end(const char *p)
{
	bool quoted = false;

	for (; *p != '\0' && (quoted || *p != ','); p++)
		quoted ^= *p == '"';
	return p;
}

static void cut(const char *from, const char *to, char *ret, size_t room)
{
	while (from < to && text_is_space(*from))
		from++;
	while (to > from && text_is_space(to[-1]))
		to--;
	snprintf(ret, room, "%.*s", (int)(to - from), from);
	text_tame(ret);
}

bool ntpq_next(
	const char **io, char *ret_name, size_t name_room, char *ret_value, size_t value_room)
{
	const char *p = *io, *end = item_end(p), *equal;

	if (*p == '\0')
		return false;
	equal = memchr(p, '=', (size_t)(end - p));
	cut(p, equal ? equal : end, ret_name, name_room);
	cut(equal ? equal + 1 : end, end, ret_value, value_room);
	*io = *end == ',' ? end + 1 : end;
	return true;
}

bool ntpq_value(const char *text, const char *name, char *ret, size_t room)
{
	char found[64], value[1024];
	size_t n;

	while (ntpq_next(&text, found, sizeof(found), value, sizeof(value))) {
		if (strcmp(found, name) != 0)
			continue;
		n = strlen(value);
		if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
			value[n - 1] = '\0';
			snprintf(ret, room, "%s", value + 1);
		} else {
			snprintf(ret, room, "%s", value);
		}
		return true;
	}
	ret[0] = '\0';
	return false;
}

double ntpq_number(const char *text, const char *name)
{
	char value[64];
	double v;

	if (!ntpq_value(text, name, value, sizeof(value)))
		return 0;
	if (strncmp(value, "0x", 2) == 0)
		return (double)strtoull(value, NULL, 16);
	return text_to_real(value, &v) == 0 ? v : 0;
}

int ntpq_integer(const char *text, const char *name, int max)
{
	double v = ntpq_number(text, name);

	return v >= max ? max : v > 0 ? (int)v : 0;
}

uint64_t ntpq_stamp(const char *text)
{
	char *end;
	unsigned long long s = strtoull(text, &end, 16), fraction;

	if (*end != '.' || s > UINT32_MAX)
		return 0;
	fraction = strtoull(end + 1, NULL, 16);
	return fraction > UINT32_MAX ? 0 : (uint64_t)s << 32 | fraction;
}

const char *ntpq_error_name(int error)
{
	static const char *const names[] = {"UNSPEC", "PERMISSION", "BADFMT", "BADOP", "BADASSOC",
		"UNKNOWNVAR", "BADVALUE", "RESTRICTED"};

	return error >= 0 && (size_t)error < sizeof(names) / sizeof(names[0]) ? names[error]
									      : "UNKNOWN";
}
