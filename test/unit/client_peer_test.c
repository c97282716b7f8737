/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A symmetric association whose other end answers only one of the two modes.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/source_options.h"
#include "daemon/protocol/auth.h"
#include "daemon/protocol/client.h"

/* A peer that answers nothing is asked as a server, then is a peer again; one that answers keeps
 * the mode that it answered. */
static void silent_peers_are_asked(void **state)
{
	static const enum packet_mode modes[] = {PACKET_ACTIVE, PACKET_ACTIVE, PACKET_ACTIVE,
		PACKET_ACTIVE, PACKET_CLIENT, PACKET_CLIENT, PACKET_CLIENT, PACKET_CLIENT,
		PACKET_ACTIVE};
	struct source_options options = source_options_default(SOURCE_PEER);
	struct ntp_auth auth = auth_plain();
	struct client c;
	struct packet p;

	(void)state;
	for (int may = 0; may < 2; may++) {
		client_init(&c, &options, &auth);
		c.may_ask = may;
		for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
			client_choose_mode(&c);
			client_request(&c, 77, 7, &p);
			assert_int_equal(p.mode, may ? modes[i] : PACKET_ACTIVE);
			assert_int_equal(c.request.peer, p.mode == PACKET_ACTIVE);
			c.unanswered++;
		}
	}
	c.asks = true;
	c.unanswered = 1;
	client_choose_mode(&c);
	assert_false(client_is_peer(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silent_peers_are_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
