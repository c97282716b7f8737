/* SPDX-License-Identifier: BSD-2-Clause */
/* gnomonctl: asks a time daemon, and tells it what to do. */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/transport.h"
#include "cli/transport_ntpq.h"
#include "common/called.h"

/* The signal that came, if any: a handler can reach nothing else. */
static volatile sig_atomic_t interrupted;

/*
 * A signal that comes just before a read begins would wait for the next key: it is repeated every
 * second until somebody has seen it.
 */
static void on_signal(int number)
{
	if (number != SIGALRM)
		interrupted = number;
	if (interrupted)
		alarm(1);
}

/* Signals interrupt what we wait for, and nothing is left half done. */
static void catch_signals(void)
{
	struct sigaction ours = {.sa_handler = on_signal};
	struct sigaction ignored = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &ours, NULL);
	sigaction(SIGTERM, &ours, NULL);
	sigaction(SIGQUIT, &ours, NULL);
	sigaction(SIGHUP, &ours, NULL);
	sigaction(SIGALRM, &ours, NULL);
	sigaction(SIGPIPE, &ignored, NULL);
}

/* Becomes another user for good. */
static int become(const char *name)
{
	const struct passwd *user = getpwnam(name);

	if (!user) {
		fprintf(stderr, "Could not get user/group ID of %s\n", name);
		return -ENOENT;
	}
	if (user->pw_uid == 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0) {
		fprintf(stderr, "Could not become %s: %s\n", name, strerror(errno));
		return -errno;
	}
	return 0;
}

static int ask(void *arg, struct cmdmon_request *q, struct cmdmon_reply *ret)
{
	return transport_ask(arg, q, ret);
}

static int ask_ntp(void *arg, const struct ntpq_query *q, struct ntpq_answer *ret)
{
	return transport_ntpq_ask(arg, q, ret);
}

static int set_ntp_host(void *arg, const char *host, enum address_family family)
{
	return transport_ntpq_host(arg, host, family);
}

static const char *why(void *arg)
{
	return transport_why(arg);
}

static void set_timeout(void *arg, int timeout_ms)
{
	transport_set_timeout(arg, timeout_ms);
}

static void set_retries(void *arg, int retries)
{
	transport_set_retries(arg, retries);
}

/* Runs what the options ask for. Returns whether it succeeded. */
static bool run(const struct arguments *o, struct transport *transport, struct transport_ntpq *ntp,
	struct ntpq_state *state)
{
	struct session session = {
		.daemon = {ask, why, set_timeout, set_retries, transport},
		.ntp = {ask_ntp, set_ntp_host, ntp, state},
		.resolver = &resolver_system,
		.family = o->family,
		.numeric = o->numeric,
		.configured_names = o->configured_names,
		.printer = {.out = stdout, .mode = o->mode, .wide = o->wide},
		.err = stderr,
		.stop = &interrupted,
		.terse = o->as_chronyc,
		.as_ntpq = o->as_ntpq,
	};
	struct shell shell = {
		.session = &session,
		.end_marks = o->end_marks,
		.name = o->as_chronyc ? "chronyc"
			: o->as_ntpq  ? "ntpq"
				      : "gnomonctl",
		.in = stdin,
		.interrupted = &interrupted,
	};

	if (o->n_command > 0)
		return shell_run_words(&shell, o->command, o->n_command, o->many);
	session.interactive = isatty(0) && isatty(1) && isatty(2);
	return session.interactive ? shell_run_terminal(&shell) : shell_run_script(&shell);
}

/* How wide the terminal is; 0: there is none. */
static int terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* What ntpq's words begin with, for one of the hosts. */
static struct ntpq_state *begin_state(const struct arguments *o, const char *host)
{
	struct ntpq_state *state = calloc(1, sizeof(*state));

	if (state == NULL)
		return NULL;
	state->key.id = o->key;
	state->key_file = o->key_file;
	state->look.units = o->units;
	state->look.width = o->width > 0 ? o->width : terminal_width();
	if (o->n_ntp_hosts == 0)
		return state;
	snprintf(state->host, sizeof(state->host), "%s", host);
	state->look.server = o->n_ntp_hosts > 1 ? host : NULL;
	for (int i = 0; i < o->n_ntp_hosts; i++)
		if ((int)strlen(o->ntp_hosts[i]) > state->look.server_width)
			state->look.server_width = (int)strlen(o->ntp_hosts[i]);
	return state;
}

/* Runs what the options ask for with the daemon of hosts. */
static bool run_with(const struct arguments *o, const char *hosts, uint16_t port)
{
	const struct transport_settings settings = {.hosts = hosts,
		.port = port,
		.family = o->family,
		.timeout_ms = o->timeout_ms,
		.retries = o->retries,
		.resolver = &resolver_system,
		.stop = &interrupted};
	/* A socket's daemon is on this host, and its NTP port too. */
	const char *ntp_hosts = hosts[0] == '/' ? ARGUMENTS_NTP_HOSTS : hosts;
	struct transport *transport = NULL;
	struct transport_ntpq *ntp = NULL;
	struct ntpq_state *state = begin_state(o, hosts);
	bool good = false;

	if (state == NULL || transport_create(&settings, &transport) < 0 ||
		transport_ntpq_create(ntp_hosts, o->family, &resolver_system, &interrupted, &ntp) <
			0)
		fprintf(stderr, "Not enough memory\n");
	else
		good = run(o, transport, ntp, state);
	if (state != NULL)
		explicit_bzero(&state->key, sizeof(state->key));
	free(state);
	transport_ntpq_destroy(ntp);
	transport_destroy(transport);
	return good;
}

static void usage(const struct arguments *o, FILE *out, const char *program)
{
	if (o->as_ntpq)
		arguments_usage_ntpq(out);
	else
		arguments_usage(out, program);
}

int main(int argc, char **argv)
{
	struct arguments o = {.as_ntpq = called_is(argv[0], "ntpq")};
	bool good = true;
	int r;

	/* Letters as the terminal has them; numbers stay as programs read them. */
	setlocale(LC_CTYPE, "");
	r = o.as_ntpq ? arguments_parse_ntpq(argc, argv, &o, stderr)
		      : arguments_parse(argc, argv, &o, stderr);
	if (r < 0) {
		usage(&o, stderr, argv[0]);
		return EXIT_FAILURE;
	}
	if (o.help)
		usage(&o, stdout, argv[0]);
	else if (o.version)
		arguments_version(stdout, argv[0]);
	if (o.help || o.version)
		return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	if (o.user && geteuid() == 0 && become(o.user) < 0)
		return EXIT_FAILURE;
	if (o.key_file && access(o.key_file, R_OK) < 0) {
		fprintf(stderr, "ntpq: %s nonexistent or unreadable\n", o.key_file);
		return EXIT_FAILURE;
	}
	catch_signals();
	if (o.n_ntp_hosts == 0)
		good = run_with(&o, o.hosts, o.port);
	for (int i = 0; i < o.n_ntp_hosts; i++)
		good &= run_with(&o, o.ntp_hosts[i], o.port);
	/* ntpq never fails by what a daemon says. */
	return good || o.as_ntpq ? EXIT_SUCCESS : EXIT_FAILURE;
}
