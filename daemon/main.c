/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gnomond: from the command line to a running daemon, in chronyd's order, and down again.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/called.h"
#include "common/log.h"
#include "common/text.h"
#include "config/check.h"
#include "config/convert.h"
#include "config/settings.h"
#include "daemon/daemon.h"
#include "daemon/kernel/kernel.h"
#include "daemon/modules.h"
#include "daemon/os/daemonise.h"
#include "daemon/os/directory.h"
#include "daemon/os/filter.h"
#include "daemon/os/memory.h"
#include "daemon/os/notify.h"
#include "daemon/os/realtime.h"
#include "daemon/os/signals.h"
#include "daemon/program.h"
#include "daemon/words.h"

static int open_log(struct program *p)
{
	const struct options *o = &p->options;
	int r;

	if (o->log_file != NULL && !o->ntpd.on) {
		r = sink_to_file(&p->sink, o->log_file, o->lowest);
		if (r < 0)
			log_fatal(p->log, "Could not open %s : %s", o->log_file, strerror(-r));
		return r;
	}
	if (o->to_stderr)
		sink_to_stderr(&p->sink, o->lowest);
	else
		sink_to_syslog(&p->sink, o->lowest);
	return 0;
}

/* Asks the system, not the capability set: a container may forbid what the set allows. Writing the
 * maximum error back as it is moves nothing. */
static bool may_set_clock(struct kernel *k)
{
	struct kernel_timex t = {0};

	if (k->ops->timex(k, &t) < 0)
		return false;
	t.modes = KERNEL_TIMEX_MAXERROR;
	return k->ops->timex(k, &t) == 0;
}

static const struct clock_driver *driver_none(void)
{
	for (size_t i = 0; clock_drivers[i] != NULL; i++)
		if (!clock_drivers[i]->controls)
			return clock_drivers[i];
	return NULL;
}

static int choose_driver(struct program *p, const struct clock_driver **ret)
{
	*ret = NULL;
	if (p->settings->ntp.style && !p->settings->ntp.discipline)
		p->options.no_control = true;
	if (!p->options.no_control) {
		if (may_set_clock(p->kernel))
			return 0;
		log_warning(p->log, "CAP_SYS_TIME not present");
		p->options.no_control = true;
	}
	*ret = driver_none();
	if (*ret != NULL)
		return 0;
	log_fatal(p->log, "No clock driver that leaves the clock alone is compiled in");
	return -ENOTSUP;
}

static int make_daemon(struct program *p)
{
	const struct options *o = &p->options;
	struct daemon_options d = {
		.kernel = p->kernel,
		.settings = p->settings,
		.dialect = p->dialect,
		.log = p->log,
		.crypto = crypto_backends[0],
		.mode = o->print_once  ? DISCIPLINE_PRINT_ONCE
			: o->step_once ? DISCIPLINE_STEP_ONCE
				       : DISCIPLINE_NORMAL,
		.restarted = o->restarted,
		.load_dumps = o->load_dumps,
		.from_rtc = o->from_rtc,
		.timeout = o->timeout_s,
		.reopen_log = sink_reopen,
		.reopen_log_arg = &p->sink,
		.read_settings = program_read_again,
		.read_settings_arg = p,
	};
	int r = choose_driver(p, &d.driver);

	return r < 0 ? r : daemon_create(&d, &p->daemon);
}

static void be_on_time(struct program *p)
{
	const char *what;
	int r;

	if (p->settings->sched_priority > 0 &&
		(r = realtime_schedule(p->settings->sched_priority)) < 0) {
		log_error(p->log, "pthread_setschedparam() failed");
		log_debug(p->log, "%s", strerror(-r));
	}
	if (!p->settings->lock_all || p->sink.ntpd)
		return;
	r = realtime_lock(&what);
	words_say(p->log, locked, r < 0 ? what : NULL);
}

static bool is_low(int port)
{
	return port > 0 && port < 1024;
}

/* Says which files of secrets cannot be read again, or could be changed by whoever gets at us. */
static void check_secrets(const struct program *p)
{
	const struct settings_nts_server *nts = &p->settings->nts_server;

	privilege_check_secret(p->settings->keyfile, p->log);
	for (size_t i = 0; i < nts->n_keys; i++)
		privilege_check_secret(nts->keys[i], p->log);
	privilege_check_secret(nts->secret, p->log);
}

