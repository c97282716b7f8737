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
	const struct layout_ntpq_look look = {.units = a->status & 1, .raw = a->status & 2};
	struct layout_ntpq_client c = {.mode = 0};
	struct layout_ntpq_peer peer = {.status = a->status, .text = a->text};
	char name[64], value[256], remote[256];
	const char *text = a->text;

	while (ntpq_next(&text, name, sizeof(name), value, sizeof(value)))
		layout_ntpq_client_take(&c, name, value);
	layout_ntpq_client(p, &c, c.first);
	layout_ntpq_remote(a->text, remote, sizeof(remote));
	peer.remote = remote;
	for (int i = LAYOUT_NTPQ_PEERS; i <= LAYOUT_NTPQ_RPEERS; i++)
		layout_ntpq_peer(p, &look, (enum layout_ntpq_peers)i, &peer);
	layout_ntpq_variables(p, &look,
		&(struct layout_ntpq_variables){.association = a->status & 1,
			.status = a->status,
			.with_status = true,
			.clock = a->status & 4,
			.text = a->text});
	for (int i = LAYOUT_NTPQ_SYSINFO; i <= LAYOUT_NTPQ_PSTATS; i++)
		layout_ntpq_summary(p, &look, (enum layout_ntpq_summary)i, a->text);
	layout_ntpq_ifstats(p, a->text);
	layout_ntpq_reslist(p, a->text);
}

/* The input: a length of one byte before each datagram. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static FILE *nowhere;
	static struct ntpq_answer a;
	struct printer p = {.mode = n % 2 == 0 ? PRINT_HUMAN : PRINT_CSV};

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
