/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP server's inside: its sockets (serve.c) and the way of a datagram (datagrams.c).
 */
#ifndef DAEMON_SERVE_INTERNAL_H
#define DAEMON_SERVE_INTERNAL_H

#include "daemon/clock/cards.h"
#include "daemon/kernel/kernel.h"
#include "daemon/serve/clients.h"
#include "daemon/serve/responder.h"
#include "daemon/serve/serve.h"
#include "daemon/serve/stamps.h"

/** Datagrams taken at once. */
#define SERVE_BATCH 32

/** The sockets: NTP's of both families, those of NTP over PTP, and those of `extra port`. */
enum {
	SERVE_IP4,
	SERVE_IP6,
	SERVE_PTP_IP4,
	SERVE_PTP_IP6,
	SERVE_EXTRA_IP4,
	SERVE_EXTRA_IP6,
	SERVE_PORTS,
};

/** The socket of one family. */
struct port {
	struct serve *serve;
	enum address_family family;
	bool ptp;       /**< messages are wrapped (wire/ptp.h) */
	int number;     /**< UDP; 0: it is not wanted */
	int fd;         /**< -1: closed */
	bool held;      /**< open for our own sources, whoever has access */
	int64_t opened; /**< raw instant */
	int refused;    /**< why it could not be opened last, as it was told; 0: it could */
	struct report_socket counts;
	struct report_socket told; /**< of the counts, those that are told of our addresses */
};

/** An answer on its way out. */
struct serve_answer {
	bool kernel; /**< the transmit timestamp it tells is the kernel's */
	bool late;   /**< its transmit timestamp is still to be written: */
	struct responder_late stamp;
};

/** Answers of a batch. */
struct serve_answers {
	struct kernel_message messages[SERVE_BATCH];
	struct serve_answer each[SERVE_BATCH];
	size_t n;
	bool stamped; /**< the system is to tell when some left */
};

/** What is to be done with a request. */
struct serve_plan {
	struct responder_request request;
	unsigned restricts; /**< set of enum ntp_restrict that holds for its sender */
	bool rate;          /**< answer it with a RATE */
};

/** A request with NTS that waits for others, to be opened together. */
struct serve_waiting {
	struct kernel_message *m;
	struct serve_plan plan; /**< holds keys of the session in the end: to be wiped */
};

/** Random bytes, fetched for many replies at a time; each is used once. */
struct serve_random {
	uint8_t bytes[1024];
	size_t left; /**< at the front */
};

struct serve {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	const struct cards *cards; /**< NULL: no card stamps anything; of a worker: main has it */
	const struct crypto_backend *crypto;
	const struct log *log;
	struct access *access;
	struct nts_server *nts; /**< NULL: none */
	struct signd *signd;    /**< NULL: nobody signs for MS-SNTP */
	struct endpoints *endpoints;
	struct broadcasts *broadcasts;
	struct clients *clients; /**< NULL: noclientlog */
	struct stamps *stamps;   /**< likewise */
	struct responder_auth auth;
	struct serve *main; /**< of a worker: whose it is; NULL: this one is no worker */
	struct workers *workers;
	struct fast *fast;  /**< NULL: all requests come to our sockets */
	int64_t raw;        /**< raw instant of the turn */
	uint32_t epoch;     /**< of our scale without jumps */
	double naks;        /**< that may be sent now */
	int64_t nak_refill; /**< raw instant of the last look at naks */
	struct port ports[SERVE_PORTS];
	struct serve_listener listener;
	int (*control)(void *arg, const struct kernel_message *m);
	void *control_arg;
	struct port *asked; /**< where the request of mode 6 under way came in; NULL: none is */
	struct report_packets packets;
	struct serve_restrict_count *restrict_counts; /**< of each restriction in the settings */
	size_t n_restrict_counts;
	struct report_serverstats counts;
	struct report_refused refused;
	struct kernel_message in[SERVE_BATCH];
	struct serve_answers out;
	struct responder_snapshot snapshot;
	struct served_line line; /**< of the snapshot */
	int64_t now;             /**< system instant after the newest batch was received */
	double pace_ns;          /**< from one answer of a batch to the next, as they leave */
	struct serve_random random;
	uint8_t buffers[SERVE_BATCH][PACKET_ROOM];
	uint8_t reply[PACKET_ROOM]; /**< is composed here: it needs the request */
	/** Of the batch under way. */
	struct serve_waiting waiting[RESPONDER_MANY];
	size_t n_waiting;
	uint8_t replies[RESPONDER_MANY][PACKET_ROOM]; /**< theirs, likewise */
};

