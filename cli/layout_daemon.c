/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports about the daemon as a whole, its clock and its clients. */
#include "config.h"

#include <math.h>

#include "cli/layout.h"
#include "cli/print.h"

void layout_refid_text(uint32_t refid, char *ret)
{
	size_t n = 0;

	for (int shift = 24; shift >= 0; shift -= 8) {
		char c = (char)(refid >> shift & 0xff);

		if (c >= ' ' && c <= '~')
			ret[n++] = c;
	}
	ret[n] = '\0';
}

void layout_tracking(
	struct printer *p, const struct layout_source *who, const struct report_tracking *r)
{
	print_row(p);
	print_hex(p, "Reference ID    : ", "reference_id", r->refid);
	print_text(p, " (", "name", who->name, 0);
	print_json_address(p, "address", who->address);
	print_int(p, ")\nStratum         : ", "stratum", r->stratum, 0);
	print_time(p, "\nRef time (UTC)  : ", "reference_time", r->reference_time);
	print_literal(p, "\nSystem time     : ");
	print_either(p, "", "system_time_correction_s", r->correction, 9, "seconds",
		r->correction > 0 ? "slow" : "fast");
	print_signed(p, " of NTP time\nLast offset     : ", "last_offset_s", r->last_offset, 0, 9);
	print_real(p, " seconds\nRMS offset      : ", "rms_offset_s", r->rms_offset, 0, 9);
	print_either(p, " seconds\nFrequency       : ", "frequency_ppm", r->frequency_ppm, 3, "ppm",
		r->frequency_ppm > 0 ? "fast" : "slow");
	print_signed(p, "\nResidual freq   : ", "residual_frequency_ppm", r->residual_ppm, 0, 3);
	print_real(p, " ppm\nSkew            : ", "skew_ppm", r->skew_ppm, 0, 3);
	print_real(p, " ppm\nRoot delay      : ", "root_delay_s", r->root_delay, 0, 9);
	print_real(
		p, " seconds\nRoot dispersion : ", "root_dispersion_s", r->root_dispersion, 0, 9);
	print_real(
		p, " seconds\nUpdate interval : ", "update_interval_s", r->update_interval, 0, 1);
	print_leap(p, " seconds\nLeap status     : ", "leap_status", r->leap);
	print_row_end(p, "\n");
}

void layout_waitsync(struct printer *p, int try, const struct report_tracking *r)
{
	print_row(p);
	print_int(p, "try: ", "try", try, 0);
	print_hex(p, ", refid: ", "reference_id", r->refid);
	print_real(p, ", correction: ", "correction_s", fabs(r->correction), 0, 9);
	print_real(p, ", skew: ", "skew_ppm", r->skew_ppm, 0, 3);
	print_row_end(p, "\n");
}

void layout_activity(struct printer *p, const struct report_activity *r)
{
	print_row(p);
	print_int(p, "200 OK\n", "online", r->online, 0);
	print_int(p, " sources online\n", "offline", r->offline, 0);
	print_int(p, " sources offline\n", "burst_online", r->burst_online, 0);
	print_int(p, " sources doing burst (return to online)\n", "burst_offline", r->burst_offline,
		0);
	print_int(p, " sources doing burst (return to offline)\n", "unresolved", r->unresolved, 0);
	print_row_end(p, " sources with unknown address\n");
}

void layout_serverstats(struct printer *p, const struct report_serverstats *r, uint16_t kind)
{
	bool all = kind == CMDMON_REPLY_SERVER_STATS;

	print_row(p);
	print_u64(p, "NTP packets received       : ", "ntp_received", r->ntp_hits, 0);
	print_u64(p, "\nNTP packets dropped        : ", "ntp_dropped", r->ntp_drops, 0);
	print_u64(p, "\nCommand packets received   : ", "command_received", r->cmd_hits, 0);
	print_u64(p, "\nCommand packets dropped    : ", "command_dropped", r->cmd_drops, 0);
	print_u64(p, "\nClient log records dropped : ", "client_log_dropped", r->log_drops, 0);
	print_u64(p, "\nNTS-KE connections accepted: ", "nts_ke_accepted", r->nke_hits, 0);
	print_u64(p, "\nNTS-KE connections dropped : ", "nts_ke_dropped", r->nke_drops, 0);
	print_u64(p, "\nAuthenticated NTP packets  : ", "ntp_authenticated", r->ntp_auth_hits, 0);
	if (all || kind == CMDMON_REPLY_SERVER_STATS3) {
		print_u64(p, "\nInterleaved NTP packets    : ", "ntp_interleaved",
			r->ntp_interleaved_hits, 0);
		print_u64(p, "\nNTP timestamps held        : ", "ntp_timestamps_held",
			r->ntp_timestamps, 0);
		print_u64(p, "\nNTP timestamp span         : ", "ntp_timestamp_span_s", r->ntp_span,
			0);
	}
	if (all) {
		print_u64(p, "\nNTP daemon RX timestamps   : ", "ntp_daemon_rx_timestamps",
			r->daemon_rx, 0);
		print_u64(p, "\nNTP daemon TX timestamps   : ", "ntp_daemon_tx_timestamps",
			r->daemon_tx, 0);
		print_u64(p, "\nNTP kernel RX timestamps   : ", "ntp_kernel_rx_timestamps",
			r->kernel_rx, 0);
		print_u64(p, "\nNTP kernel TX timestamps   : ", "ntp_kernel_tx_timestamps",
			r->kernel_tx, 0);
		print_u64(p, "\nNTP hardware RX timestamps : ", "ntp_hardware_rx_timestamps",
			r->hw_rx, 0);
		print_u64(p, "\nNTP hardware TX timestamps : ", "ntp_hardware_tx_timestamps",
			r->hw_tx, 0);
	}
	print_row_end(p, "\n");
}

