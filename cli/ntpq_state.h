/* SPDX-License-Identifier: BSD-2-Clause */
/* What the words of ntpq set, and what they remember of the daemon. */
#ifndef CLI_NTPQ_STATE_H
#define CLI_NTPQ_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/layout_ntpq.h"
#include "cli/ntpq_wire.h"

/** The most variables on the list of addvars. */
#define NTPQ_VARIABLES 64

/** A variable on that list. */
struct ntpq_variable {
	char name[64], value[128];
};

struct ntpq_state {
	struct layout_ntpq_look look;
	struct ntpq_key key;  /**< keyid, keytype, passwd */
	const char *key_file; /**< -k; NULL: none */
	bool authenticate;    /**< sign every request */
	bool supplied_names;  /**< hostnames: as the daemon has them */
	bool direct;          /**< mrulist as it comes */
	int version;          /**< claimed; 0: NTPQ_VERSION */
	int timeout_ms;       /**< 0: as always */
	int delay_ms;
	int debug;
	char host[256]; /**< that is asked; empty: this one */
	struct ntpq_variable variables[NTPQ_VARIABLES];
	size_t n_variables;
	struct ntpq_answer associations; /**< the last list of them */
	bool has_associations;
};

#endif
