/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load of plain requests for a server on this computer, from many addresses (127.1.0.0 and up), and
 * what it costs the server. test/bench/serve runs it.
 *
 *	serve_load plain PID PORT SECONDS WINDOW CLIENTS [any] [to ADDRESS from ADDRESS]
 *	serve_load interleaved PID PORT SECONDS WINDOW CLIENTS [any] [to ADDRESS from ADDRESS]
 *	serve_load burst PID PORT COUNT SIZE CLIENTS [any] [to ADDRESS from ADDRESS]
 *	serve_load first PORT COMMAND...
 *
 * to and from: the server's address, and the first of the clients', which must be of this computer.
 *
 * plain and interleaved keep WINDOW requests outstanding; burst sends SIZE requests as fast as they
 * go, COUNT times. All print
 *
 *	GOOD CPU-SECONDS SECONDS LOST WRONG MEDIAN P99.9
 *
 * The last two are how old the transmit timestamps were when the answers arrived, us, by the
 * kernel's stamp: what a client at the other end of the wire sees as an error of the server.
 * An answer is good when everything in it is right: it must come from the server's address to the
 * client's, answer a request that is outstanding, be synchronised (but for "any") and as long as
 *the request, and tell times that this computer's clock confirms; in interleaved mode most have to
 *be. first prints the milliseconds from starting a server to its first good answer, and ends it.
 */
#define _GNU_SOURCE
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/instant.h"
#include "daemon/wire/packet.h"
#include "test/bench/load.h"

#define BATCH       64 /* datagrams in one system call */
#define WINDOW_MAX  4096
#define CLIENTS_MAX (1 << 20)
#define FIRST       0x7f010000u /* the first client's address, if no other is given */
#define PATIENCE_MS 3000        /* a thread may have to wait for a processor */
#define AGES        (1 << 20)
#define CLOSE_NS    (3 * INSTANT_S) /* between the server's word and ours */

/* A request without an answer. */
struct outstanding {
	uint64_t transmit; /* 0: none */
	uint64_t origin;   /* that an interleaved answer has */
	int64_t sent;      /* system instant */
	uint32_t client;
};

struct load {
	int fd;
	struct sockaddr_in to;
	bool interleaved;
	bool any;       /* a server that is not synchronised will do */
	uint32_t first; /* client's address */
	uint32_t window, clients, next_client;
	uint64_t serial;
	struct outstanding slots[WINDOW_MAX];
	uint64_t memory[CLIENTS_MAX]; /* of interleaved clients: the last receive timestamp; or 0 */
	uint32_t ready[WINDOW_MAX];   /* slots without a request */
	size_t n_ready;
	long good, lost, wrong;
	long followed;       /* interleaved answers */
	uint32_t ages[AGES]; /* ns, of the newest answers */
};

static int64_t system_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return instant_from_s(t.tv_sec, t.tv_nsec);
}

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static void load_init(struct load *l, int port, uint32_t window, uint32_t clients)
{
	struct sockaddr_in any = {.sin_family = AF_INET};

	check(window >= 1 && window <= WINDOW_MAX && clients >= 1 && clients <= CLIENTS_MAX,
		"window or clients out of range");
	l->window = window;
	l->clients = clients;
	l->first = FIRST;
	l->to = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	l->serial = (uint64_t)system_now() << 20;
	l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check(l->fd >= 0 && bind(l->fd, (struct sockaddr *)&any, sizeof(any)) == 0 &&
			set_int(l->fd, IPPROTO_IP, IP_PKTINFO, 1) == 0 &&
			set_int(l->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) == 0,
		"socket");
	if (set_int(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20) < 0)
		set_int(l->fd, SOL_SOCKET, SO_RCVBUF, 1 << 20);
	for (uint32_t i = 0; i < window; i++)
		l->ready[l->n_ready++] = i;
}

/* Clients take turns in an order that no table likes better than another. */
static uint32_t take_client(struct load *l)
{
	l->next_client = (uint32_t)(((uint64_t)l->next_client + 514229) % l->clients);
	return l->next_client;
}

static void make_request(struct load *l, uint32_t slot, int64_t now, uint8_t *ret)
{
	struct outstanding *o = &l->slots[slot];
	struct packet p = {.version = 4, .mode = PACKET_CLIENT, .poll = 6};

	/* The slot is in the lowest bits, and the serial number makes each the only one. A server
	 * only sends them back. */
	*o = (struct outstanding){.transmit = (++l->serial * WINDOW_MAX) | slot,
		.sent = now,
		.client = take_client(l)};
	p.transmit = o->transmit;
	if (l->memory[o->client]) {
		p.origin = l->memory[o->client];
		p.receive = o->origin = (++l->serial * WINDOW_MAX) | slot;
		l->memory[o->client] = 0;
	}
	packet_encode(&p, ret);
}