/* What establishing keys cost, by how it ended. */
static void layout_nts_ke(struct printer *p, const struct report_nts_server *s)
{
	print_u64(p, "\nNTS KE serves good:          ", "ke_good", s->ke_good, 13);
	print_real(p, "\nNTS KE serves good wall:     ", "ke_good_wall_s", s->ke_good_wall, 13, 3);
	print_real(p, "\nNTS KE serves good CPU:      ", "ke_good_cpu_s", s->ke_good_cpu, 13, 3);
	print_u64(p, "\nNTS KE serves no-TLS:        ", "ke_no_tls", s->ke_no_tls, 13);
	print_real(
		p, "\nNTS KE serves no-TLS wall:   ", "ke_no_tls_wall_s", s->ke_no_tls_wall, 13, 3);
	print_real(
		p, "\nNTS KE serves no-TLS CPU:    ", "ke_no_tls_cpu_s", s->ke_no_tls_cpu, 13, 3);
	print_u64(p, "\nNTS KE serves bad:           ", "ke_bad", s->ke_bad, 13);
	print_real(p, "\nNTS KE serves bad wall:      ", "ke_bad_wall_s", s->ke_bad_wall, 13, 3);
	print_real(p, "\nNTS KE serves bad CPU:       ", "ke_bad_cpu_s", s->ke_bad_cpu, 13, 3);
}

void layout_ntsinfo(struct printer *p, const struct report_nts *r)
{
	const struct report_nts_client *c = &r->client;
	const struct report_nts_server *s = &r->server;
	uint64_t decoded = s->cookies_current + s->cookies_old + s->cookies_old2 + s->cookies_older;

	print_row(p);
	print_u64(p, "NTS client sends:            ", "client_requests", c->requests, 13);
	print_u64(p, "\nNTS client recvs good:       ", "client_good", c->good, 13);
	print_u64(p, "\nNTS client recvs w error:    ", "client_bad", c->bad, 13);
	print_u64(p, "\nNTS server recvs good:       ", "server_good", s->requests_good, 13);
	print_u64(p, "\nNTS server recvs w error:    ", "server_bad", s->requests_bad, 13);
	print_u64(p, "\nNTS server sends:            ", "server_replies", s->replies, 13);
	print_u64(p, "\nNTS make cookies:            ", "cookies_made", s->cookies_made, 13);
	print_u64(p, "\nNTS cookies not server:      ", "cookies_not_server", s->cookies_not_server,
		13);
	print_u64(p, "\nNTS decode cookies total:    ", "cookies_decoded", decoded, 13);
	print_u64(p, "\n NTS decode cookies current: ", "cookies_current", s->cookies_current, 13);
	print_u64(p, "\n NTS decode cookies old:     ", "cookies_old", s->cookies_old, 13);
	print_u64(p, "\n NTS decode cookies old2:    ", "cookies_old2", s->cookies_old2, 13);
	print_u64(p, "\n NTS decode cookies older:   ", "cookies_older", s->cookies_older, 13);
	print_u64(p, "\n NTS decode cookies too old: ", "cookies_too_old", s->cookies_too_old, 13);
	print_u64(p, "\nNTS decode cookies error:    ", "cookies_bad", s->cookies_bad, 13);
	layout_nts_ke(p, s);
	print_u64(p, "\nNTS KE client probes good:   ", "ke_client_good", c->ke_good, 13);
	print_u64(p, "\nNTS KE client probes bad:    ", "ke_client_bad", c->ke_bad, 13);
	print_u64(p, "\nNTS client recvs NAK:        ", "client_naks", c->naks, 13);
	print_u64(p, "\nNTS server sends NAK:        ", "server_naks", s->naks, 13);
	print_row_end(p, "\n");
}

