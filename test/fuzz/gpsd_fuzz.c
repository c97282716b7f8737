/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a line of gpsd's: texts stay within their bounds.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "refclocks/gpsd_report.h"
#include "refclocks/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void look(void *arg, const char *name, const struct json_value *v)
{
	(void)arg;
	if (strlen(name) >= JSON_TEXT || v->kind > JSON_OTHER ||
		((v->kind == JSON_STRING || v->kind == JSON_NUMBER) &&
			strlen(v->text) >= JSON_TEXT))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct gpsd_report r;

	json_read((const char *)data, n, look, NULL);
	if (gpsd_parse((const char *)data, n, &r) == 0 && strlen(r.device) >= GPSD_DEVICE)
		abort();
	return 0;
}
