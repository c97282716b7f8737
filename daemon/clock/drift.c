/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The drift file: the oscillator's frequency error over a restart (chrony-files 1.1). Its form is
 * chrony's to the byte, so what is known of the wander has a file of its own beside it.
 */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/text.h"
#include "daemon/clock/state.h"
#include "daemon/kernel/kernel.h"

#define DRIFT_ROOM     512 /* what is looked at: two numbers fit many times */
#define DRIFT_MODE     0644
#define SKEW_LEAST     1e-12 /* s/s */
#define NTPD_SKEW      1.0   /* ppm: ntpd does not write how well it knows the frequency */
#define FREQUENCY_MOST 1e6   /* ppm: nothing runs at twice its rate */
#define WANDER_ENDING  ".wander"
#define WANDER_PATH    2048
#define WANDER_LEAST   1e-13 /* s/s per sqrt(s): better than any that needs us */
#define WANDER_MOST    1e-5

int clock_drift_load(
	struct clock *c, const char *path, bool ntpd, double *ret_rate, double *ret_skew)
{
	char content[DRIFT_ROOM + 1], *words[2];
	double frequency, skew = NTPD_SKEW;
	size_t n, found;
	int r = c->kernel->ops->file_load(c->kernel, path, (uint8_t *)content, DRIFT_ROOM, &n);

	if (r < 0)
		return r == -EFBIG ? -EINVAL : r;
	content[n] = '\0';
	found = text_split(content, words, 2);
	if (found < 1 || text_to_real(words[0], &frequency) < 0 ||
		fabs(frequency) >= FREQUENCY_MOST)
		return -EINVAL;
	/* Two numbers are chrony's, who means it the other way round. */
	if (found == 2 && text_to_real(words[1], &skew) == 0)
		ntpd = false;
	if (!ntpd && (found < 2 || text_to_real(words[1], &skew) < 0 || skew < 0.0))
		return -EINVAL;
	*ret_rate = (ntpd ? frequency : -frequency) * 1e-6;
	*ret_skew = fmax(skew * 1e-6, SKEW_LEAST);
	return 0;
}

int clock_drift_save(struct clock *c, const char *path, bool ntpd, double rate, double skew)
{
	char content[DRIFT_ROOM];
	/* Adding zero turns -0.0 into 0.0. */
	int n = ntpd ? snprintf(content, sizeof(content), "%.6f\n", rate * 1e6 + 0.0)
		     : snprintf(content, sizeof(content), "%20.6f %20.6f\n", -rate * 1e6 + 0.0,
			       skew * 1e6);

	if (n < 0 || (size_t)n >= sizeof(content))
		return -EINVAL;
	return c->kernel->ops->file_save(c->kernel, path,
		(struct span){.p = (const uint8_t *)content, .n = (size_t)n}, DRIFT_MODE);
}

static int wander_path(const char *path, char ret[WANDER_PATH])
{
	struct text t = text_on(ret, WANDER_PATH);

	text_add(&t, "%s" WANDER_ENDING, path);
	return t.cut ? -EINVAL : 0;
}

int clock_wander_load(struct clock *c, const char *path, double *ret_wander)
{
	char name[WANDER_PATH], content[DRIFT_ROOM + 1], *words[2];
	double wander;
	size_t n;
	int r = wander_path(path, name);

	if (r < 0)
		return r;
	r = c->kernel->ops->file_load(c->kernel, name, (uint8_t *)content, DRIFT_ROOM, &n);
	if (r < 0)
		return r == -EFBIG ? -EINVAL : r;
	content[n] = '\0';
	if (text_split(content, words, 2) != 1 || text_to_real(words[0], &wander) < 0 ||
		!(wander >= WANDER_LEAST && wander <= WANDER_MOST))
		return -EINVAL;
	*ret_wander = wander;
	return 0;
}

int clock_wander_save(struct clock *c, const char *path, double wander)
{
	char name[WANDER_PATH], content[32];
	int r = wander_path(path, name);
	int n = snprintf(content, sizeof(content), "%.3e\n", wander);

	if (r < 0)
		return r;
	return c->kernel->ops->file_save(c->kernel, name,
		(struct span){.p = (const uint8_t *)content, .n = (size_t)n}, DRIFT_MODE);
}
