/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock: three time scales and how they relate.
 *
 *   oscillator  the kernel's free-running counter, shifted once so that it equals the system clock
 *               at start. Nobody steers it. All samples and estimates live here.
 *   system      what programs read. Steered by us, perhaps also by others.
 *   true        what we believe UTC to be: oscillator + model offset + rate * age.
 *
 * Timestamps are mapped to the oscillator as they come in, by pairs of readings of both clocks that
 * are remembered across every steering action; so steps and slews need not be carried into samples.
 */
#ifndef DAEMON_CLOCK_CLOCK_H
#define DAEMON_CLOCK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/report.h"
#include "daemon/clock/driver.h"

struct clock;
struct kernel;
struct loop;
struct log;

/** Now, on every scale. */
struct clock_now {
	int64_t raw;    /**< the loop's scale */
	int64_t osc;    /**< oscillator */
	int64_t system; /**< system clock */
	int64_t truth;  /**< estimate of true time; equals system while there is no estimate */
};

/**
 * The estimate of true time as a line on the oscillator scale. Before the first estimate (osc 0)
 * only rate and rate_sd mean something: what is known beforehand, from the drift file or the
 * kernel; a new estimator starts from them (track_prior_rate).
 */
struct clock_model {
	int64_t osc;       /**< instant of validity */
	int64_t offset_ns; /**< true minus oscillator then */
	double rate;       /**< s/s: true time gains this on the oscillator */
	double offset_sd;  /**< s, standard deviation of offset */
	double rate_sd;    /**< s/s */
	double wander;     /**< s/s per sqrt(s), random walk of the rate; 0: not known */
};

/** What is served and reported about our synchronisation. Written by discipline, read by all. */
struct clock_reference {
	bool synchronised;
	enum leap leap;
	int stratum; /**< ours; 16 unsynchronised */
	uint32_t refid;
	struct address address; /**< of the source; ADDRESS_NONE for a refclock or local */
	int64_t reference_time; /**< true instant of the last update; 0 none */
	int64_t osc;            /**< oscillator instant at which the root values hold */
	double root_delay;      /**< s */
	double root_dispersion; /**< s, at osc */
	double dispersion_rate; /**< s/s at which it grows since */
};

/**
 * The system clock jumped against the oscillator by offset_s (positive: forward) without our doing:
 * somebody stepped it, or the machine slept. The map already accounts for it as a step.
 */
typedef void clock_disturbed(void *arg, double offset_s);

/** From this on a jump is like a new start (chrony's limit), s. */
#define CLOCK_JUMP_LARGE 10.0

/** How wrong the jump itself may be, s: when the machine slept, it is what an RTC made of it. */
#define CLOCK_JUMP_DOUBT 1.0

/**
 * Takes over the clock at the rate that is in force. All arguments outlive it.
 * Returns 0 or -errno.
 */
int clock_create(struct kernel *kernel, struct loop *loop, const struct clock_driver *driver,
	const struct log *log, struct clock **ret);
/** Ends slewing, leaves the frequency as it is. */
void clock_destroy(struct clock *c);

/** Who is told of disturbances; one listener, NULL for none. Called from clock_now(). */
void clock_on_disturbance(struct clock *c, clock_disturbed *disturbed, void *arg);

/** All scales at this moment; also the place where disturbances are noticed. */
struct clock_now clock_now(struct clock *c);

/** Maps a system timestamp of the recent past (seconds to minutes) to the oscillator. */
int64_t clock_osc_from_system(const struct clock *c, int64_t system);

/** Maps a system timestamp of the recent past to our estimate of true time. */
int64_t clock_true_from_system(const struct clock *c, int64_t system);

/** Our estimate of true time at an oscillator instant. */
int64_t clock_true_from_osc(const struct clock *c, int64_t osc);

/** The system clock at an oscillator instant. */
int64_t clock_system_from_osc(const struct clock *c, int64_t osc);

/** The system instant since which the two have run at the rate of now. */
int64_t clock_system_since(const struct clock *c);

/** true minus oscillator at osc by the model in force, ns. */
int64_t clock_model_offset(const struct clock *c, int64_t osc);

const struct clock_model *clock_get_model(const struct clock *c);

/** Replaces the estimate. Does not move the system clock. */
void clock_set_model(struct clock *c, const struct clock_model *m);

/** All that the estimate of true time was moved by since the start, ns: what corrections and leap
 * seconds did, but not the rate. True time less this is a scale without jumps. */
int64_t clock_moved(const struct clock *c);

/** Whether there is an estimate yet. */
bool clock_has_model(const struct clock *c);

/** Gives the offset up: true time is what the system clock says. The rate stays. */
void clock_forget_offset(struct clock *c);

