/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stock of cookies: first in, first out.
 */
#include "config.h"

#include <string.h>

#include "daemon/protocol/nts_session.h"

bool nts_session_take(struct nts_session *s, struct nts_cookie *ret)
{
	if (s->n_cookies == 0)
		return false;
	*ret = s->cookies[0];
	s->n_cookies--;
	memmove(s->cookies, s->cookies + 1, s->n_cookies * sizeof(s->cookies[0]));
	return true;
}

void nts_session_put(struct nts_session *s, const struct nts_cookie *cookie)
{
	if (s->n_cookies < NTS_COOKIES)
		s->cookies[s->n_cookies++] = *cookie;
}

void nts_session_wipe(struct nts_session *s)
{
	crypto_wipe(&s->keys, sizeof(s->keys));
	crypto_wipe(&s->other_keys, sizeof(s->other_keys));
	crypto_wipe(s->cookies, sizeof(s->cookies));
	s->n_cookies = 0;
}
