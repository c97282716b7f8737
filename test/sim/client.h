/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client program in the simulator: a command typed at a node goes as bytes through the Unix
 * socket of its daemon, and the answer through the client's own decoding and printing.
 */
#ifndef TEST_SIM_CLIENT_H
#define TEST_SIM_CLIENT_H

#include "cli/print.h"
#include "test/sim/small.h"

/** The line of configuration that a node needs to be asked. */
#define CLIENT_CONFIG "bindcmdaddress " CLIENT_SOCKET "\n"
#define CLIENT_SOCKET "/run/ctl.sock"

struct client;

/** Clients for all nodes of a world; only one at a time, before small_run(). */
struct client *client_begin(struct small *s);
void client_end(struct client *c);

/** Runs one line at a node; the world goes on for as long as the answer takes. Returns what was
 * printed, valid until the next call; fails when the daemon does not answer. */
const char *client_ask(struct client *c, int node, enum print_mode mode, const char *line);

/** Runs a line that prints CSV, and reads a field of a row of it as a number, both from 0; row -1
 * is the last one. */
double client_number(struct client *c, int node, const char *line, int row, int field);

#endif
