/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a file of NTS server keys, chrony's and ntpd's: what is taken can be written and
 * read again. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/serve/cookie_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_ntpd(struct span content)
{
	struct cookie_keyset set = {0}, again = {0};
	char text[COOKIE_FILE_MAX];
	int length;

	if (cookie_file_parse_ntpd(content, 1795424118, &set) != 0)
		return;
	length = cookie_file_format_ntpd(&set, 1795424118, text, sizeof(text));
	if (length < 0 ||
		cookie_file_parse_ntpd((struct span){(const uint8_t *)text, (size_t)length},
			1795424118, &again) != 0)
		abort();
	if (memcmp(set.keys, again.keys, sizeof(set.keys)) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct cookie_keyset set = {0}, again = {0};
	const char *reason;
	char text[COOKIE_FILE_MAX];
	int length;

	check_ntpd((struct span){data, n});
	if (cookie_file_parse((struct span){data, n}, &set, &reason) != 0)
		return 0;
	length = cookie_file_format(&set, text, sizeof(text));
	if (length < 0 || cookie_file_parse((struct span){(const uint8_t *)text, (size_t)length},
				  &again, &reason) != 0)
		abort();
	if (memcmp(set.keys, again.keys, sizeof(set.keys)) != 0)
		abort();
	return 0;
}
