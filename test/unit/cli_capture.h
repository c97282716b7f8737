/* SPDX-License-Identifier: BSD-2-Clause */
/* A printer whose output a test can look at. */
#ifndef TEST_UNIT_CLI_CAPTURE_H
#define TEST_UNIT_CLI_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/print.h"

/** What was printed since the last look. */
struct capture {
	struct printer printer;
	char *text;
	size_t n;
};

void capture_begin(struct capture *c, enum print_mode mode, bool wide);
/** What was printed; the printer goes on with nothing. Valid until the next call. */
const char *capture_take(struct capture *c);
void capture_end(struct capture *c);

#endif
