/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One key establishment at a time for a source: connection, and the address of the NTP server that
 * was negotiated.
 */
#ifndef DAEMON_PROTOCOL_NTS_ESTABLISH_H
#define DAEMON_PROTOCOL_NTS_ESTABLISH_H

#include <stdbool.h>

#include "daemon/protocol/ke_link.h"
#include "daemon/protocol/nts_session.h"
#include "daemon/protocol/protocol.h"

/** The state, owned by whoever embeds it. */
struct nts_establish {
	const struct protocol_env *env;
	const struct source_options *options;
	struct address address;     /**< of the key establishment server */
	char name[SOURCE_NAME];     /**< that its certificate must have */
	struct ke_link *link;       /**< NULL: no connection */
	bool resolving;             /**< the NTP server's name */
	char server[NTS_NAME];      /**< that name */
	struct nts_session session; /**< what came of it, while the name is resolved */
	/** The end, once for each start. session: of KE_DONE, to be copied. */
	void (*ended)(void *arg, enum ke_end end, const struct nts_session *session);
	void *arg;
};

/** Sets it up; all arguments outlive it. */
void nts_establish_init(struct nts_establish *e, const struct protocol_env *env,
	const struct source_options *options, const struct address *address);

/** Whether one is under way. */
bool nts_establish_busy(const struct nts_establish *e);

/** Begins one. ended is called later, unless -errno is returned (logged). */
int nts_establish_start(struct nts_establish *e);

/** Ends one at once, without a call of ended, and forgets what it had. */
void nts_establish_cancel(struct nts_establish *e);

#endif
