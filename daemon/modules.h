/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The modules that configure chose. modules.c is written by configure: one NULL-terminated array
 * per family, declared in the family's own header.
 */
#ifndef DAEMON_MODULES_H
#define DAEMON_MODULES_H

#include "backends/crypto.h"
#include "config/dialect.h"
#include "daemon/clock/driver.h"
#include "daemon/control/control.h"
#include "daemon/protocol/protocol.h"
#include "refclocks/refclock.h"

/** Feature words in chrony's manner: "+CMDMON +REFCLOCK -NTS ..." (modules.c). */
extern const char modules_features[];

/** Names of drivers that the source has but this build has not, NULL-terminated: for messages. */
extern const char *const modules_left_out[];

#endif
