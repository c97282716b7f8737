/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Groups of system variables: the list of clients, kernel and sockets, keys.
 */
#ifndef DAEMON_CONTROL_MODE6_KERNEL_H
#define DAEMON_CONTROL_MODE6_KERNEL_H

#include <stdint.h>

struct mode6;

/** monstats */
struct mode6_mru_view {
	int64_t enabled, hashslots, depth, deepest, mindepth, maxdepth;
	int64_t maxage, minage, oldest_age; /**< s */
	int64_t mem, maxmem;                /**< kB */
	int64_t exists, made, recycleold, recyclefull, none;
};

/** kerninfo, iostats, timerstats */
struct mode6_kernel_view {
	double offset, maxerr, esterr, precis, ppsjitter; /**< ms */
	double freq, freqtol, ppsfreq, ppsstab;           /**< ppm */
	int64_t stflags, timeconst, ppscalibdur, ppsjitexc, ppscalibs, ppscaliberrs, ppsstbexc;
	int64_t reset; /**< s */
	int64_t total_rbuf, free_rbuf, used_rbuf, rbuf_lowater;
	int64_t io_dropped, io_ignored, io_received, io_sent, io_sendfailed;
	int64_t io_wakeups, io_goodwakeups, io_pkt_reads, io_ref_reads;
	int64_t timer_overruns, timer_xmts;
};

/** authinfo */
struct mode6_auth_view {
	int64_t reset; /**< s */
	double delay;  /**< ms */
	int64_t keys, free, lookups, not_found, uncached, expired;
	int64_t encrypts, digest_encrypts, cmac_encrypts;
	int64_t decrypts, digest_decrypts, digest_fails, cmac_decrypts, cmac_fails;
};

void mode6_fill_mru(const struct mode6 *m, struct mode6_mru_view *ret);
void mode6_fill_kernel(const struct mode6 *m, struct mode6_kernel_view *ret);
void mode6_fill_auth(const struct mode6 *m, struct mode6_auth_view *ret);

#endif
