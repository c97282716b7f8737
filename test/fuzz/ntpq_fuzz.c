/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the fragments of an answer of mode 6, and its text as tables. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/layout_ntpq.h"
#include "cli/ntpq_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void show(struct printer *p, const struct ntpq_answer *a)
{
	struct layout_ntpq_client c = {.mode = 0};
	char name[64], value[256], remote[256];
	const char *text = a->text;

	while (ntpq_next(&text, name, sizeof(name), value, sizeof(value)))
		layout_ntpq_client_take(&c, name, value);
	layout_ntpq_mrulist(p, &c, 1, c.first);
	layout_ntpq_remote(a->text, remote, sizeof(remote));
	layout_ntpq_peer(p, a->status, remote, a->text);
	layout_ntpq_variables(p, a->status & 1, a->status, true, a->text);
	layout_ntpq_sysinfo(p, a->status, a->text);
}

/* The input: a length of one byte before each datagram. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static FILE *nowhere;
	static struct ntpq_answer a;
	struct printer p = {.mode = PRINT_HUMAN};

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	p.out = nowhere;
	ntpq_expect(&a, 2, 0);
	while (n > 0) {
		size_t length = data[0];

		data++;
		n--;
		if (length > n)
			length = n;
		if (ntpq_gather(&a, (struct span){data, length}) == 1) {
			if (strlen(a.text) > NTPQ_ANSWER_MAX || a.n > NTPQ_ANSWER_MAX)
				abort();
			show(&p, &a);
			ntpq_expect(&a, 2, 0);
		}
		data += length;
		n -= length;
	}
	return 0;
}
