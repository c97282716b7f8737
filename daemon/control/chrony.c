/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chrony's control protocol: UDP for reports, a Unix socket for everything. The file permissions of
 * the socket's directory are what guards the latter; nothing is asked of its clients.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "config/settings.h"
#include "daemon/control/answer.h"
#include "daemon/control/command.h"
#include "daemon/control/control.h"
#include "daemon/kernel/kernel.h"
#include "daemon/loop/loop.h"
#include "daemon/serve/serve.h"

/* Requests taken before other descriptors get their turn. */
#define BATCH 8

struct control_instance;

/* A socket: UDP of one family, or the Unix one. */
struct port {
	struct control_instance *control;
	enum address_family family; /* ADDRESS_NONE: Unix */
	int fd;                     /* -1: closed */
};

enum {
	PORT_IP4,
	PORT_IP6,
	PORT_UNIX,
	PORT_MONITOR, /* Unix too; it only tells */
	N_PORTS,
};

struct control_instance {
	struct control_env env;
	struct commands commands;
	struct answer_rights udp; /* what is open to who may only read */
	struct port ports[N_PORTS];
	struct loop_timer rebind; /* opens the sockets anew: never inside a command of theirs */
	uint8_t request[CMDMON_REQUEST_MAX];
	uint8_t reply[CMDMON_REPLY_MAX];
};

/* The two addresses that need no cmdallow. */
static bool is_own_host(const struct address *a)
{
	static const struct address ip4 = {ADDRESS_IP4, {127, 0, 0, 1}};
	static const struct address ip6 = {ADDRESS_IP6, {[15] = 1}};

	return address_equal(a, &ip4) || address_equal(a, &ip6);
}

static bool may_ask(const struct port *p, const struct kernel_message *m)
{
	/* A client without a path of its own, or of port 0, cannot be answered. */
	if (p->family == ADDRESS_NONE)
		return m->peer.path[0] != 0;
	return m->peer.port != 0 &&
	       (is_own_host(&m->peer.address) ||
		       access_allowed(p->control->commands.access, &m->peer.address));
}

/* Takes one request. False when there is none. */
static bool take_request(struct port *p)
{
	struct control_instance *c = p->control;
	struct answer_rights rights = c->udp;
	const struct kernel_ops *ops = c->env.kernel->ops;
	struct kernel_message m = {.data = c->request, .room = sizeof(c->request)};

	if (ops->receive(c->env.kernel, p->fd, &m, 1) <= 0)
		return false;
	if (m.cut || !may_ask(p, &m))
		return true;
	rights.client = &m.peer;
	if (p->family == ADDRESS_NONE)
		rights = (struct answer_rights){
			.all = p == &c->ports[PORT_UNIX], .reads = p == &c->ports[PORT_MONITOR]};
	m.n = answer_datagram(&c->commands, &rights, (struct span){m.data, m.n}, c->reply);
	m.data = c->reply;
	if (m.n > 0)
		ops->send(c->env.kernel, p->fd, &m, 1);
	return true;
}

static void control_ready(void *arg, unsigned got)
{
	struct port *p = arg;

	(void)got;
	for (int i = 0; i < BATCH && take_request(p); i++)
		;
}

static void port_open(struct port *p, const struct kernel_socket *socket)
{
	struct control_env *env = &p->control->env;
	char text[ENDPOINT_TEXT];
	int r, fd = env->kernel->ops->open(env->kernel, socket);

	r = fd < 0 ? fd : loop_watch(env->loop, fd, KERNEL_READ, control_ready, p);
	if (r < 0) {
		if (fd >= 0)
			env->kernel->ops->close(env->kernel, fd);
		endpoint_format(&socket->local, text, sizeof(text));
		log_error(env->log, "Could not open command socket on %s: %s", text, strerror(-r));
		return;
	}
	p->fd = fd;
}

static void port_close(struct port *p)
{
	struct control_env *env = &p->control->env;

	if (p->fd < 0)
		return;
	loop_unwatch(env->loop, p->fd);
	env->kernel->ops->close(env->kernel, p->fd);
	p->fd = -1;
}

