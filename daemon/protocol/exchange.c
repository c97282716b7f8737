/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets of associations. They are connected: the system passes on only what comes from the server
 * asked, and a fixed port may be shared with the server's socket and other associations.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "config/settings.h"
#include "daemon/clock/cards.h"
#include "daemon/clock/clock.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/protocol/exchange.h"
#include "daemon/wire/mono_field.h"
#include "daemon/wire/ptp.h"

void exchange_init(struct exchange *x, const struct protocol_env *env,
	const struct source_options *options, void (*ready)(void *arg, unsigned got), void *arg)
{
	memset(x, 0, sizeof(*x));
	x->env = env;
	x->options = options;
	x->fd = -1;
	x->ready = ready;
	x->arg = arg;
}

static bool is_lasting(const struct exchange *x)
{
	return x->env->settings->acquisition_port >= 0;
}

/** From where requests to x->remote's like are to be sent, by the settings in force. */
static struct exchange_origin origin_now(const struct exchange *x, const struct endpoint *remote)
{
	const struct settings *s = x->env->settings;
	struct exchange_origin o = {
		.local.address = remote->address.family == ADDRESS_IP4 ? s->bindacq4 : s->bindacq6,
	};

	struct address own;

	if (source_options_bind(x->options, &own) == 0 && own.family == remote->address.family)
		o.local.address = own;
	memcpy(o.device, x->options->binddevice[0] ? x->options->binddevice : s->bindacqdevice,
		sizeof(o.device));
	o.ptp = s->ptpport > 0 && remote->port == s->ptpport;
	/* Cards stamp what is between these ports. */
	if (o.ptp)
		o.local.port = remote->port;
	else if (s->acquisition_port > 0)
		o.local.port = (uint16_t)s->acquisition_port;
	return o;
}

static bool is_same_origin(const struct exchange_origin *a, const struct exchange_origin *b)
{
	return a->local.port == b->local.port && a->ptp == b->ptp &&
	       address_equal(&a->local.address, &b->local.address) &&
	       strcmp(a->device, b->device) == 0;
}

static int open_socket(struct exchange *x, const struct endpoint *remote)
{
	struct kernel *k = x->env->kernel;
	const struct kernel_socket socket = {
		.family = remote->address.family,
		.local = x->origin.local,
		.connect = true,
		.remote = *remote,
		.reuse = x->origin.local.port != 0,
		.device = x->origin.device,
		.dscp = x->env->settings->dscp,
		.stamps = true,
	};
	int fd = k->ops->open(k, &socket), r;

	if (fd < 0)
		return fd;
	r = loop_watch(x->env->loop, fd, KERNEL_READ | KERNEL_STAMP, x->ready, x->arg);
	if (r < 0)
		k->ops->close(k, fd);
	return r < 0 ? r : fd;
}

int exchange_open(struct exchange *x, const struct endpoint *remote)
{
	struct kernel *k = x->env->kernel;
	struct exchange_origin origin;
	int fd;

	if (x->peer) {
		x->remote = *remote;
		return x->env->server ? 0 : -ENOTCONN;
	}
	origin = origin_now(x, remote);
	if (x->fd >= 0 && x->remote.port == remote->port &&
		address_equal(&x->remote.address, &remote->address) &&
		is_same_origin(&x->origin, &origin))
		return 0;
	exchange_close(x);
	x->origin = origin;
	x->ptp = origin.ptp;
	fd = open_socket(x, remote);
	if (fd < 0)
		return fd;
	x->fd = fd;
	x->remote = *remote;
	if (k->ops->local(k, fd, &x->local) < 0)
		memset(&x->local, 0, sizeof(x->local));
	return 0;
}

void exchange_close(struct exchange *x)
{
	if (x->fd < 0)
		return;
	loop_unwatch(x->env->loop, x->fd);
	x->env->kernel->ops->close(x->env->kernel, x->fd);
	x->fd = -1;
}

void exchange_end(struct exchange *x)
{
	if (!is_lasting(x))
		exchange_close(x);
}