static int drop_privileges(struct program *p)
{
	const struct settings *s = p->settings;
	struct privilege_needs needs = {
		.clock = !p->options.no_control,
		/* Client sockets are opened for each request. */
		.low_ports = is_low(s->port) || is_low(s->acquisition_port),
		.mail = s->mail_to[0] != '\0',
	};
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof buffer);
	const char *jail = p->options.ntpd.jail;
	int r = jail != NULL ? privilege_jail(jail) : 0;

	if (r < 0) {
		log_fatal(p->log, "INIT: Cannot chdir() to `%s': %s", jail, strerror(-r));
		return r;
	}
	r = p->confine ? privilege_drop(&p->user, &needs, &why) : 0;

	if (r < 0 && r != -ENOTSUP) {
		log_fatal(p->log, "%s", buffer);
		return r;
	}
	if (r < 0)
		log_warning(p->log, "%s", buffer);
	if (!p->options.print_once)
		check_secrets(p);
	if (geteuid() == 0)
		log_warning(p->log, "Running with root privileges");
	return 0;
}

/* -F, before anybody is heard; processes that the daemon starts have it too. Without it a system
 * that always asked for it still gets its time. */
static int filter_calls(struct program *p)
{
	int level = p->options.filter_level, r;
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof buffer);

	if (level == 0)
		return 0;
	if (p->settings->mail_to[0] != '\0') {
		log_fatal(p->log, "mailonchange directive cannot be used with -F enabled");
		return -EINVAL;
	}
	r = filter_load(level, &why);
	if (r == -ENOTSUP) {
		log_warning(p->log, "System call filter is not built in (-F %d ignored)", level);
		return 0;
	}
	if (r == -ERANGE)
		log_fatal(p->log, "Unsupported filter level");
	else if (r < 0)
		log_fatal(p->log, "Failed to load seccomp filter : %s", buffer);
	else
		log_info(p->log, "Loaded seccomp filter (level %d)", abs(level));
	return r;
}

static int tell_ready(struct program *p)
{
	int r;

	if (p->told_ready || !daemon_ready(p->daemon))
		return 0;
	p->told_ready = true;
	r = notify_manager("READY=1\nSTATUS=Running");

	if (r < 0) {
		log_fatal(p->log, r == -EAFNOSUPPORT
					  ? "Unsupported notification socket"
					  : "Could not send notification to $NOTIFY_SOCKET");
		return r;
	}
	if (p->options.ready_fd >= 0 && (r = notify_fd(p->options.ready_fd)) < 0) {
		log_fatal(p->log, "Could not send notification requested by -N option");
		return r;
	}
	/* ntpd -w: only when the clock is right. */
	return p->options.ntpd.wait_s > 0 ? 0 : daemonise_ready(&p->sink.parent_fd);
}

/* From nothing to ready. */
static int start(struct program *p)
{
	int (*const steps[])(struct program *) = {program_configure, program_prepare, make_daemon};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		int r = steps[i](p);

		if (r < 0)
			return r;
	}
	be_on_time(p);
	if (drop_privileges(p) < 0 || filter_calls(p) < 0 || daemon_start(p->daemon) < 0)
		return -1;
	memory_give_back();
	return tell_ready(p);
}

static void finish(struct program *p)
{
	const char *path = p->own_pidfile ? p->settings->pidfile : NULL;

	notify_manager("STOPPING=1\nSTATUS=Stopping");
	daemon_destroy(p->daemon);
	p->daemon = NULL;
	if (path != NULL && unlink(path) < 0)
		log_warning(p->log, "Could not remove %s : %s", path, strerror(errno));
}

/* Reads the configuration again, and has the service manager wait for it. */
static void read_again(struct program *p)
{
	notify_reloading();
	daemon_reload(p->daemon);
	notify_manager("READY=1\nSTATUS=Running");
}

/* Does what a signal asks for. Returns false when the daemon is to end: chronyd ends on SIGHUP. */
static bool heed_signal(struct program *p, int number)
{
	if (p->sink.ntpd)
		return program_ntpd_signal(p, number);
	if (number != SIGHUP || p->options.chronyd || p->options.step_once || p->options.print_once)
		return false;
	read_again(p);
	return true;
}

/* A daemon that nothing can reach ends with chronyd's words, ntpd goes on. */
static bool nothing_to_do(struct program *p)
{
	if (p->sink.ntpd || !daemon_idle(p->daemon))
		return false;
	log_fatal(p->log, "Nothing to do");
	return true;
}