/* Sends from so many of the free slots. Returns how many. */
static size_t send_some(struct load *l, size_t n)
{
	uint8_t bytes[BATCH][PACKET_HEADER];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct mmsghdr m[BATCH] = {0};
	struct iovec io[BATCH];
	int64_t now = system_now();
	int r;

	n = n < BATCH ? n : BATCH;
	n = n < l->n_ready ? n : l->n_ready;
	for (size_t i = 0; i < n; i++) {
		uint32_t slot = l->ready[l->n_ready - 1 - i];
		struct in_pktinfo from = {0};
		struct cmsghdr *c = (struct cmsghdr *)control[i];

		make_request(l, slot, now, bytes[i]);
		from.ipi_spec_dst.s_addr = htonl(l->first + l->slots[slot].client);
		memset(control[i], 0, sizeof(control[i]));
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(from));
		memcpy(CMSG_DATA(c), &from, sizeof(from));
		io[i] = (struct iovec){bytes[i], PACKET_HEADER};
		m[i].msg_hdr = (struct msghdr){.msg_name = &l->to,
			.msg_namelen = sizeof(l->to),
			.msg_iov = &io[i],
			.msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = sizeof(control[i])};
	}
	r = n > 0 ? sendmmsg(l->fd, m, (unsigned)n, 0) : 0;
	check(r == (int)n, "send");
	l->n_ready -= n;
	return n;
}

/* Where an answer came to, and when. */
static void take_control(struct msghdr *h, uint32_t *ret_address, int64_t *ret_at)
{
	*ret_address = 0;
	*ret_at = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo i;

			memcpy(&i, CMSG_DATA(c), sizeof(i));
			*ret_address = ntohl(i.ipi_addr.s_addr);
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec t;

			memcpy(&t, CMSG_DATA(c), sizeof(t));
			*ret_at = instant_from_s(t.tv_sec, t.tv_nsec);
		}
	}
}

static bool is_near(uint64_t ntp, int64_t now)
{
	int64_t ns = instant_ntp_diff(ntp, instant_to_ntp(now));

	return ns > -CLOSE_NS && ns < CLOSE_NS;
}

/* Whether every field of an answer is right. */
static bool is_right(
	const struct load *l, const struct packet *p, const struct outstanding *o, int64_t at)
{
	if (p->mode != PACKET_SERVER || p->version != 4)
		return false;
	if (!l->any && (p->leap == LEAP_UNSYNCHRONISED || p->stratum < 1 || p->stratum > 15))
		return false;
	if (!is_near(p->receive, at) || instant_ntp_diff(p->receive, instant_to_ntp(o->sent)) < 0)
		return false;
	/* An interleaved answer tells when the last one left. */
	return is_near(p->transmit, at) &&
	       (p->origin == o->origin || instant_ntp_diff(p->transmit, p->receive) >= 0);
}

static void take_answer(struct load *l, struct mmsghdr *m, const struct sockaddr_in *from)
{
	struct msghdr *h = &m->msg_hdr;
	struct span datagram = {h->msg_iov->iov_base, m->msg_len};
	struct outstanding *o = l->slots;
	struct packet p = {0};
	uint32_t to;
	int64_t at, age;

	take_control(h, &to, &at);
	if (m->msg_len == PACKET_HEADER && packet_decode(datagram, &p) == 0)
		o = &l->slots[p.origin % WINDOW_MAX];
	if (p.origin == 0 || (p.origin != o->transmit && p.origin != o->origin) ||
		to != l->first + o->client || from->sin_addr.s_addr != l->to.sin_addr.s_addr ||
		from->sin_port != l->to.sin_port || !is_right(l, &p, o, at)) {
		l->wrong++;
		return;
	}
	age = at - instant_from_ntp(p.transmit, at);
	l->ages[l->good++ % AGES] = age > 0 ? (uint32_t)age : 0;
	l->followed += p.origin == o->origin;
	if (l->interleaved)
		l->memory[o->client] = p.receive;
	l->ready[l->n_ready++] = (uint32_t)(o - l->slots);
	*o = (struct outstanding){0};
}

