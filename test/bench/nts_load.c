/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load for an NTS server on this computer, and what it costs the server: the processor time of the
 * server's processes for each answer that was verified. test/bench/serve runs it.
 *
 *	nts_load certificates DIRECTORY KIND	writes crt.pem and key.pem for the server
 *	nts_load ke PID PORT SECONDS KIND	whole key establishments, 8 at a time
 *	nts_load ntp PID PORT SECONDS AEAD	requests of one cookie, 64 outstanding
 *	nts_load offers PORT AEAD		fails when server or library do not have it
 *
 * KIND of certificate is ecdsa or rsa; PORT is that of key establishment, on 127.0.0.1. Prints
 * "ANSWERS CPU-SECONDS SECONDS LOST" and zeros, as serve_load does; what got no good answer is
 * lost.
 */
#define _GNU_SOURCE
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/protocol/ke_client.h"
#include "daemon/protocol/nts_packet.h"
#include "test/bench/load.h"
#include "test/unit/pki.h"

#define SESSIONS 8  /* of key establishment at a time */
#define WINDOW   64 /* requests without an answer: more fill a socket of the usual size */
#define BATCH    32 /* datagrams in one system call */

/* ---------------------------------------------------------------------------- key establishment */

static void no_message(void *arg, enum log_priority priority, const char *message)
{
	(void)arg;
	if (priority >= LOG_PRIORITY_ERROR)
		fprintf(stderr, "nts_load: %s\n", message);
}

static const struct log the_log = {.write = no_message, .lowest = LOG_PRIORITY_WARNING};

/* What all sessions have in common. */
struct establisher {
	struct ke_client_settings settings;
	struct sockaddr_in to;
	uint16_t aead;
};

struct session {
	int fd;
	struct ke_client *client;
};

static void establisher_init(struct establisher *e, int port, const char *name, uint16_t aead)
{
	const struct crypto_backend *b = crypto_backends[0];
	char why[TLS_WHY];

	*e = (struct establisher){.aead = aead};
	e->to = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	e->settings = (struct ke_client_settings){.crypto = b,
		.log = &the_log,
		.server = {.port = (uint16_t)port},
		.name = name,
		.at_s = PKI_NOW,
		.aeads = &e->aead,
		.n_aeads = 1};
	check(crypto_has_tls(b) && crypto_has_aead(b, aead), "the library");
	check(b->trust_create(NULL, &e->settings.trust) == 0 &&
			b->trust_add_pem(e->settings.trust,
				(struct span){(const uint8_t *)pki_root, strlen(pki_root)},
				why) == 1,
		"trust");
}

static void flush(struct session *s)
{
	uint8_t out[4096];
	size_t n;

	while ((n = ke_client_drain(s->client, out, sizeof(out))) > 0)
		check(send(s->fd, out, n, MSG_NOSIGNAL) == (ssize_t)n, "send");
}

static void begin(const struct establisher *e, struct session *s)
{
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(s->fd >= 0, "socket");
	check(connect(s->fd, (const struct sockaddr *)&e->to, sizeof(e->to)) == 0, "connect");
	check(ke_client_create(&e->settings, &s->client) == 0, "TLS");
	flush(s);
}

/* Goes on with a session that has something to read. Returns as ke_client_feed(). */
static int proceed(struct session *s)
{
	uint8_t in[4096];
	ssize_t n = recv(s->fd, in, sizeof(in), 0);
	int r = n > 0 ? ke_client_feed(s->client, (struct span){in, (size_t)n})
		      : ke_client_closed(s->client);

	flush(s);
	return r;
}

static void end(struct session *s)
{
	ke_client_destroy(s->client);
	close(s->fd);
}

