/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of NTS key establishment, read as a server and as a client does, whole and framed step
 * by step. What was read and is written again must be read as the same.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/wire/nts_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* The end is found at the same place whatever the steps. */
static int frame(struct span message, size_t step)
{
	struct nts_framer whole = {0}, f = {0};
	int r = nts_frame(&whole, message, NTS_RESPONSE_MAX), stepped = 0;

	for (size_t n = 0; stepped == 0 && n < message.n;) {
		n += step < message.n - n ? step : message.n - n;
		stepped = nts_frame(&f, (struct span){message.p, n}, NTS_RESPONSE_MAX);
	}
	require(r == stepped);
	require(r <= (int)message.n);
	return r;
}

static void check_response(struct span message)
{
	static const uint16_t aeads[] = {30, 17, 15};
	static uint8_t again[NTS_RESPONSE_MAX];
	static struct nts_response r, back;
	const char *reason;
	int n;

	if (nts_response_decode(message, &r, &reason) < 0) {
		require(reason != NULL);
		return;
	}
	require(r.n_cookies <= NTS_COOKIES && strlen(r.server) < sizeof(r.server));
	for (size_t i = 0; i < r.n_cookies; i++)
		require(r.cookies[i].n > 0 && r.cookies[i].n <= NTS_COOKIE_MAX);
	if (nts_response_accept(&r, aeads, 3, &reason) < 0) {
		require(reason != NULL);
		return;
	}
	n = nts_response_encode(&r, again, sizeof(again));
	require(n > 0);
	require(nts_response_decode((struct span){again, (size_t)n}, &back, &reason) == 0);
	require(memcmp(&r, &back, sizeof(r)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nts_request q;
	enum nts_error error = NTS_ERROR_INTERNAL;
	struct span message;
	int n;

	if (size < 1)
		return 0;
	message = (struct span){data + 1, size - 1};
	n = frame(message, 1 + data[0]);
	check_response(message);
	if (n > 0)
		message.n = (size_t)n;
	check_response(message);
	if (nts_request_decode(message, &q, &error) < 0)
		require(error == NTS_ERROR_BAD_REQUEST || error == NTS_ERROR_UNKNOWN_CRITICAL);
	else
		require(q.protocols.n > 0 && q.aeads.n % 2 == 0);
	return 0;
}