static int run(struct program *p)
{
	int status;

	if (p->sink.ntpd)
		program_ntpd_begin(p);
	else
		log_info(p->log, "%s version %s starting (%s)", p->name,
			p->options.chronyd ? CALLED_CHRONY_VERSION : GNOMON_VERSION,
			modules_features);
	signals_catch(p->sink.ntpd);
	p->kernel = kernel_linux_create();
	if (p->kernel == NULL) {
		log_fatal(p->log, "Could not allocate memory");
		return 1;
	}
	if (p->sink.ntpd)
		program_ntpd_settle(p);
	if (start(p) < 0) {
		daemon_destroy(p->daemon);
		if (p->own_pidfile)
			unlink(p->settings->pidfile);
		return 1;
	}
	for (;;) {
		int number;

		if (nothing_to_do(p)) {
			finish(p);
			return 1;
		}
		if (!daemon_turn(p->daemon))
			break;
		number = signals_caught();

		/* Again after the first turn, which does what is due at the start. */
		if (!p->settled)
			memory_give_back();
		p->settled = true;

		if (tell_ready(p) < 0) {
			finish(p);
			return 1;
		}
		/* Whoever waited may be gone: that is no reason to end. */
		if (p->sink.parent_fd >= 0 && daemon_synchronised(p->daemon))
			daemonise_ready(&p->sink.parent_fd);

		if (number != 0 && !heed_signal(p, number))
			daemon_stop(p->daemon);
	}
	status = daemon_status(p->daemon);
	if (!p->sink.ntpd)
		log_info(p->log, "%s exiting", p->name);
	finish(p);
	return status;
}

static void print_line(void *arg, const char *text)
{
	(void)arg;
	puts(text);
}

/* --check-config and --print-config. Returns the exit status. */
static int print_checked(struct program *p)
{
	const struct options *o = &p->options;
	const struct config_dialect *chrony = dialect_find("chrony");
	int r = -ENOMEM;

	p->sink.prints = true;
	p->kernel = kernel_linux_create();
	if (p->kernel != NULL && o->check)
		r = check_file(
			p->kernel, p->dialect, o->config, daemon_has_refclock, print_line, NULL);
	else if (p->kernel != NULL)
		r = check_print(p->kernel, p->dialect, chrony != NULL ? chrony : p->dialect,
			o->config, print_line, NULL);
	if (r >= 0 && fflush(stdout) == EOF)
		r = -errno;
	if (r < 0)
		log_fatal(p->log, "%s", strerror(-r));
	return r != 0;
}

static int print_settings(struct program *p)
{
	const struct options *o = &p->options;
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof buffer);
	int r = -ENOMEM;

	p->sink.prints = true;
	p->kernel = kernel_linux_create();
	if (p->kernel != NULL && o->convert)
		r = convert_file(p->kernel, p->dialect, dialect_other(p->dialect), o->config,
			p->log, print_line, NULL, &why);
	else if (p->kernel != NULL)
		r = p->dialect->print(p->kernel, o->config, o->directives,
			o->ntpd.on ? 0 : o->n_directives, p->log, print_line, NULL, &why);
	if (r == 0 && fflush(stdout) == EOF)
		r = -errno;
	if (r < 0)
		program_tell_why(p, why.n > 0 ? buffer : strerror(-r));
	return r < 0;
}

/* The daemon lives in "/"; the paths of its command line are meant from here. */
static int fix_path(struct program *p, const char **io, char fixed[PATH_MAX])
{
	int r;

	if (*io == NULL)
		return 0;
	r = directory_absolute(*io, fixed, PATH_MAX);
	if (r < 0)
		log_fatal(p->log, "Could not open %s : %s", *io, strerror(-r));
	else
		*io = fixed;
	return r;
}

static int go_to_background(struct program *p)
{
	struct options *o = &p->options;
	int r;

	if (fix_path(p, &o->config, p->config) < 0 || fix_path(p, &o->log_file, p->log_file) < 0)
		return -EINVAL;
	r = daemonise(o->ready_fd, o->ntpd.wait_s, &p->sink.parent_fd);
	if (r < 0)
		log_fatal(p->log, "Could not become a daemon : %s", strerror(-r));
	return r;
}

