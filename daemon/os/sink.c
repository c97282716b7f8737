/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sinks of messages, in chronyd's line format: "2026-11-23T09:03:12Z MESSAGE".
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/instant.h"
#include "common/text.h"
#include "daemon/os/daemonise.h"
#include "daemon/os/sink.h"

#define FATAL_PREFIX "Fatal error : "

/* Room for what stands before a message. */
#define HEAD (INSTANT_TEXT + 32)

/* What stands before each message of ntpd: local time, and whose it is. */
static void add_ntpd_head(struct text *t)
{
	time_t now = time(NULL);
	struct tm local;
	char text[INSTANT_TEXT] = "";

	if (localtime_r(&now, &local) != NULL)
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &local);
	text_add(t, "%s ntpd[%d]: ", text, (int)getpid());
}

/* A full disk or a closed stderr is nobody's to tell. */
static void write_line(const struct sink *s, int fd, const char *message)
{
	char line[HEAD + LOG_MESSAGE + sizeof FATAL_PREFIX], now[INSTANT_TEXT];
	struct text t = text_on(line, sizeof line - 1);
	ssize_t r;

	if (s->ntpd) {
		add_ntpd_head(&t);
	} else {
		instant_format_rfc3339((int64_t)time(NULL) * INSTANT_S, 0, now, sizeof now);
		text_add(&t, "%s ", now);
	}
	text_add(&t, "%s", message);
	line[t.n] = '\n'; /* whole in one call: lines of two writers never mix */
	do
		r = write(fd, line, t.n + 1);
	while (r < 0 && errno == EINTR);
}

static int syslog_priority(enum log_priority priority)
{
	switch (priority) {
	case LOG_PRIORITY_DEBUG:
		return LOG_DEBUG;
	case LOG_PRIORITY_INFO:
		return LOG_INFO;
	case LOG_PRIORITY_WARNING:
		return LOG_WARNING;
	case LOG_PRIORITY_ERROR:
		return LOG_ERR;
	case LOG_PRIORITY_FATAL:
		break;
	}
	return LOG_CRIT;
}

static void sink_write(void *arg, enum log_priority priority, const char *message)
{
	struct sink *s = arg;
	char prefixed[LOG_MESSAGE + sizeof FATAL_PREFIX], edited[LOG_MESSAGE];
	struct text e = text_on(edited, sizeof edited);
	const char *line = message;

	if (s->edit != NULL) {
		if (!s->edit(message, &e))
			return;
		line = message = edited;
	}
	if (priority == LOG_PRIORITY_FATAL) {
		struct text t = text_on(prefixed, sizeof prefixed);

		text_add(&t, "%s%s", s->ntpd ? "" : FATAL_PREFIX, message);
		line = prefixed;
		daemonise_failed(&s->parent_fd, message);
	}
	if (s->fd >= 0) {
		bool out = s->ntpd && !s->prints && s->path[0] == '\0' &&
			   priority < LOG_PRIORITY_ERROR;

		write_line(s, out ? STDOUT_FILENO : s->fd, line);
		return;
	}
	syslog(syslog_priority(priority), "%s", line);
	if (priority == LOG_PRIORITY_FATAL)
		write_line(s, STDERR_FILENO, line);
}

static void start(struct sink *s, int fd, const char *path, enum log_priority lowest)
{
	s->log = (struct log){sink_write, s, lowest, s->log.words};
	s->fd = fd;
	text_copy(s->path, sizeof s->path, path);
}

void sink_to_stderr(struct sink *s, enum log_priority lowest)
{
	start(s, STDERR_FILENO, "", lowest);
}

void sink_to_syslog(struct sink *s, enum log_priority lowest)
{
	openlog(s->ident, LOG_PID, LOG_DAEMON);
	start(s, -1, "", lowest);
}

static int open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);

	return fd < 0 ? -errno : fd;
}

int sink_to_file(struct sink *s, const char *path, enum log_priority lowest)
{
	int fd;

	if (strlen(path) >= sizeof s->path)
		return -ENAMETOOLONG;
	if ((fd = open_file(path)) < 0)
		return fd;
	start(s, fd, path, lowest);
	return 0;
}

static bool is_at(int fd, const char *path)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && lstat(path, &there) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

void sink_reopen(void *arg)
{
	struct sink *s = arg;
	int fd;

	if (s->path[0] == '\0' || is_at(s->fd, s->path))
		return;
	fd = open_file(s->path);
	if (fd < 0) {
		log_error(&s->log, "Could not open %s : %s", s->path, strerror(-fd));
		return; /* the old file is better than none */
	}
	close(s->fd);
	s->fd = fd;
}

void sink_close(struct sink *s)
{
	if (s->path[0] != '\0')
		close(s->fd);
	else if (s->fd < 0)
		closelog();
}
