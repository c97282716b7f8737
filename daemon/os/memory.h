/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much memory the process keeps from the system.
 */
#ifndef DAEMON_OS_MEMORY_H
#define DAEMON_OS_MEMORY_H

/** Has large blocks, most of which are hardly written to, not share pages with small ones: what is
 * not used of them takes no memory, and all of it goes back when they are freed. */
void memory_begin(void);
/** Gives back what is free: after the start, which reads files and frees what it read. */
void memory_give_back(void);

#endif
