/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network cards that stamp datagrams (hwtimestamp): switched on, their clocks watched, and their
 * stamps brought to the system clock.
 */
#ifndef DAEMON_CLOCK_CARDS_H
#define DAEMON_CLOCK_CARDS_H

#include <stdbool.h>

struct cards;
struct clock;
struct kernel;
struct kernel_message;
struct log;
struct loop;
struct settings;

/**
 * Switches on what the settings name, and has sent datagrams numbered (maxtxbuffers). All
 * arguments outlive it. Returns 0 with NULL when no card is on, -ENOTSUP or another -errno, logged,
 * when one that is named cannot be had; one of * that cannot is no error.
 */
int cards_create(const struct settings *settings, struct kernel *kernel, struct loop *loop,
	struct clock *clock, const struct log *log, struct cards **ret);
void cards_destroy(struct cards *c);

/**
 * Puts the card's stamp of a datagram in the place of the system's, if there is one and the card's
 * clock is known well enough. sent: it is of sending. c may be NULL. From any thread.
 */
void cards_stamp(const struct cards *c, struct kernel_message *m, bool sent);

/** Whether the interface that a datagram came by stamps what is sent. c may be NULL. */
bool cards_stamp_sent(const struct cards *c, const struct kernel_message *m);

#endif