/* Takes the answers that are there, waiting for one. Returns how many came. */
static int receive_some(struct load *l)
{
	uint8_t bytes[BATCH][PACKET_ROOM];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][256];
	struct sockaddr_in from[BATCH];
	struct mmsghdr m[BATCH] = {0};
	struct iovec io[BATCH];
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	int got;

	for (size_t i = 0; i < BATCH; i++) {
		io[i] = (struct iovec){bytes[i], PACKET_ROOM};
		m[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
			.msg_namelen = sizeof(from[i]),
			.msg_iov = &io[i],
			.msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = sizeof(control[i])};
	}
	if (poll(&p, 1, PATIENCE_MS) <= 0)
		return 0;
	got = recvmmsg(l->fd, m, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++)
		take_answer(l, &m[i], &from[i]);
	return got > 0 ? got : 0;
}

/* Nothing comes any more: what is outstanding is lost. */
static void give_up(struct load *l)
{
	for (uint32_t i = 0; i < l->window; i++) {
		if (l->slots[i].transmit == 0)
			continue;
		l->lost++;
		l->slots[i] = (struct outstanding){0};
		l->ready[l->n_ready++] = i;
	}
}

static void run(struct load *l, double seconds)
{
	double until = now_s() + seconds;

	while (now_s() < until) {
		while (send_some(l, BATCH) > 0)
			;
		if (receive_some(l) == 0)
			give_up(l);
	}
	while (l->n_ready < l->window && receive_some(l) > 0)
		;
	give_up(l);
}

static void burst(struct load *l, long count)
{
	while (count-- > 0) {
		while (send_some(l, BATCH) > 0)
			;
		while (l->n_ready < l->window && receive_some(l) > 0)
			;
		give_up(l);
	}
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void print(struct load *l, double cpu, double seconds)
{
	size_t n = l->good < AGES ? (size_t)l->good : AGES;

	qsort(l->ages, n, sizeof(l->ages[0]), compare);
	printf("%ld %.6f %.3f %ld %ld %.1f %.1f\n", l->good, cpu, seconds, l->lost, l->wrong,
		n > 0 ? l->ages[n / 2] / 1e3 : 0, n > 0 ? l->ages[n - n / 1000 - 1] / 1e3 : 0);
}

/* Milliseconds from starting a server to its first good answer. */
static void first(struct load *l, char **command)
{
	double start = now_s(), spent;
	pid_t pid = fork();

	check(pid >= 0, "fork");
	if (pid == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	do {
		give_up(l);
		send_some(l, 1);
		while (l->good == 0 &&
			poll(&(struct pollfd){.fd = l->fd, .events = POLLIN}, 1, 0) > 0)
			receive_some(l);
		nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
		spent = now_s() - start;
	} while (l->good == 0 && spent < 10);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	check(l->good > 0, "no answer");
	printf("%.2f\n", spent * 1e3);
}

/* What comes after the numbers. */
static void take_options(struct load *l, char **argv)
{
	if (*argv && strcmp(*argv, "any") == 0) {
		l->any = true;
		argv++;
	}
	if (!*argv)
		return;
	check(strcmp(argv[0], "to") == 0 && argv[1] && argv[2] && strcmp(argv[2], "from") == 0 &&
			argv[3] && !argv[4] && inet_pton(AF_INET, argv[1], &l->to.sin_addr) == 1 &&
			inet_pton(AF_INET, argv[3], &l->first) == 1,
		"usage");
	l->first = ntohl(l->first);
}

int main(int argc, char **argv)
{
	static struct load l;
	double cpu, start;
	int pid;

	check(argc >= 4, "usage");
	if (strcmp(argv[1], "first") == 0) {
		load_init(&l, atoi(argv[2]), 1, 1);
		first(&l, argv + 3);
		return 0;
	}
	check(argc >= 7, "usage");
	pid = atoi(argv[2]);
	l.interleaved = strcmp(argv[1], "interleaved") == 0;
	load_init(&l, atoi(argv[3]), (uint32_t)atoi(argv[5]), (uint32_t)atoi(argv[6]));
	take_options(&l, argv + 7);
	settle();
	cpu = server_cpu_s(pid);
	start = now_s();
	if (strcmp(argv[1], "burst") == 0)
		burst(&l, atol(argv[4]));
	else
		run(&l, atof(argv[4]));
	start = now_s() - start;
	settle();
	print(&l, server_cpu_s(pid) - cpu, start);
	return l.wrong > 0 || l.good == 0 || (l.interleaved && l.followed < l.good / 2);
}
