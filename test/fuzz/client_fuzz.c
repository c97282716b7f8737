/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line typed at gnomonctl and a daemon that answers with anything: up to the first newline the
 * input is the command, the rest is every answer's bytes from the reply number on. Each is printed
 * in all three forms; what JSON comes out must read as such at least by its first and last byte.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"

/* Enough for a table; a daemon may claim four thousand million sources. */
#define MOST_REQUESTS 40

/* Where the reply number stands. */
#define REPLY_HEAD 6

struct pretence {
	const uint8_t *p;
	size_t n;
	int asked;
};

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int ask(void *arg, struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	struct pretence *d = arg;
	uint8_t datagram[CMDMON_REPLY_MAX] = {CMDMON_VERSION, 2};
	size_t room = sizeof(datagram) - REPLY_HEAD, n = d->n < room ? d->n : room;
	uint8_t request[CMDMON_REQUEST_MAX];

	if (++d->asked > MOST_REQUESTS)
		return -ETIMEDOUT;
	if (cmdmon_request_encode(q, request, sizeof(request)) < 0)
		abort();
	datagram[4] = (uint8_t)(q->command >> 8);
	datagram[5] = (uint8_t)q->command;
	if (n > 0)
		memcpy(datagram + REPLY_HEAD, d->p, n);
	if (cmdmon_reply_decode((struct span){datagram, sizeof(datagram)}, ret) < 0)
		return -ETIMEDOUT;
	return 0;
}

static const char *why(void *arg)
{
	(void)arg;
	return "";
}

static void set_number(void *arg, int number)
{
	(void)arg;
	(void)number;
}

static size_t forward(
	void *arg, const char *name, enum address_family family, struct address *ret, size_t max)
{
	(void)arg;
	(void)family;
	if (max == 0 || name[0] != 'h')
		return 0;
	return address_parse("192.0.2.1", ret) == 0;
}

static int reverse(void *arg, const struct address *a, char *ret, size_t n)
{
	(void)arg;
	if (a->ip[0] & 1)
		return -ENOENT;
	snprintf(ret, n, "a.very.long.host.name.of.example");
	return 0;
}

static void run(const char *line, const uint8_t *p, size_t n, enum print_mode mode)
{
	static const struct resolver resolver = {.forward = forward, .reverse = reverse};
	static const volatile sig_atomic_t stop = 1;
	struct pretence d = {p, n, 0};
	struct ntpq_state state = {.look.width = 80};
	char *text = NULL;
	size_t length;
	struct session s = {
		.daemon = {ask, why, set_number, set_number, &d},
		.ntp.state = &state,
		.resolver = &resolver,
		.configured_names = n & 1,
		.stop = &stop,
	};
	bool ran;

	s.printer.mode = mode;
	s.printer.wide = n & 2;
	s.printer.out = s.err = open_memstream(&text, &length);
	if (!s.err)
		abort();
	command_run(&s, line, &ran);
	fclose(s.err);
	if (s.printer.failed || s.printer.document)
		abort();
	if (mode == PRINT_JSON && text[0] == '{' && (length < 2 || text[length - 2] != '}'))
		abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char line[COMMAND_LINE + 8];
	size_t length = 0;

	while (length < n && length + 1 < sizeof(line) && p[length] != '\n')
		length++;
	memcpy(line, p, length);
	line[length] = '\0';
	p += length;
	n -= length;
	if (n > 0) {
		p++;
		n--;
	}
	for (int mode = PRINT_HUMAN; mode <= PRINT_JSON; mode++)
		run(line, p, n, (enum print_mode)mode);
	return 0;
}
