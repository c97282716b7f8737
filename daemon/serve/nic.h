/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interface and nic (ntp.conf(5)): our sockets take what comes to any address, and what has come to
 * one that is not to be listened on is dropped here.
 */
#ifndef DAEMON_SERVE_NIC_H
#define DAEMON_SERVE_NIC_H

#include <stdbool.h>

#include "config/settings_ntp.h"

struct kernel;
struct kernel_message;

/** What is to become of datagrams like this one, by where it came to. */
enum ntp_nic_action nic_action(
	const struct settings_ntp *s, struct kernel *k, const struct kernel_message *m);

/** What is said of a family's wildcard address: of what comes to no address of ours. */
enum ntp_nic_action nic_wildcard(const struct settings_ntp *s, enum address_family family);

/** Whether a datagram came to where nobody is to listen. */
bool nic_drops(const struct settings_ntp *s, struct kernel *k, const struct kernel_message *m);

#endif
