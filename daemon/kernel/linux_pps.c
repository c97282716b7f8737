/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pulses that the system stamps: the calls of RFC 2783 as Linux has them.
 */
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <linux/pps.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/kernel/linux.h"

int linux_pps_start(struct linux_device *d)
{
	int wanted = d->options.clear ? PPS_CAPTURECLEAR : PPS_CAPTUREASSERT, can = 0, r;
	int echo = d->options.clear ? PPS_ECHOCLEAR : PPS_ECHOASSERT;
	struct pps_kparams params;

	memset(&params, 0, sizeof params);
	r = d->calls->ioctl(d->fd, PPS_GETCAP, &can);
	if (r < 0)
		return r;
	if (d->options.echo)
		wanted |= echo;
	if ((can & wanted) != wanted)
		return -ENOTSUP;
	r = d->calls->ioctl(d->fd, PPS_GETPARAMS, &params);
	if (r < 0)
		return r;
	params.api_version = PPS_API_VERS_1;
	params.mode = (params.mode & ~PPS_CAPTUREBOTH) | wanted;
	/* Stamps as they were taken: what is to be added to them is an option of ours. */
	params.mode &= ~(PPS_OFFSETASSERT | PPS_OFFSETCLEAR);
	r = d->calls->ioctl(d->fd, PPS_SETPARAMS, &params);
	return r < 0 ? r : 0;
}

int linux_pps_pulse(struct linux_device *d, struct kernel_pulse *ret)
{
	struct pps_fdata data;
	const struct pps_ktime *at;
	uint32_t sequence;
	int r;

	/* A timeout of zero: what is there already. */
	memset(&data, 0, sizeof data);
	r = d->calls->ioctl(d->fd, PPS_FETCH, &data);
	if (r < 0)
		return r == -EINTR ? -EAGAIN : r;
	at = d->options.clear ? &data.info.clear_tu : &data.info.assert_tu;
	sequence = d->options.clear ? data.info.clear_sequence : data.info.assert_sequence;
	if (at->sec == 0 && at->nsec == 0)
		return -EAGAIN;
	*ret = (struct kernel_pulse){.sequence = sequence,
		.at_ns = linux_ns(&(struct timespec){.tv_sec = at->sec, .tv_nsec = at->nsec})};
	return 0;
}
