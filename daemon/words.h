/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words in which the daemon tells what happens. Who knows that something has happened says so
 * once, with words_say(); whether that makes a line, and which, is for the words of the log:
 * our own, which follow chronyd's, or ntpd's, which programs and people look for where ntp.conf is
 * in force.
 */
#ifndef DAEMON_WORDS_H
#define DAEMON_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/crypto.h"
#include "common/log.h"

struct endpoint;
struct source_options;
struct text;

/** A key establishment as its client sees it. */
struct words_ke {
	const char *label;             /**< "ADDRESS:PORT (NAME)" */
	const char *name;              /**< that the certificate must have */
	const struct endpoint *server; /**< where it is */
	int64_t at_s;                  /**< instant at which certificates must be valid */
	bool any_time;                 /**< which is not looked at */
};

/** A key establishment that the server has ended. */
struct words_session {
	const char *peer; /**< "ADDRESS:PORT" */
	enum {
		WORDS_SESSION_SERVED,
		WORDS_SESSION_NO_TLS,  /**< TLS did not come about */
		WORDS_SESSION_REFUSED, /**< it did, and nothing came of it */
	} how;
	const struct tls_info *tls; /**< version is empty without TLS */
	double took_s, user_s, system_s;
	size_t read, sent; /**< bytes of request and response */
	size_t n_cookies, cookie;
	uint16_t aead;
	const char *why; /**< what was wrong, unless it was served */
};

/** A list of leap seconds that was looked at. Instants are s since 1970. */
struct words_leap_list {
	const char *path;
	enum {
		WORDS_LIST_TAKEN,
		WORDS_LIST_UNREAD,
		WORDS_LIST_MALFORMED,
		WORDS_LIST_UNBELIEVED, /**< what it says of the past is wrong */
		WORDS_LIST_MISSIGNED,  /**< its hash is not that of what it says */
		WORDS_LIST_UNREADABLE_HASH,
	} how;
	enum {
		WORDS_LIST_UNCHECKED, /**< nobody looked */
		WORDS_LIST_SIGNED,
		WORDS_LIST_UNSIGNED,
	} hash;
	bool first;            /**< since the start */
	int64_t last, expires; /**< the newest leap second, and until when the list holds */
	int tai;               /**< s, TAI - UTC after the last */
	int64_t now_s;
};

/** What becomes of a leap second. */
enum words_leap {
	WORDS_LEAP_PLANNED, /**< the system is to make it */
	WORDS_LEAP_DROPPED, /**< it is not */
	WORDS_LEAP_MADE,    /**< the system has made it */
	WORDS_LEAP_SLEWED,  /**< the daemon makes it */
	WORDS_LEAP_STEPPED,
	WORDS_LEAP_IGNORED,
};

/** What happens. A member that is NULL makes no line. */
struct words {
	/* the program */
	void (*precision)(const struct log *log, double precision_s);
	void (*locked)(const struct log *log, const char *failed); /**< into memory; NULL: it is */
	void (*library)(const struct log *log, const char *version); /**< of cryptography */

	/* the clock; s: forward is positive */
	void (*stepped)(const struct log *log, double s);
	void (*leap_list)(const struct log *log, const struct words_leap_list *l);
	void (*leap)(const struct log *log, enum words_leap what, bool insert);
	void (*tai)(const struct log *log, int offset_s); /**< the system is told this */

	/* addresses that are served */
	void (*stamping)(const struct log *log, const char *option);
	void (*listening)(const struct log *log, unsigned number, const char *interface,
		const struct endpoint *at, bool dropping);
	void (*left)(const struct log *log, unsigned number, const char *interface,
		const struct endpoint *at);
	void (*watching)(const struct log *log, int fd); /**< addresses come and go */

	/* names of sources */
	void (*asking)(const struct log *log, const struct source_options *o);
	void (*answered)(const struct log *log, const struct source_options *o, double took_s);
	/** The end of it: an address to ask for time. */
	void (*found)(
		const struct log *log, const struct source_options *o, const struct endpoint *at);
	/** There is none: of a name, or of its key establishment. retry_s: until the next. */
	void (*not_found)(const struct log *log, const struct source_options *o, bool for_now,
		double retry_s);

	/** The list of clients has room for so many, and takes so much memory. */
	void (*clients)(const struct log *log, size_t entries, size_t bytes);

	/* key establishment, its client */
	void (*roots)(
		const struct log *log, const char *path, bool directory); /**< NULL: system's */
	/** The suites and groups that were chosen are in force, for a client or a server. */
	void (*tls_chosen)(const struct log *log, const struct tls_choice *choice);
	void (*ke_connecting)(const struct log *log, const struct words_ke *k);
	void (*ke_expecting)(const struct log *log, const struct words_ke *k, const char *roots);
	void (*ke_agreed)(
		const struct log *log, const struct words_ke *k, const struct tls_info *info);
	/** It failed at a stage ("TLS handshake with"); shaken: after ke_agreed. */
	void (*ke_failed)(const struct log *log, const struct words_ke *k, const char *stage,
		const struct tls_info *info, enum tls_fault fault, const char *why, bool shaken);
	void (*ke_invalid)(const struct log *log, const struct words_ke *k, const char *reason);
	void (*ke_read)(const struct log *log, const struct words_ke *k, size_t n);
	void (*ke_cookies)(const struct log *log, const struct words_ke *k, size_t n, size_t length,
		uint16_t aead);
	void (*ke_ended)(const struct log *log, const struct words_ke *k, double took_s, bool good);

	/* key establishment, its server */
	void (*ke_serving)(const struct log *log, int port);
	void (*ke_listening)(const struct log *log, bool ip6);
	void (*ke_identity)(const struct log *log, const char *cert, const char *key,
		const struct tls_certificate *c, int64_t now_s);
	void (*ke_session)(const struct log *log, const struct words_session *s);
	enum log_priority ke_session_priority; /**< of its lines */
	/** So many sessions were left out, as too many came in a row. */
	void (*ke_untold)(const struct log *log, uint64_t n);
	void (*cookie_keys)(const struct log *log, size_t n, bool written);
};

/** Ours (daemon/logs/words_own.c), ntpd's, and the columns of its ntskelog, which tell of
 * key establishments only (daemon/logs/words_ntpd.c). */
extern const struct words words_own, words_ntpd, words_ntskelog;

/** A message that no words of ntpd's are for as a line of its log: behind the tag of the part that
 * speaks. Returns false for one that ntpd does not tell, or tells otherwise
 * (daemon/logs/lines_ntpd.c). */
bool words_ntpd_line(const char *message, struct text *ret);

/** The words of a log. */
static inline const struct words *words_of(const struct log *log)
{
	return log && log->words ? log->words : &words_own;
}

/** Tells that something has happened: words_say(log, ke_read, &ke, n). */
#define words_say(to, event, ...)                                                                  \
	do {                                                                                       \
		const struct log *said_to = (to);                                                  \
		if (words_of(said_to)->event)                                                      \
			words_of(said_to)->event(said_to, __VA_ARGS__);                            \
	} while (0)

#endif
