/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A saved NTS session. What is taken can be used, and is the same after it was saved again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/address.h"
#include "daemon/protocol/nts_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[NTS_SESSION_FILE], again[NTS_SESSION_FILE];
	struct nts_session s, back;
	int n, m;

	if (nts_session_parse((struct span){data, size}, "localhost", &s) < 0)
		return 0;
	require(s.n_cookies > 0 && s.n_cookies <= NTS_COOKIES && s.server.port > 0);
	require(s.keys.n == crypto_aead_key_length(s.keys.aead) && s.keys.n > 0);
	require(!address_is_not_unicast(&s.server.address));
	n = nts_session_format(&s, "localhost", text, sizeof(text));
	require(n > 0);
	require(nts_session_parse((struct span){(uint8_t *)text, (size_t)n}, "localhost", &back) ==
		0);
	m = nts_session_format(&back, "localhost", again, sizeof(again));
	require(m == n && memcmp(text, again, (size_t)n) == 0);
	return 0;
}
