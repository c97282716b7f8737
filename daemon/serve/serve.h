/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP server: access, the responder (pure), the sockets.
 */
#ifndef DAEMON_SERVE_SERVE_H
#define DAEMON_SERVE_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/report.h"

struct cards;
struct clients;
struct clock;
struct crypto_backend;
struct endpoint;
struct kernel;
struct kernel_message;
struct keys;
struct log;
struct loop;
struct serve;
struct settings;
struct settings_access;

/**
 * A table of allowed and denied prefixes; the longest match decides, default deny. As chrony
 * documents it: a rule whose prefix is not a multiple of 4 bits stands for 2, 4 or 8 that are, and
 * replaces earlier rules for these.
 */
struct access;
struct access *access_create(void);
void access_destroy(struct access *a);
/** Applies a rule, in full or not at all. Returns 0, -EINVAL for a bad prefix, -ENOMEM. */
int access_set(struct access *a, const struct settings_access *rule);
bool access_allowed(const struct access *a, const struct address *address);
/** Whether any address of the family is allowed. */
bool access_any(const struct access *a, enum address_family family);

/** Calls each with every prefix that decides for itself, until it returns less than 0: which is
 * what this returns then. Of those that hold an address the longest decides. */
int access_each(const struct access *a, enum address_family family,
	int (*each)(void *arg, const struct address *address, int bits, bool allowed), void *arg);

/** Writes "Allowed all NTP access from 10.0.0.0/8" and the like; what is "NTP" or "command". */
void access_describe(const struct settings_access *rule, const char *what, char *ret, size_t n);
/** Fills a table from the settings; messages say what. Returns 0 or -errno, logged. */
int access_fill(struct access *a, const struct settings_access *rules, size_t n, const char *what,
	const struct log *log);
/** Puts these rules in the place of all that are in a table; on failure they stay. Returns as
 * access_fill(). */
int access_refill(struct access *a, const struct settings_access *rules, size_t n, const char *what,
	const struct log *log);

/** What of the settings has changed. */
enum serve_change {
	SERVE_SOCKETS = 0x1, /**< ports, addresses and devices */
	SERVE_ACCESS = 0x2,
	SERVE_LIMITS = 0x4,
	SERVE_BROADCASTS = 0x8,
	SERVE_NTS = 0x10,  /**< the NTS server */
	SERVE_HELD = 0x20, /**< whether there are peers */
};

/**
 * Opens what the settings ask for; NTP sockets exist only while something is allowed. Returns 0,
 * -ENOMEM, -EINVAL for a rule that is no subnet or keys that cannot be as they should, -ENOTSUP for
 * NTS without TLS, or -EIO when sockets are wanted and none can be opened; all logged.
 */
int serve_create(const struct settings *settings, struct kernel *kernel, struct loop *loop,
	struct clock *clock, const struct keys *keys, const struct crypto_backend *crypto,
	const struct log *log, struct serve **ret);
/** Cards whose stamps are used (daemon/clock/cards.h), NULL: none; before serve_start(). */
void serve_stamp_by(struct serve *s, const struct cards *cards);
/** Tells a log of its own of NTS key establishments, before serve_start(). */
void serve_tell_sessions(struct serve *s, const struct log *log);
/** Begins NTS key establishment: with rights dropped. Returns 0 or -errno. */
int serve_start(struct serve *s);
/** Tells threads that serve what there is to tell; to be called before each wait. */
void serve_publish(struct serve *s);
void serve_destroy(struct serve *s);
/** Whom the server's socket serves besides clients: our own sources. */
struct serve_listener {
	/** A datagram of mode 1, 2 or 4. Of mode 1 it is answered only when this returns false: it
	 * is of no peer of ours. */
	bool (*deliver)(void *arg, const struct kernel_message *m);
	/** A datagram of mode 1 that was sent, with its transmit timestamp. */
	void (*sent)(void *arg, const struct kernel_message *m);
	void *arg;
};

/** The listener is copied. */
void serve_forward(struct serve *s, const struct serve_listener *listener);
/** Sends a datagram of our own from the server's socket, opening it if need be. Returns 1, or
 * -errno. */
int serve_emit(struct serve *s, struct kernel_message *m);
/**
 * Requests of mode 6 go to take, which answers with serve_send(). It returns 0, -EPERM: who asks
 * may not, -EAGAIN: asks too often, or -EBADMSG: what was asked cannot be read. Without a taker
 * they are declined. Call it before the sources start.
 */
void serve_control(
	struct serve *s, int (*take)(void *arg, const struct kernel_message *m), void *arg);
/** Sends a datagram to where m came from, from where it came to; only while the request of mode 6 m
 * is being taken. Returns 0 or -errno. */
int serve_send(struct serve *s, const struct kernel_message *m, struct span datagram);
/** Access by command; opens and closes sockets accordingly. Returns what access_set() does, or why
 * no socket could be opened to serve those who are now allowed. */
int serve_access(struct serve *s, const struct settings_access *rule);
/** The settings, which are at the same place, have changed: a set of enum serve_change.
 * Certificates are read again in any case. What cannot be had is logged. */
void serve_configure(struct serve *s, unsigned changes);
/** The settings have other rules of access, restrictions and limits. */
void serve_change_rules(struct serve *s);
bool serve_allowed(const struct serve *s, const struct address *a);
/** The client log (clients.h), or NULL: noclientlog. */
struct clients *serve_clients(struct serve *s);
/** Counts a request of a control protocol; mode and version: of a packet of NTP's, else 0. False
 * when its client has asked too often: it gets no answer (cmdratelimit; never this host). */
bool serve_command(struct serve *s, const struct endpoint *client, int mode, int version);
/**
 * The NTP part of serverstats with chronyd's meaning, measured on version 4.3: hits are well-formed
 * requests from allowed addresses, authentic or not; drops are those that a limit of the rate left
 * without an answer, and nothing else.
 */
void serve_report(const struct serve *s, struct report_serverstats *ret);
/** What got no answer, and why. */
void serve_report_refused(const struct serve *s, struct report_refused *ret);
/** ntpd's view of what came in. */
void serve_report_packets(const struct serve *s, struct report_packets *ret);
/** One of the sockets. False when there is no i-th. */
bool serve_report_socket(const struct serve *s, size_t i, struct report_socket *ret);
/** How many datagrams the i-th restriction (struct settings_ntp) decided about. */
uint64_t serve_restrict_hits(const struct serve *s, size_t i);
/** All of the NTS server. */
void serve_report_nts(const struct serve *s, struct report_nts_server *ret);
/** Reads certificates, and NTS keys that others make, again (rekey). */
void serve_rekey(struct serve *s);
/** Saves NTS keys (dump). */
void serve_save(struct serve *s);

#endif
