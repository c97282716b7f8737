/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The estimator: samples of one path in, offset and rate of true time against the oscillator out.
 * Pure: it knows no clock, no network, no file.
 */
#ifndef DAEMON_TRACK_TRACK_H
#define DAEMON_TRACK_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/track/sample.h"

struct text;
struct track;

/** What the estimator says of true time at an instant. */
struct track_estimate {
	int64_t osc;       /**< the instant asked for */
	int64_t offset_ns; /**< true minus oscillator */
	double rate;       /**< s/s */
	double offset_sd;  /**< s */
	double rate_sd;    /**< s/s */
	double covariance; /**< s * s/s, of offset and rate */
	double wander;     /**< s/s per sqrt(s), learnt random walk of the rate */
	double sample_sd;  /**< s, learnt standard deviation of a sample's offset */
};

/** Figures in the words of chrony's sourcestats. */
struct track_figures {
	unsigned samples;         /**< that count in the estimate, at most 64 */
	unsigned in_force;        /**< that were taken since it began or changed, at most 64 */
	unsigned runs;            /**< of residuals of one sign among them */
	double span;              /**< s, from the oldest of them to the newest */
	double min_delay;         /**< s, smallest round trip in memory */
	int64_t last_osc;         /**< instant of the newest sample */
	struct sample last, best; /**< newest sample, and the one of least distance */
	double doubt; /**< s, by which one of them came with a larger distance of the source itself
		       * than the newest: the estimate is made of all and shares it */
};

/**
 * Makes an estimator. max_samples bounds its memory (0: as much as helps, 64 are counted), and at
 * least min_samples are counted whatever the oscillator does. NULL when there is no memory.
 */
struct track *track_create(int min_samples, int max_samples);
/** Changes the two; what is remembered stays. */
void track_limit(struct track *t, int min_samples, int max_samples);
void track_destroy(struct track *t);

/** Forgets everything, as at creation. */
void track_reset(struct track *t);

/**
 * Starts from a rate known beforehand (clock_get_model() before the first update; the drift file):
 * rate and its standard deviation, s/s. Kept over track_reset(); no effect once there are samples.
 */
void track_prior_rate(struct track *t, double rate, double sd);

/** The same of the rate's random walk, s/s per sqrt(s); 0: not known. A decade beside it is
 * believed a tenth as much, so that a few dozen samples overrule it. */
void track_prior_wander(struct track *t, double wander);

/** Takes a sample. Instants must increase: -EINVAL otherwise, and nothing is changed. */
int track_sample(struct track *t, const struct sample *s);

/** Everything moved by ns: the oscillator lost time (the machine slept) or the source stepped. */
void track_shift(struct track *t, int64_t ns, double sd);

/**
 * The oscillator is known to have moved by ns at the instant osc, not before the newest sample, and
 * to run otherwise by rate, s/s, from then on: both as true time minus oscillator.
 */
void track_bend(struct track *t, int64_t osc, int64_t ns, double rate);

/** The estimate at an instant. Returns 0, or -EAGAIN while there is no sample. */
int track_estimate(const struct track *t, int64_t osc, struct track_estimate *ret);

void track_get_figures(const struct track *t, struct track_figures *ret);

/**
 * What the samples allow of the estimate at the newest of them, s: true time lies within half of
 * each one's round trip and the source's own distance (RFC 5905 11.2), and by how much the estimate
 * is off what they have in common is added. drift: s/s by which a clock may change its rate.
 */
double track_bound(const struct track *t, double drift);

/**
 * s/s by which the rate may be wrong because the source itself was moving. One that finds or loses
 * its own time moves by about as much as its distance changes, in either direction; and by no more
 * than its distance was at both ends of the time that it was watched for.
 */
double track_tilt(const struct track *t);

/**
 * The polling interval that suits what is known: lengthened only while the error predicted for the
 * next sample stays small against the path's own noise. min, max and present are log2 s. It is less
 * than min when something surprising should be looked at once more that soon, if that is possible.
 */
int track_poll(struct track *t, int present, int min, int max, int target);

/** Walks the samples kept, oldest first: for dump files. */
size_t track_samples(const struct track *t, struct sample *ret, size_t room);

#endif
