/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling the service manager: sd_notify(3)'s datagrams to $NOTIFY_SOCKET, and -N.
 */
#ifndef DAEMON_OS_NOTIFY_H
#define DAEMON_OS_NOTIFY_H

/**
 * Sends lines such as "READY=1\nSTATUS=..." to the socket that the environment names.
 * Returns 0 (also when none is named), -EAFNOSUPPORT for one of another kind than a path or an
 * abstract name, or -errno.
 */
int notify_manager(const char *lines);
/** Tells it that the configuration is being read again; READY=1 tells that it was. */
void notify_reloading(void);

/** Writes a newline to fd and closes it (-N). Returns 0 or -errno. */
int notify_fd(int fd);

#endif
