/* SPDX-License-Identifier: BSD-2-Clause */
/* Output to memory. */
#define _GNU_SOURCE
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/cli_capture.h"

static void restart(struct capture *c)
{
	c->printer.out = open_memstream(&c->text, &c->n);
	if (!c->printer.out)
		abort();
}

void capture_begin(struct capture *c, enum print_mode mode, bool wide)
{
	*c = (struct capture){.printer = {.mode = mode, .wide = wide}};
	restart(c);
}

const char *capture_take(struct capture *c)
{
	static char kept[65536];

	fclose(c->printer.out);
	snprintf(kept, sizeof(kept), "%s", c->text);
	free(c->text);
	restart(c);
	return kept;
}

void capture_end(struct capture *c)
{
	fclose(c->printer.out);
	free(c->text);
}