/** How many datagrams were judged by a restriction. */
struct serve_restrict_count {
	struct settings_restrict entry;
	uint64_t hits;
};

/** The restrictions of the settings are others: those that stay keep their counts. */
void serve_count_restrictions(struct serve *s);

/** Negative acknowledgements that may be sent at once. */
#define SERVE_NAK_BURST 128

/** Makes the i-th port what the settings say, closed. */
void serve_no_port(struct serve *s, size_t i);
/** Closes a socket, if it is open. */
void serve_close(struct port *p);
/** Opens and closes sockets as access says. Returns 0, or the error of one that did not open. */
int serve_update(struct serve *s);
/** Whether the settings have peers or broadcasts: they use the server's sockets, which may need
 * rights to open. */
bool serve_is_held(const struct settings *set, enum address_family family);
/** Makes the NTS server, if there is to be one. Returns 0 or -errno, logged. */
int serve_make_nts(struct serve *s);
/** What the settings limit clients to. */
struct clients_limits serve_limits(const struct settings *set);

/** Counts a datagram as ntpd does. True when it is a request of mode 6, which was handed on then,
 * unless it was in a PTP message. */
bool serve_tally(struct port *p, const struct kernel_message *m);
/** Counts datagrams for the address that they came to or leave from: r of n, or a failure. */
void serve_count_sent(struct port *p, const struct kernel_message *m, int r);
/** A port was opened at an address. */
void serve_opened(struct port *p, const struct endpoint *local);

/** The mode of a datagram; PACKET_UNSET where there is none. */
static inline enum packet_mode serve_mode(const struct kernel_message *m)
{
	return m->n > 0 ? (enum packet_mode)(m->data[0] & 7) : PACKET_UNSET;
}

/** Of a worker: keeps the others from what they share, the client log and the keys. */
static inline void serve_exclude(struct serve *s, bool on)
{
	if (s->main)
		s->kernel->ops->exclude(s->kernel, on);
}

/** Puts the card's stamp of a datagram in the place of the system's, if there is one. */
static inline void serve_stamp(const struct serve *s, struct kernel_message *m, bool sent)
{
	cards_stamp(s->main ? s->main->cards : s->cards, m, sent);
}

/** Reads the system clock: now is then. */
int64_t serve_read_system(struct serve *s);
/** A system timestamp as clients are to read it. What came before the clock was touched goes by
 * what the clock was then. */
int64_t serve_time(const struct serve *s, int64_t system);
/** Takes the PTP message off a datagram in place; one that has none is empty then. */
void serve_unwrap(const struct port *p, struct kernel_message *io);
/** Sends the answers of a batch. One that cannot be sent, to a spoofed address without a route,
 * say, does not take the others with it. */
void serve_send_answers(struct port *p);
/** Takes the stamps of the kernel of what was sent. */
void serve_take_stamps(struct port *p);

/** What a RATE says at a moment. */
static inline struct responder_snapshot serve_rate_snapshot(const struct responder_snapshot *now)
{
	return (struct responder_snapshot){
		.served = {.precision = now->served.precision, .kiss = PACKET_KISS_RATE},
		.least_poll = now->least_poll};
}

/** Takes what answers say from the clock. */
void serve_take_snapshot(
	struct serve *s, struct responder_snapshot *ret, struct served_line *ret_line);

/** A port has datagrams, or stamps of what it sent. arg: the port. */
void serve_ready(void *arg, unsigned got);

#endif
