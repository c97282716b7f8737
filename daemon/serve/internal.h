/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NTP server's inside: its sockets (serve.c) and the way of a datagram (datagrams.c).
 */
#ifndef DAEMON_SERVE_INTERNAL_H
#define DAEMON_SERVE_INTERNAL_H

#include "daemon/kernel/kernel.h"
#include "daemon/serve/clients.h"
#include "daemon/serve/responder.h"
#include "daemon/serve/serve.h"
#include "daemon/serve/stamps.h"

/** Datagrams taken at once. */
#define SERVE_BATCH 16

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
	struct report_socket counts;
};

/** Answers of a batch, on their way out. */
struct serve_answers {
	struct kernel_message messages[SERVE_BATCH];
	bool kernel[SERVE_BATCH]; /**< the transmit timestamp it tells is the kernel's */
	size_t n;
};

/** Random bytes for nonces, fetched for many replies at a time; each is used once. */
struct serve_nonces {
	uint8_t bytes[1024];
	size_t left; /**< at the front */
};

struct serve {
	const struct settings *settings;
	struct kernel *kernel;
	struct loop *loop;
	struct clock *clock;
	const struct log *log;
	struct access *access;
	struct nts_server *nts; /**< NULL: none */
	struct endpoints *endpoints;
	struct broadcasts *broadcasts;
	struct clients *clients; /**< NULL: noclientlog */
	struct stamps *stamps;   /**< likewise */
	struct responder_auth auth;
	uint32_t epoch;     /**< of our scale without jumps */
	double naks;        /**< that may be sent now */
	int64_t nak_refill; /**< raw instant of the last look at naks */
	struct port ports[SERVE_PORTS];
	struct serve_listener listener;
	int (*control)(void *arg, const struct kernel_message *m);
	void *control_arg;
	struct report_packets packets;
	uint64_t *restrict_hits; /**< of each restriction in the settings */
	struct report_serverstats counts;
	struct report_refused refused;
	struct kernel_message in[SERVE_BATCH];
	struct serve_answers out;
	uint64_t random[SERVE_BATCH]; /**< for the bits below the precision */
	uint32_t dice[SERVE_BATCH];   /**< for limits of the rate */
	struct serve_nonces nonces;
	uint8_t buffers[SERVE_BATCH][PACKET_ROOM];
	uint8_t reply[PACKET_ROOM]; /**< is composed here: it needs the request */
};

/** Negative acknowledgements that may be sent at once. */
#define SERVE_NAK_BURST 128

/** Counts a datagram as ntpd does. When it is of mode 6 it is handed on, and true is returned. */
bool serve_tally(struct serve *s, const struct kernel_message *m);
/** A port was opened at an address. */
void serve_opened(struct port *p, const struct endpoint *local);

/** A port has datagrams, or stamps of what it sent. arg: the port. */
void serve_ready(void *arg, unsigned got);

#endif