static int choose_dialect(struct program *p)
{
	const struct options *o = &p->options;

	p->dialect = o->dialect != NULL ? dialect_find(o->dialect) : dialect_of(o->config);
	if (p->dialect == NULL) {
		log_fatal(p->log, "There is no configuration dialect %s in this program",
			o->dialect != NULL ? o->dialect : "");
		return -ENOTSUP;
	}
	p->sink.ntpd = strcmp(p->dialect->name, "ntp") == 0;
	p->sink.ident = p->sink.ntpd ? "ntpd" : p->name;
	if (p->sink.ntpd) {
		p->sink.log.words = &words_ntpd;
		p->sink.edit = words_ntpd_line;
	}
	return 0;
}

static void tell_not_root(const struct program *p)
{
	if (p->options.ntpd.on)
		log_fatal(p->log, "INIT: must be run as root, not uid %u", (unsigned)geteuid());
	else
		log_fatal(p->log, "Not superuser (start as root, or with -U when it has the "
				  "rights it needs by other means)");
}

/* Most distributions have the file in a directory of its own, some not. */
static void find_chronyd_config(struct options *o)
{
	static const char other[] = GNOMON_CHRONY_OTHER_CONFIG_FILE;

	if (strcmp(o->config, GNOMON_CHRONY_CONFIG_FILE) == 0 && access(o->config, F_OK) < 0 &&
		access(other, F_OK) == 0)
		o->config = other;
}

/* What is decided before there is a log: the process that the user started speaks for itself. */
static int begin(struct program *p)
{
	const struct options *o = &p->options;

	umask(umask(0) | 022);
	if (o->chronyd)
		find_chronyd_config(&p->options);
	if (choose_dialect(p) < 0)
		return 1;
	if (geteuid() != 0 && !o->any_user) {
		tell_not_root(p);
		return 1;
	}
	if (o->check || o->effective)
		return print_checked(p);
	if (o->print)
		return print_settings(p);
	if (!o->foreground && go_to_background(p) < 0)
		return 1;
	if (open_log(p) < 0)
		return 1;
	return run(p);
}

static void print_usage(bool ntpd, FILE *f, const char *program)
{
	if (ntpd)
		options_ntpd_usage(f);
	else
		options_usage(f, program);
}

static void print_version(const struct program *p)
{
	if (strcmp(p->name, "ntpd") == 0)
		printf("ntpd gnomon-%s\n", GNOMON_VERSION);
	else if (strcmp(p->name, "chronyd") == 0)
		/* Inside the list: whoever looks for words finds them, whoever takes the line apart
		 * finds its shape. */
		printf("chronyd (chrony) version %s (%s +GNOMON-%s)\n", CALLED_CHRONY_VERSION,
			modules_features, GNOMON_VERSION);
	else
		printf("gnomond (gnomon) %s (%s)\n", GNOMON_VERSION, modules_features);
}

/* Reading the options changes their order. */
static void keep_command_line(struct program *p, int argc, char **argv)
{
	struct text t = text_on(p->command_line, sizeof p->command_line);

	for (int i = 0; i < argc; i++)
		text_add(&t, "%s%s", i > 0 ? " " : "", argv[i]);
}

int main(int argc, char **argv)
{
	struct program p = {.sink.parent_fd = -1, .log = &p.sink.log};
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof buffer);
	bool ntpd = argc > 0 && called_is(argv[0], "ntpd");
	int status;

	memory_begin();
	p.name = ntpd ? "ntpd" : argc > 0 && called_is(argv[0], "chronyd") ? "chronyd" : "gnomond";
	sink_to_stderr(&p.sink, LOG_PRIORITY_INFO);
	keep_command_line(&p, argc, argv);
	switch (ntpd ? options_ntpd_parse(argc, argv, &p.options, &why)
		     : options_parse(argc, argv, &p.options, &why)) {
	case OPTIONS_DONE:
		return 0;
	case OPTIONS_HELP:
		print_usage(ntpd, ntpd ? stderr : stdout, argv[0]);
		return 0;
	case OPTIONS_VERSION:
		print_version(&p);
		return 0;
	case OPTIONS_UNKNOWN:
		print_usage(ntpd, stderr, argv[0]);
		return 1;
	case OPTIONS_INVALID:
		p.sink.ntpd = ntpd;
		log_fatal(p.log, "%s", buffer);
		return 1;
	case OPTIONS_RUN:
		break;
	}
	p.sink.log.lowest = p.options.lowest;
	status = begin(&p);
	settings_destroy(p.settings);
	kernel_linux_destroy(p.kernel);
	sink_close(&p.sink);
	return status;
}