static void open_udp(struct control_instance *c, struct port *p)
{
	const struct settings *set = c->env.settings;
	bool ip4 = p->family == ADDRESS_IP4;
	struct kernel_socket socket = {
		.local.address = ip4 ? set->bindcmd4 : set->bindcmd6,
		.local.port = (uint16_t)set->cmdport,
		.family = p->family,
		.device = set->bindcmddevice,
		.reuse = true,
	};

	if (set->cmdport == 0 || !(ip4 ? set->ip4 : set->ip6))
		return;
	if (socket.local.address.family == ADDRESS_NONE)
		address_parse(ip4 ? "127.0.0.1" : "::1", &socket.local.address);
	port_open(p, &socket);
}

static void open_unix(struct control_instance *c)
{
	const char *path = c->env.settings->command_socket;
	struct kernel_socket socket = {.family = ADDRESS_NONE};

	if (path[0] == 0 || strcmp(path, "/") == 0)
		return;
	memcpy(socket.local.path, path, sizeof(socket.local.path));
	port_open(&c->ports[PORT_UNIX], &socket);
}

static void open_monitor(struct control_instance *c)
{
	const struct settings_monitor *m = &c->env.settings->monitor;
	struct kernel_socket socket = {
		.family = ADDRESS_NONE, .mode = (unsigned)m->mode, .guarded = true};

	if (m->path[0] == 0)
		return;
	memcpy(socket.local.path, m->path, sizeof(socket.local.path));
	port_open(&c->ports[PORT_MONITOR], &socket);
}

static void run_rebind(void *arg)
{
	struct control_instance *c = arg;

	for (size_t i = 0; i < N_PORTS; i++)
		port_close(&c->ports[i]);
	open_udp(c, &c->ports[PORT_IP4]);
	open_udp(c, &c->ports[PORT_IP6]);
	open_unix(c);
	open_monitor(c);
}

/* What is open to who may only read. */
static void take_rights(struct control_instance *c)
{
	const struct settings *set = c->env.settings;

	c->udp.open = set->opencommands_set ? set->opencommands : CMDMON_GROUPS_DEFAULT;
}

static void control_configure(struct control_instance *c, unsigned changes)
{
	const struct settings *set = c->env.settings;

	if (changes & CONTROL_ACCESS) {
		take_rights(c);
		access_refill(c->commands.access, set->cmd_access, set->n_cmd_access, "command",
			c->env.log);
	}
	if (changes & CONTROL_SOCKETS)
		loop_timer_in(c->env.loop, &c->rebind, 0);
}

static void control_destroy(struct control_instance *c)
{
	if (!c)
		return;
	loop_timer_done(c->env.loop, &c->rebind);
	for (size_t i = 0; i < N_PORTS; i++)
		port_close(&c->ports[i]);
	access_destroy(c->commands.access);
	free(c);
}

static int control_create(const struct control_env *env, struct control_instance **ret)
{
	static const enum address_family families[N_PORTS] = {
		ADDRESS_IP4, ADDRESS_IP6, ADDRESS_NONE, ADDRESS_NONE};
	const struct settings *set = env->settings;
	struct control_instance *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->env = *env;
	for (size_t i = 0; i < N_PORTS; i++)
		c->ports[i] = (struct port){c, families[i], -1};
	take_rights(c);
	c->commands.env = &c->env;
	r = loop_timer_init(env->loop, &c->rebind, run_rebind, c);
	c->commands.access = access_create();
	if (r == 0 && !c->commands.access)
		r = -ENOMEM;
	if (r < 0)
		goto fail;
	r = access_fill(
		c->commands.access, set->cmd_access, set->n_cmd_access, "command", env->log);
	if (r < 0)
		goto fail;
	open_udp(c, &c->ports[PORT_IP4]);
	open_udp(c, &c->ports[PORT_IP6]);
	*ret = c;
	return 0;
fail:
	control_destroy(c);
	return r;
}

static int control_start(struct control_instance *c)
{
	open_unix(c);
	open_monitor(c);
	return 0;
}

const struct control_protocol control_protocol_chrony = {
	.name = "chrony",
	.create = control_create,
	.start = control_start,
	.configure = control_configure,
	.destroy = control_destroy,
};
