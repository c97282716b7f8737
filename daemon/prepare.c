/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is settled before the daemon is made: settings, user, directories and the PID file.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"
#include "config/settings.h"
#include "config/where.h"
#include "daemon/modules.h"
#include "daemon/os/directory.h"
#include "daemon/os/pidfile.h"
#include "daemon/os/realtime.h"
#include "daemon/program.h"

/* Where chronyd's user and PID file are, if nothing else is said. */
static void take_chronyd_defaults(struct settings *s)
{
	/* Debian's name, then what others have. */
	static const char *const users[] = {"_chrony", "chrony"};
	struct privilege_user found;

	text_copy(s->pidfile, sizeof s->pidfile, GNOMON_CHRONY_PID_FILE);
	for (size_t i = 0; i < sizeof users / sizeof *users; i++)
		if (privilege_find(users[i], &found) == 0) {
			text_copy(s->user, sizeof s->user, users[i]);
			return;
		}
	text_copy(s->user, sizeof s->user, users[0]);
}

static int read_settings(const struct program *p, struct settings *ret, struct text *why)
{
	const struct config_dialect *dialect = p->dialect;
	const struct options *o = &p->options;
	int r;

	if (o->chronyd)
		take_chronyd_defaults(ret);
	if (o->n_directives > 0 && !o->ntpd.on)
		r = dialect->read_arguments(
			p->kernel, o->directives, o->n_directives, p->log, ret, why);
	else
		r = dialect->read_file(p->kernel, o->config, p->log, ret, why);
	if (r < 0 && why->n == 0)
		text_add(why, "%s", strerror(-r));
	return r;
}

/* The command line has the last word. */
static int override_settings(const struct program *p, struct settings *s)
{
	const struct options *o = &p->options;

	if (o->family != ADDRESS_NONE) {
		s->ip4 = o->family == ADDRESS_IP4;
		s->ip6 = o->family == ADDRESS_IP6;
	}
	if (o->user != NULL) {
		if (text_copy(s->user, sizeof s->user, o->user) < 0) {
			log_fatal(p->log, "Could not get user/group ID of %s", o->user);
			return -EINVAL;
		}
		s->user_set = true;
	}
	if (o->lock_all)
		s->lock_all = true;
	if (o->sched_priority >= 0)
		s->sched_priority = o->sched_priority;
	if (!realtime_valid(s->sched_priority)) {
		log_fatal(p->log, "Bad scheduler priority: %d", s->sched_priority);
		return -EINVAL;
	}
	if (o->print_once) { /* leaves no trace and is in nobody's way */
		s->port = s->cmdport = 0;
		strcpy(s->command_socket, "/");
		s->monitor.path[0] = '\0';
		strcpy(s->pidfile, "/");
		s->ntsdumpdir[0] = '\0';
	}
	return 0;
}

void program_tell_why(const struct program *p, const char *why)
{
	char buffer[LOG_MESSAGE];
	struct text said = text_on(buffer, sizeof buffer);

	where_said(why, p->options.chronyd, &said);
	log_fatal(p->log, "%s", buffer);
}

int program_configure(struct program *p)
{
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof buffer);
	int r;

	p->settings = settings_create();
	if (p->settings == NULL)
		return -ENOMEM;
	r = read_settings(p, p->settings, &why);
	if (r < 0)
		program_tell_why(p, buffer);
	if (r == 0 && p->options.ntpd.on)
		r = program_ntpd_override(p);
	if (r == 0)
		r = override_settings(p, p->settings);
	if (r == 0 && p->settings->ntp.style)
		program_ntpd_log(p);
	return r;
}

static int check_pidfile(struct program *p)
{
	const char *path = p->settings->pidfile;
	int pid;

	if (strcmp(path, "/") == 0 || path[0] == '\0' || !pidfile_taken(path, &pid))
		return 0;
	log_fatal(
		p->log, "Another %s may already be running (pid=%d), check %s", p->name, pid, path);
	return -EEXIST;
}

static int write_pidfile(struct program *p)
{
	const char *path = p->settings->pidfile;
	int r;

	if (strcmp(path, "/") == 0 || path[0] == '\0')
		return 0;
	r = pidfile_write(path, p->sink.ntpd);
	if (r < 0 && p->sink.ntpd) {
		/* ntpd goes on without it. */
		log_error(p->log, "LOG: pid file %s: %s", path, strerror(-r));
		return 0;
	}
	if (r < 0)
		log_fatal(p->log, "Could not open %s : %s", path, strerror(-r));
	p->own_pidfile = r == 0;
	return r;
}