void layout_refusals(struct printer *p, const struct report_refused *r)
{
	print_row(p);
	print_u64(p, "NTP packets malformed      : ", "malformed", r->malformed, 0);
	print_u64(p, "\nNTP packets denied         : ", "denied", r->denied, 0);
	print_u64(p, "\nNTP packets not authentic  : ", "not_authentic", r->not_authentic, 0);
	print_u64(p, "\nNTP packets of other modes : ", "other_modes", r->ignored, 0);
	print_u64(p, "\nNTP answers not sent       : ", "not_sent", r->unsent, 0);
	print_row_end(p, "\n");
}

void layout_rtcdata(struct printer *p, const struct report_rtc *r)
{
	print_row(p);
	print_time(p, "RTC ref time (UTC) : ", "reference_time", r->reference_time);
	print_int(p, "\nNumber of samples  : ", "samples", r->samples, 0);
	print_int(p, "\nNumber of runs     : ", "runs", r->runs, 0);
	print_interval(p, "\nSample span period : ", "span_s", r->span);
	print_real(p, "\nRTC is fast by     : ", "fast_s", r->offset, 12, 6);
	print_real(p, " seconds\nRTC gains time at  : ", "gain_ppm", r->rate_ppm, 9, 3);
	print_row_end(p, " ppm\n");
}

void layout_smoothing(struct printer *p, const struct report_smoothing *r)
{
	print_row(p);
	print_bool(p, "Active         : ", "active", r->active);
	print_text(p, " ", NULL, r->leap_only ? "(leap second only)" : "", 0);
	print_json_bool(p, "leap_only", r->leap_only);
	print_signed(p, "\nOffset         : ", "offset_s", r->offset, 0, 9);
	print_signed(p, " seconds\nFrequency      : ", "frequency_ppm", r->frequency_ppm, 0, 6);
	print_signed(p, " ppm\nWander         : ", "wander_ppm_per_s", r->wander_ppm, 0, 6);
	print_real(
		p, " ppm per second\nLast update    : ", "last_update_age_s", r->last_update, 0, 1);
	print_real(p, " seconds ago\nRemaining time : ", "remaining_s", r->remaining, 0, 1);
	print_row_end(p, " seconds\n");
}

void layout_manual_list(struct printer *p, const struct report_manual_sample *samples, uint32_t n)
{
	char count[32];

	snprintf(count, sizeof(count), "210 n_samples = %u\n", (unsigned)n);
	print_literal(p, count);
	print_header(p, "#    Date     Time(UTC)    Slewed   Original   Residual", NULL);
	for (uint32_t i = 0; i < n; i++) {
		print_row(p);
		print_int(p, "", "index", i, 2);
		print_date(p, " ", "time", samples[i].when);
		print_real(p, " ", "slewed_offset_s", samples[i].slewed, 10, 2);
		print_real(p, " ", "original_offset_s", samples[i].original, 10, 2);
		print_real(p, " ", "residual_s", samples[i].residual, 10, 2);
		print_row_end(p, "\n");
	}
}

/* What the last four columns of `clients` are about. */
struct service {
	const char *header;
	const char *received, *dropped, *interval, *age; /* names in JSON */
};

static const struct service *client_service(bool nke)
{
	static const struct service command = {"                      NTP   Drop Int IntL Last     "
					       "Cmd   Drop Int  Last",
		"command_received", "command_dropped", "command_interval_log2_s", "command_age_s"};
	static const struct service key_establishment = {
		"                      NTP   Drop Int IntL Last  NTS-KE   Drop Int  Last",
		"nts_ke_received", "nts_ke_dropped", "nts_ke_interval_log2_s", "nts_ke_age_s"};

	return nke ? &key_establishment : &command;
}

void layout_clients_header(struct printer *p, bool nke)
{
	print_header(p, "Hostname", client_service(nke)->header);
}

void layout_client(
	struct printer *p, const struct layout_source *who, const struct report_client *r, bool nke)
{
	const struct service *s = client_service(nke);

	print_row(p);
	print_name(p, "", "name", who->name, -25);
	print_json_address(p, "address", who->address);
	print_u64(p, "  ", "ntp_received", r->ntp_hits, 6);
	print_u64(p, "  ", "ntp_dropped", r->ntp_drops, 5);
	print_log2(p, "  ", "ntp_interval_log2_s", r->ntp_interval);
	print_log2(p, "  ", "ntp_limited_interval_log2_s", r->ntp_timeout_interval);
	print_interval(p, "  ", "ntp_age_s", r->ntp_age);
	print_u64(p, "  ", s->received, nke ? r->nke_hits : r->cmd_hits, 6);
	print_u64(p, "  ", s->dropped, nke ? r->nke_drops : r->cmd_drops, 5);
	print_log2(p, "  ", s->interval, nke ? r->nke_interval : r->cmd_interval);
	print_interval(p, "  ", s->age, nke ? r->nke_age : r->cmd_age);
	print_row_end(p, "\n");
}
