/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interface and nic (ntp.conf(5)): our sockets take what comes to any address, and what has come to
 * one that is not to be listened on is dropped here.
 */
#ifndef DAEMON_SERVE_NIC_H
#define DAEMON_SERVE_NIC_H

#include <stdbool.h>

struct kernel;
struct kernel_message;
struct settings_ntp;

/** Whether a datagram came to where nobody is to listen. */
bool nic_drops(const struct settings_ntp *s, struct kernel *k, const struct kernel_message *m);

#endif
