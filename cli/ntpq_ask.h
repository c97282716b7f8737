/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking by ntpd's protocol on behalf of ntpq's words. */
#ifndef CLI_NTPQ_ASK_H
#define CLI_NTPQ_ASK_H

#include "cli/session.h"

/** Says what went wrong, as ntpq says it; what stands for %s in format. Returns false. */
bool ntpq_fail(struct session *s, const char *format, const char *what);
/** Says something that people and programs read. Returns true. */
bool ntpq_say(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Asks; what went wrong is said. Signed where the user wants all requests signed. Returns whether
 * there is an answer. */
bool ntpq_ask(struct session *s, unsigned opcode, unsigned association, const char *data,
	struct ntpq_answer *ret);
/** The same, signed in any case. */
bool ntpq_ask_signed(struct session *s, unsigned opcode, const char *data, struct ntpq_answer *ret);
/** Asks for variables; an error in the answer is left to the caller. */
bool ntpq_ask_quietly(
	struct session *s, unsigned association, const char *names, struct ntpq_answer *ret);

/** Fetches the list of associations anew. */
bool ntpq_fetch_associations(struct session *s);
/** How many there are, and one of them. */
size_t ntpq_associations(const struct session *s);
void ntpq_association(const struct session *s, size_t i, unsigned *ret_id, unsigned *ret_status);

/**
 * Reads the number of an association, "11734", or "&2" for the second of the list. ret_index: its
 * place in the list; 0 for the system. Anything else is said.
 */
bool ntpq_read_association(
	struct session *s, const char *word, unsigned *ret_id, size_t *ret_index);

/** The password is asked for at the terminal when neither file nor user has told it. */
bool ntpq_need_key(struct session *s);

#endif
