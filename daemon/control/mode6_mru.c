/* SPDX-License-Identifier: BSD-2-Clause */
/* Nonces, and the list of clients that they open. */
#include "config.h"

#include <string.h>

#include "common/instant.h"
#include "daemon/clock/clock.h"
#include "daemon/control/mode6.h"
#include "daemon/control/mode6_kernel.h"

/* A nonce for the client of a call. False where there is no randomness. */
static bool make_nonce(struct mode6_call *c, char ret[MODE6_NONCE_TEXT])
{
	struct mode6 *m = c->m;
	struct kernel *k = m->env->kernel;
	uint8_t key[SIPHASH_KEY];

	if (mode6_nonce_old(&m->nonces, mode6_now(m))) {
		if (k->ops->random(k, key, sizeof(key)) < 0)
			return false;
		mode6_nonce_rekey(&m->nonces, key, mode6_now(m));
	}
	mode6_nonce_make(
		&m->nonces, &c->client->peer, instant_to_ntp(clock_now(m->env->clock).system), ret);
	return true;
}

int mode6_request_nonce(struct mode6_call *c)
{
	char nonce[MODE6_NONCE_TEXT];

	if (!make_nonce(c, nonce))
		return MODE6_SILENCE;
	mode6_text_add(&c->text, "nonce=%s", nonce);
	mode6_text_end(&c->text);
	return MODE6_FINE;
}

void mode6_fill_mru(const struct mode6 *m, struct mode6_mru_view *ret)
{
	(void)m;
	memset(ret, 0, sizeof(*ret));
}