/**
 * Sets what is known of the rate before the first estimate: the model's rate and its standard
 * deviation, s/s; the system clock runs at it from now on.
 */
void clock_set_prior_rate(struct clock *c, double rate, double sd);
/** The same of the rate's random walk, s/s per sqrt(s): it is the model's until an estimate is. */
void clock_set_prior_wander(struct clock *c, double wander);

/** Smooths the time that is served (smoothtime): s/s, s/s per s, and whether of leap seconds alone;
 * not before clock_smooth_activate(). */
void clock_smooth(struct clock *c, double max_frequency, double max_wander, bool leap_only);
/** Begins to smooth, or forgets what there was to smooth. -ENOTSUP when it is not configured. */
int clock_smooth_activate(struct clock *c);
int clock_smooth_reset(struct clock *c);
/** Returns 0, or -ENOTSUP. */
int clock_smooth_report(struct clock *c, struct report_smoothing *ret);
/** What clients are told at an oscillator instant, minus true time, s. */
double clock_smooth_offset(const struct clock *c, int64_t osc);
/** Whether served time may differ from ours: then a leap second that we slew is not announced. */
bool clock_smooth_hides_leap(const struct clock *c);

/** By how much others slewed the clock, beyond what is noise, since this was asked last, s. */
double clock_take_nudges(struct clock *c);
/** True minus system now, s: what remains to be corrected. */
double clock_correction(struct clock *c);

/**
 * Runs the system clock so that it follows the model: base rate = the model's rate, plus an even
 * slew that takes the present correction away in duration_s, at most max_rate s/s on top.
 */
void clock_slew(struct clock *c, double duration_s, double max_rate);

/** Ends a slew: what is left of the correction stays until the next update. */
void clock_slew_stop(struct clock *c);

/** Steps the system clock by the present correction. Returns 0 or -errno. */
int clock_step(struct clock *c);

/** Whether the driver in force moves the system clock (false with -x). */
bool clock_controls(const struct clock *c);

/** Base rate now applied to the system clock without the slew, s/s; with a driver that does not
 * control, what somebody else applies. */
double clock_base_rate(const struct clock *c);

/** The smallest step seen between readings of the system clock, s: the resolution that timestamps
 * of the daemon have. One that stands still while it is read (a simulated one) has that of its
 * unit. */
double clock_measure_precision(struct kernel *kernel);
/** Precision of reading the system clock, log2 s (RFC 5905 precision), measured at start. */
int clock_precision_log2(const struct clock *c);
/** The same in s. Replaced by the administrator's value when positive. */
double clock_precision(const struct clock *c);
void clock_set_precision(struct clock *c, double precision_s);

/** The reference in force. */
const struct clock_reference *clock_get_reference(const struct clock *c);
/** Publishes a reference and passes its state on to the kernel (leap, error bounds, unsync). */
void clock_set_reference(struct clock *c, const struct clock_reference *r);
/** Root dispersion at an oscillator instant. */
double clock_root_dispersion(const struct clock *c, int64_t osc);

/** UTC made a leap second: called when the system clock was seen to make it. */
typedef void clock_leaped(void *arg);

/**
 * The kernel is to make a leap second when the system clock reads at (the first instant that comes
 * twice, or the one that is left out); from here on such a jump is no disturbance, and moves true
 * time. LEAP_NONE: none is to be made any more.
 */
void clock_plan_leap(struct clock *c, enum leap leap, int64_t at, clock_leaped *leaped, void *arg);

/** TAI - UTC in s for the kernel, 0: not known. */
void clock_set_tai(struct clock *c, int tai_s);

/** Moves true time by ns against the oscillator: UTC made a leap second, and the system clock did
 * not yet. */
void clock_shift_truth(struct clock *c, int64_t ns);

/** Whether the kernel is to copy the time to the RTC: clears STA_UNSYNC when synchronised. */
void clock_set_rtcsync(struct clock *c, bool on);

/**
 * Reads the drift file (chrony-files 1.1). The file has ppm and a positive number where the system
 * clock gains; rate here is the model's, s/s that true time gains on the clock: the sign is turned.
 * Returns 0, -ENOENT, -EINVAL for content that is no frequency and skew, or another -errno.
 */
int clock_drift_load(
	struct clock *c, const char *path, bool ntpd, double *ret_rate, double *ret_skew);
/** Replaces the drift file. Returns 0 or -errno. */
int clock_drift_save(struct clock *c, const char *path, bool ntpd, double rate, double skew);

/**
 * The file beside the drift file that keeps how much the rate wanders, s/s per sqrt(s): one line
 * with a number. path is the drift file's. Returns as the above.
 */
int clock_wander_load(struct clock *c, const char *path, double *ret_wander);
int clock_wander_save(struct clock *c, const char *path, double wander);

#endif
