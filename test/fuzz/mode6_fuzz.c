/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a request of mode 6, with a daemon's parts behind it: an answer is such that clients
 * can read it, and nobody who has not proved who he is gets more than the limit.
 */
#include "config.h"

#include "test/unit/mode6_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct mode6_parts *parts(void)
{
	static void *state;

	if (state == NULL) {
		struct source_options o = source_options_default(SOURCE_SERVER);

		if (mode6_setup(&state) != 0)
			abort();
		snprintf(o.name, sizeof(o.name), "192.0.2.1");
		if (sources_add(((struct mode6_parts *)state)->w->sources, &o) != SOURCES_OK)
			abort();
	}
	return state;
}

/* Puts a nonce that is good where a request for the list of clients has one. */
static bool has_nonce(const uint8_t *request, size_t n)
{
	return n >= MODE6_HEADER + 6 + 24 && (request[1] & 0x1f) == MODE6_READ_MRU &&
	       memcmp(request + MODE6_HEADER, "nonce=", 6) == 0;
}

static void give_nonce(struct mode6_parts *p, uint8_t *request, size_t n)
{
	if (!has_nonce(request, n))
		return;
	mode6_ask(p, MODE6_REQUEST_NONCE, 0, "", 0);
	if (p->text_n >= 6 + 24)
		memcpy(request + MODE6_HEADER + 6, p->text + 6, 24);
}

/* Asks, and looks at how much came back. */
static void ask(struct mode6_parts *p, const uint8_t *request, size_t n, bool is_signed)
{
	size_t limit = p->client.amplification * n;

	/* The log of a world is small. */
	p->w->messages[0] = '\0';
	mode6_ask_bytes(p, request, n);
	if (p->result != 0 && p->fragments > 0)
		abort();
	if (p->result == 0 && p->fragments == 0)
		abort();
	if (is_signed || n < MODE6_HEADER || has_nonce(request, n) || p->bytes <= limit ||
		((request[1] & 0x1f) == MODE6_REQUEST_NONCE && p->bytes <= 44))
		return;
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const unsigned restricts[] = {0, 0, NTP_RESTRICT_NOQUERY, NTP_RESTRICT_NOMODIFY};
	struct mode6_parts *p = parts();
	uint8_t request[600] = {0};
	int mac;

	if (n < 1 || n > 512)
		return 0;
	p->client.restricts = restricts[data[0] >> 1 & 3];
	p->client.amplification =
		data[0] & 8 ? MODE6_AMPLIFICATION_NAMED : MODE6_AMPLIFICATION_STRANGER;
	memcpy(request, data + 1, n - 1);
	n--;
	give_nonce(p, request, n);
	ask(p, request, n, false);
	if (!(data[0] & 1) || n < MODE6_HEADER)
		return 0;
	/* A right MAC, so that what is behind it is tried as well. */
	n = (n + 3) & ~(size_t)3;
	request[n + 3] = 1;
	mac = keys_sign(
		p->keys, 1, request[0] >> 3 & 7, (struct span){request, n}, request + n + 4, 64);
	if (mac > 0)
		ask(p, request, n + 4 + (size_t)mac, true);
	return 0;
}
