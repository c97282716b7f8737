/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the commands of one run share: the daemon they ask, the printer they print with, and how
 * names are shown and looked up.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli/ntpq_state.h"
#include "cli/print.h"
#include "cli/resolve.h"
#include "common/cmdmon.h"

/** The daemon, or a test's pretence of one. The calls are those of transport.h. */
struct session_daemon {
	int (*ask)(void *arg, struct cmdmon_request *q, struct cmdmon_reply *ret);
	const char *(*why)(void *arg);
	void (*set_timeout)(void *arg, int timeout_ms);
	void (*set_retries)(void *arg, int retries);
	void *arg;
};

/** The daemon by ntpd's control protocol, or a test's pretence of it. */
struct session_ntp {
	/** As transport_ntpq_ask(). */
	int (*ask)(void *arg, const struct ntpq_query *q, struct ntpq_answer *ret);
	/** As transport_ntpq_host(). */
	int (*host)(void *arg, const char *host, enum address_family family);
	void *arg;
	struct ntpq_state *state; /**< what ntpq's words set */
};

/** One run of the client. */
struct session {
	struct session_daemon daemon;
	struct session_ntp ntp;
	const struct resolver *resolver;
	enum address_family family; /**< of names looked up; ADDRESS_NONE: both */
	bool numeric;               /**< addresses are not looked up in the DNS */
	bool configured_names;      /**< the daemon is asked what a source was configured as */
	bool interactive;
	bool terse;   /**< called chronyc: a complaint is one line, without our detail */
	bool as_ntpq; /**< ntpq's words, and no others */
	struct printer printer;
	FILE *err;
	const volatile sig_atomic_t *stop; /**< set by a signal: give up; may be NULL */
	bool quit;                         /**< no more commands */
};

/** Room for the name of a source as shown. */
#define SESSION_NAME SOURCE_NAME

/** True when a signal asked to stop. */
bool session_stopped(const struct session *s);

/** Asks the daemon; what went wrong is said. Returns whether there is an answer. */
bool session_ask(struct session *s, struct cmdmon_request *q, struct cmdmon_reply *ret);

/** Prints the status of an answer as a line. Returns whether it is a good one. */
bool session_print_status(struct session *s, uint16_t status);

/** Asks for something to be done and prints the status. Returns whether it was done. */
bool session_act(struct session *s, struct cmdmon_request *q);

/**
 * Asks for a report that comes in a reply of this kind; anything else is said. Returns whether ret
 * holds the report.
 */
bool session_fetch(
	struct session *s, struct cmdmon_request *q, struct cmdmon_reply *ret, uint16_t kind);

/** The same for a report that comes in one of several kinds; the list ends with 0. */
bool session_fetch_any(struct session *s, struct cmdmon_request *q, struct cmdmon_reply *ret,
	const uint16_t *kinds);

/** Whether an answer is a report of one of these kinds, a list that ends with 0; anything else is
 * said. */
bool session_is_report(struct session *s, const struct cmdmon_reply *reply, const uint16_t *kinds);

/**
 * Reads an address, "ID#n", or a name, of which the first address is taken. Returns 0 or -EINVAL.
 */
int session_address(struct session *s, const char *text, struct address *ret);

/** What a source is called by the user's options, from its address. ret has SESSION_NAME bytes. */
void session_name(struct session *s, const struct address *a, char *ret);

/** The same for a client, which was never configured. */
void session_client_name(struct session *s, const struct address *a, char *ret);

/** As session_name(), not cut to its column. */
void session_whole_name(struct session *s, const struct address *a, char *ret);

/** Asks what a source was configured as, without a word on failure. Returns 0 or -ENOENT. */
int session_configured_name(struct session *s, const struct address *a, char *ret);

/** Says on stderr why a command was not understood: the line that chronyc says, and detail unless
 * it is NULL or s is terse. Returns false for the caller to return. */
bool session_complain(struct session *s, const char *message, const char *detail);

#endif