/* Sessions that were served, and that were not, one after the other on eight connections. */
static void establish(const struct establisher *e, double seconds, long *io_good, long *io_bad)
{
	struct session sessions[SESSIONS];
	struct pollfd p[SESSIONS];
	double until = now_s() + seconds;
	size_t left = SESSIONS;

	for (size_t i = 0; i < SESSIONS; i++)
		begin(e, &sessions[i]);
	while (left > 0) {
		for (size_t i = 0; i < left; i++)
			p[i] = (struct pollfd){.fd = sessions[i].fd, .events = POLLIN};
		check(poll(p, left, 1000) > 0, "waiting");
		for (size_t i = left; i-- > 0;) {
			int r = p[i].revents ? proceed(&sessions[i]) : 0;

			if (r == 0)
				continue;
			*(r == 1 ? io_good : io_bad) += 1;
			end(&sessions[i]);
			if (now_s() < until)
				begin(e, &sessions[i]);
			else
				sessions[i] = sessions[--left];
		}
	}
}

/* ---------------------------------------------------------------------------- requests */

/* Requests made beforehand: a server of NTS remembers none, so each can be sent again. */
struct load {
	const struct crypto_backend *crypto;
	struct nts_packet_cipher seal, open;
	int fd;
	size_t n; /* bytes of each */
	uint8_t requests[WINDOW][PACKET_ROOM];
	uint8_t answers[BATCH][PACKET_ROOM];
};

static void make_cipher(
	const struct ke_result *r, const uint8_t *key, struct nts_packet_cipher *ret)
{
	ret->crypto = crypto_backends[0];
	check(ret->crypto->aead_create(r->keys.aead, &ret->aead) == 0 &&
			ret->crypto->aead_rekey(ret->aead, (struct span){key, r->keys.n}) == 0,
		"cipher");
}

/* Request i is known by the first bytes of its unique identifier and of its transmit time. */
static void make_request(struct load *l, const struct ke_result *r, uint8_t i)
{
	uint8_t id[NTS_UNIQUE_ID] = {i, 1}, nonce[CRYPTO_AEAD_NONCE_MAX] = {i, 2};
	struct packet p = {.version = 4, .mode = PACKET_CLIENT, .transmit = (uint64_t)i << 56 | 1};
	struct nts_packet_request q = {.unique_id = {id, sizeof(id)},
		.cookie = &r->response.cookies[i % r->response.n_cookies],
		.nonce = {nonce, crypto_aead_nonce_length(r->keys.aead)}};

	packet_encode(&p, l->requests[i]);
	l->n = PACKET_HEADER;
	check(nts_packet_seal(&l->seal, &q, l->requests[i], &l->n, PACKET_ROOM) == 0, "request");
}

static void prepare(struct load *l, const struct ke_result *r)
{
	int port = r->response.port == NTS_NONE ? 123 : r->response.port, room = 1 << 20;
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = 1};

	make_cipher(r, r->keys.c2s, &l->seal);
	make_cipher(r, r->keys.s2c, &l->open);
	for (unsigned i = 0; i < WINDOW; i++)
		make_request(l, r, (uint8_t)i);
	l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check(l->fd >= 0 && connect(l->fd, (const struct sockaddr *)&to, sizeof(to)) == 0,
		"socket");
	setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static void send_some(const struct load *l, const uint8_t *which, size_t n)
{
	struct mmsghdr m[BATCH] = {0};
	struct iovec io[BATCH];

	for (size_t i = 0; i < n; i++) {
		io[i] = (struct iovec){(void *)l->requests[which[i]], l->n};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &io[i], .msg_iovlen = 1};
	}
	check(sendmmsg(l->fd, m, (unsigned)n, 0) == (int)n, "send");
}

/* Which request this answers with one new cookie, authentically, in no more bytes; -1: none. */
static int verify(const struct load *l, const uint8_t *answer, size_t n)
{
	struct nts_cookie cookies[NTS_COOKIES];
	struct span datagram = {answer, n};
	struct packet_trailer t;
	struct nts_fields f;
	struct packet p;
	unsigned i;

	if (n > l->n || packet_decode(datagram, &p) < 0 || p.mode != PACKET_SERVER ||
		packet_split(datagram, p.version, &t) < 0 || nts_fields_find(&t, &f) < 0)
		return -1;
	i = (unsigned)(p.origin >> 56);
	if (i >= WINDOW || (p.origin & 0xff) != 1 || f.unique_id.n != NTS_UNIQUE_ID ||
		f.unique_id.p[0] != i || nts_packet_open(&l->open, &f, cookies) != 1)
		return -1;
	return (int)i;
}

