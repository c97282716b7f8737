/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Published figures to compare with: chrony (upstream head of June 2026, means of 5 seeds under the
 * public clock and network simulator), and the limit: the error of the best causal estimator told
 * everything, from the same measurements at the power of two nearest chrony's mean interval.
 */
#ifndef TEST_SIM_FIGURES_H
#define TEST_SIM_FIGURES_H

#include <stddef.h>

/** A scenario's figures; 0 where none is published. */
struct figures {
	const char *name;
	double rms, max;         /**< s, time error of chrony */
	double frequency;        /**< s/s, RMS frequency error of chrony */
	double interval;         /**< s, mean between chrony's requests to a server */
	double limit;            /**< s, RMS */
	double to_1ms, to_100us; /**< s, until chrony's error was below for good */
};

extern const struct figures figures[];
extern const size_t n_figures;

/** The figures of a scenario, or NULL. */
const struct figures *figures_of(const char *name);

#endif
