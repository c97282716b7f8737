/* SPDX-License-Identifier: BSD-2-Clause */
/* The client program in the simulator. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "test/sim/client.h"
#include "test/unit/cli_capture.h"

#define OWN_SOCKET "/run/client.sock"

/* True seconds that an answer may take. */
#define PATIENCE 0.01

struct client {
	struct small *small;
	int node;
	struct capture out;
	struct session session;
	uint32_t sequence;
	uint8_t reply[CMDMON_REPLY_MAX];
	size_t n; /* of the reply; 0: none yet */
};

static void hear(void *arg, struct sim *sim, int node, const struct endpoint *from,
	const struct endpoint *to, struct span data)
{
	struct client *c = arg;

	(void)sim, (void)node, (void)from;
	if (strcmp(to->path, OWN_SOCKET) != 0 || data.n > sizeof(c->reply))
		return;
	memcpy(c->reply, data.p, data.n);
	c->n = data.n;
}

static int ask(void *arg, struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	struct client *c = arg;
	uint8_t data[CMDMON_REQUEST_MAX];
	int n;

	q->sequence = ++c->sequence;
	n = cmdmon_request_encode(q, data, sizeof(data));
	if (n < 0)
		return n;
	c->n = 0;
	sim_visit_path(
		c->small->sim, c->node, OWN_SOCKET, CLIENT_SOCKET, (struct span){data, (size_t)n});
	small_run(c->small, PATIENCE);
	if (c->n == 0)
		return -ETIMEDOUT;
	return cmdmon_reply_decode((struct span){c->reply, c->n}, ret);
}

static const char *why(void *arg)
{
	(void)arg;
	return "no answer\n";
}

struct client *client_begin(struct small *s)
{
	struct client *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->small = s;
	capture_begin(&c->out, PRINT_HUMAN, false);
	c->session = (struct session){
		.daemon = {.ask = ask, .why = why, .arg = c}, .numeric = true, .err = stderr};
	sim_on_send(s->sim, hear, c);
	return c;
}

void client_end(struct client *c)
{
	capture_end(&c->out);
	free(c);
}

const char *client_ask(struct client *c, int node, enum print_mode mode, const char *line)
{
	const char *text;
	bool ran;

	c->node = node;
	c->session.printer = c->out.printer;
	c->session.printer.mode = mode;
	command_run(&c->session, line, &ran);
	assert_true(ran);
	c->out.printer = c->session.printer;
	text = capture_take(&c->out);
	assert_null(strstr(text, "506 "));
	return text;
}

double client_number(struct client *c, int node, const char *line, int row, int field)
{
	const char *text = client_ask(c, node, PRINT_CSV, line), *at = text, *next;
	char *end;
	double r;

	for (; row != 0 && (next = strchr(at, '\n')) != NULL && next[1] != '\0'; row--)
		at = next + 1;
	for (; field > 0 && at; field--) {
		at = strchr(at, ',');
		at = at ? at + 1 : NULL;
	}
	r = at ? strtod(at, &end) : 0;
	if (!at || end == at || row > 0)
		fail_msg("%s: no such number in %s", line, text);
	return r;
}