/* Takes the answers that are there. Returns how many came; which: the requests that have good ones.
 */
static int receive_some(struct load *l, uint8_t *which, size_t *ret_n)
{
	struct mmsghdr m[BATCH] = {0};
	struct iovec io[BATCH];
	int got;

	for (size_t i = 0; i < BATCH; i++) {
		io[i] = (struct iovec){l->answers[i], PACKET_ROOM};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &io[i], .msg_iovlen = 1};
	}
	got = recvmmsg(l->fd, m, BATCH, MSG_WAITFORONE, NULL);
	*ret_n = 0;
	for (int i = 0; i < got; i++) {
		int j = verify(l, l->answers[i], m[i].msg_len);

		if (j >= 0)
			which[(*ret_n)++] = (uint8_t)j;
	}
	return got;
}

static void ask(struct load *l, double seconds, long *io_good, long *io_bad)
{
	uint8_t which[WINDOW];
	double until = now_s() + seconds;
	long sent = WINDOW;
	size_t n;

	for (unsigned i = 0; i < WINDOW; i++)
		which[i] = (uint8_t)i;
	for (size_t i = 0; i < WINDOW; i += BATCH)
		send_some(l, which + i, BATCH);
	while (*io_good < sent) {
		/* When nothing more comes, what is missing is lost. */
		if (receive_some(l, which, &n) <= 0)
			break;
		*io_good += (long)n;
		if (now_s() >= until || n == 0)
			continue;
		send_some(l, which, n);
		sent += (long)n;
	}
	*io_bad += sent - *io_good;
}

/* Keys and cookies for the load. */
static void load_keys(const struct establisher *e, struct load *l)
{
	struct session s;
	int r;

	begin(e, &s);
	do
		r = proceed(&s);
	while (r == 0);
	check(r == 1, "key establishment");
	prepare(l, ke_client_result(s.client));
	end(&s);
}

/* ---------------------------------------------------------------------------- main */

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "w");
	check(f && fputs(text, f) >= 0 && fclose(f) == 0, path);
}

int main(int argc, char **argv)
{
	static struct load load;
	struct establisher e;
	long good = 0, bad = 0;
	double cpu, start;
	bool rsa = strcmp(argv[argc - 1], "rsa") == 0, ntp = strcmp(argv[1], "ntp") == 0;
	int pid;

	if (argc == 4 && strcmp(argv[1], "certificates") == 0) {
		write_file(argv[2], "crt.pem", rsa ? pki_rsa : pki_a);
		write_file(argv[2], "key.pem", rsa ? pki_rsa_key : pki_key);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "offers") == 0) {
		establisher_init(&e, atoi(argv[2]), "a.test", (uint16_t)atoi(argv[3]));
		load_keys(&e, &load);
		return 0;
	}
	check(argc == 6, "usage");
	pid = atoi(argv[2]);
	establisher_init(&e, atoi(argv[3]), rsa ? "rsa.test" : "a.test",
		ntp ? (uint16_t)atoi(argv[5]) : CRYPTO_AEAD_SIV_256);
	if (ntp)
		load_keys(&e, &load);
	settle();
	cpu = server_cpu_s(pid);
	start = now_s();
	if (ntp)
		ask(&load, atof(argv[4]), &good, &bad);
	else
		establish(&e, atof(argv[4]), &good, &bad);
	start = now_s() - start;
	settle();
	printf("%ld %.6f %.3f %ld 0 0 0 0 0 0 0 0 0\n", good, server_cpu_s(pid) - cpu, start, bad);
	return bad > 0 || good == 0;
}