/* There is no such user, or no such group, whichever it was. */
static void tell_unknown(const struct program *p, const char *who)
{
	const char *colon = strchr(who, ':');
	gid_t group;

	if (!p->sink.ntpd)
		log_fatal(p->log, "Could not get user/group ID of %s", who);
	else if (colon != NULL && privilege_find_group(colon + 1, &group) < 0)
		log_fatal(p->log, "INIT: Cannot find group `%s'", colon + 1);
	else
		log_fatal(p->log, "INIT: Cannot find user `%.*s'", (int)strcspn(who, ":"), who);
}

/* Whom to become. A user that nobody asked for by name need not exist. */
static int find_user(struct program *p)
{
	const struct settings *s = p->settings;

	p->user = (struct privilege_user){.uid = geteuid(), .gid = getegid()};
	if (p->user.uid != 0)
		return 0;
	p->confine = true;
	if (privilege_find(s->user, &p->user) == 0) {
		/* "user root" is an answer too: then it stays root with all its rights */
		p->confine = p->user.uid != 0 || !s->user_set;
		return 0;
	}
	if (s->user_set) {
		tell_unknown(p, s->user);
		return -ENOENT;
	}
	log_warning(
		p->log, "User %s does not exist, staying root with fewer capabilities", s->user);
	return 0;
}

/* Logs and dumps: without their directory they fail one by one, later. */
static void make_directory(struct program *p, const char *path)
{
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof buffer);

	if (path[0] != '\0' && directory_make(path, 0750, p->user.uid, p->user.gid, &why) < 0)
		log_error(p->log, "%s", buffer);
}

/* The usual reason is a directory that another daemon of this system made for its own user. It is
 * not ours to take. */
static void advise_on_directory(const struct program *p, const char *directory)
{
	log_warning(p->log,
		"It must be in a directory of its user's, mode 0770 or stricter: if nobody else "
		"uses "
		"%s, 'chown %u:%u' and 'chmod 770' it; else set bindcmdaddress to another path",
		directory, (unsigned)p->user.uid, (unsigned)p->user.gid);
}

/* Whoever can reach the command socket commands the daemon, so its directory must be closed. */
static void prepare_command_socket(const struct program *p, struct settings *s)
{
	char directory[ENDPOINT_PATH], *path = s->command_socket, buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof buffer);

	if (strcmp(path, "/") == 0 || path[0] == '\0')
		return;
	text_copy(directory, sizeof directory, path);
	directory_of(directory);
	if (directory_make(directory, 0770, p->user.uid, p->user.gid, &why) == 0 &&
		directory_check(directory, 0770, p->user.uid, p->user.gid, &why) == 0)
		return;
	if (s->ntp.style) {
		/* Nobody asked for one: who has an ntp.conf speaks mode 6. */
		log_debug(p->log, "%s", buffer);
	} else {
		log_error(p->log, "%s", buffer);
		log_warning(p->log, "Disabled command socket %s", path);
		advise_on_directory(p, directory);
	}
	text_copy(path, sizeof s->command_socket, "/");
}

/* Those who may only ask have a directory of their own: they make their sockets there. */
static void prepare_monitor_socket(const struct program *p, struct settings *s)
{
	char directory[ENDPOINT_PATH], *path = s->monitor.path, buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof buffer);
	gid_t gid = p->user.gid;

	if (path[0] == '\0')
		return;
	text_copy(directory, sizeof directory, path);
	directory_of(directory);
	if (s->monitor.group[0] != '\0' && privilege_find_group(s->monitor.group, &gid) < 0)
		text_add(&why, "Could not get group ID of %s", s->monitor.group);
	else if (directory_make_shared(directory, p->user.uid, gid, &why) == 0)
		return;
	log_error(p->log, "%s", buffer);
	log_warning(p->log, "Disabled monitoring socket %s", path);
	path[0] = '\0';
}

static int prepare_files(struct program *p)
{
	if (p->options.print_once)
		return 0;
	prepare_command_socket(p, p->settings);
	prepare_monitor_socket(p, p->settings);
	make_directory(p, p->settings->logdir);
	make_directory(p, p->settings->dumpdir);
	make_directory(p, p->settings->ntsdumpdir);
	return write_pidfile(p);
}

int program_prepare(struct program *p)
{
	int r = check_pidfile(p);

	if (r == 0)
		r = find_user(p);
	if (r == 0)
		r = prepare_files(p);
	return r;
}

int program_read_again(void *arg, const struct log *log, struct settings *ret)
{
	const struct program *p = arg;
	char buffer[LOG_MESSAGE];
	struct text why = text_on(buffer, sizeof buffer);
	int r = read_settings(p, ret, &why);

	if (r < 0)
		log_error(log, "%s", buffer);
	else
		r = override_settings(p, ret);
	if (r == 0) {
		prepare_command_socket(p, ret);
		prepare_monitor_socket(p, ret);
	}
	return r;
}