struct response_stamp exchange_stamp(const struct exchange *x, const struct kernel_message *m)
{
	return (struct response_stamp){
		.system = m->stamp_ns,
		.osc = clock_osc_from_system(x->env->clock, m->stamp_ns),
		.source = m->stamp_source,
		.error = m->stamp_error_s,
	};
}

/* Returns the length of the packet. */
static size_t encode(const struct packet *p, unsigned extensions, uint8_t *ret, size_t room)
{
	struct writer w = writer_on(ret, room);

	packet_encode(p, ret);
	w.n = PACKET_HEADER;
	if ((extensions & SOURCE_EXT_MONO_ROOT) && p->version == PACKET_VERSION_MAX)
		mono_field_write(&w, &(struct mono_field){0});
	return w.n;
}

int exchange_send(struct exchange *x, const struct packet *p, unsigned extensions,
	struct ntp_auth *auth, struct response_stamp *ret)
{
	struct kernel *k = x->env->kernel;
	uint8_t buffer[PTP_OVERHEAD + AUTH_REQUEST_MAX], *packet = buffer + PTP_OVERHEAD;
	struct kernel_message m = {.data = packet,
		.n = PACKET_HEADER,
		.room = AUTH_REQUEST_MAX,
		.want_stamp = x->peer || x->env->settings->maxtxbuffers > 0};
	int r;

	/* Not every system lets the destination of a connected socket be named again. */
	if (x->peer)
		m.peer = x->remote;
	m.n = encode(p, extensions, packet, AUTH_REQUEST_MAX);
	r = auth->ops->sign(auth, p->version, packet, &m.n, AUTH_REQUEST_MAX);
	if (r < 0)
		return r;
	if (x->ptp) {
		m.data = buffer;
		m.n = ptp_wrap(buffer, m.n, x->env->settings->ptpdomain, x->sequence++);
	}
	/* If somebody moved the clock since it was last looked at, its timestamps mean another
	 * time. */
	clock_now(x->env->clock);
	/* The first try may only tell of an ICMP error that an earlier request met. */
	for (int tries = 0; tries < 2; tries++) {
		r = x->peer ? x->env->server->send(x->env->server->arg, &m)
			    : k->ops->send(k, x->fd, &m, 1);
		if (r == 1) {
			*ret = exchange_stamp(x, &m);
			return 0;
		}
	}
	return r < 0 ? r : -EAGAIN;
}

void exchange_unwrap(const struct exchange *x, struct kernel_message *io)
{
	struct span ntp = {io->data, 0};

	if (!x->ptp)
		return;
	if (!io->cut && io->n <= io->room)
		ptp_unwrap((struct span){io->data, io->n}, x->env->settings->ptpdomain, &ntp);
	io->data += PTP_OVERHEAD;
	io->room -= PTP_OVERHEAD;
	io->n = ntp.n;
	io->cut = false;
}

uint64_t exchange_note(
	const struct exchange *x, const struct kernel_message *m, struct response_stamp *ret)
{
	struct packet p;

	*ret = exchange_stamp(x, m);
	if (m->n > m->room || packet_decode((struct span){m->data, m->n}, &p) < 0)
		return 0;
	return p.transmit;
}

bool exchange_sent(struct exchange *x, uint64_t *ret_transmit, struct response_stamp *ret)
{
	struct kernel *k = x->env->kernel;
	uint8_t data[PACKET_ROOM];
	struct kernel_message m;

	/* Those that only the card told, and its clock is not known yet, are passed over. */
	do {
		m = (struct kernel_message){.data = data, .room = sizeof(data)};
		if (x->fd < 0 || k->ops->sent(k, x->fd, &m) != 1)
			return false;
		cards_stamp(x->env->cards, &m, true);
	} while (m.stamp_ns == 0);
	m.room = sizeof(data);
	exchange_unwrap(x, &m);
	*ret_transmit = exchange_note(x, &m, ret);
	return true;
}
