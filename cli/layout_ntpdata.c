/* SPDX-License-Identifier: BSD-2-Clause */
/* What the last response of one source said. */
#include "config.h"

#include <math.h>

#include "cli/layout.h"
#include "cli/print.h"

/* An address, with the reference ID that it makes. */
static void address(struct printer *p, const char *before, const char *key, const char *refid_key,
	const struct address *a)
{
	char s[ADDRESS_TEXT];

	if (a->family == ADDRESS_NONE)
		snprintf(s, sizeof(s), "[UNSPEC]");
	else
		address_format(a, s, sizeof(s));
	print_text(p, before, NULL, s, 0);
	print_json_address(p, key, a);
	print_hex(p, " (", refid_key, address_refid(a));
}

static const char *mode_word(int mode)
{
	switch (mode) {
	case 1:
		return "Symmetric active";
	case 2:
		return "Symmetric passive";
	case 4:
		return "Server";
	default:
		return "Invalid";
	}
}

static void stamp(struct printer *p, const char *before, const char *key, char source)
{
	static const struct print_choice daemon = {"Daemon", "Daemon", "daemon"},
					 kernel = {"Kernel", "Kernel", "kernel"},
					 hardware = {"Hardware", "Hardware", "hardware"},
					 invalid = {"Invalid", "Invalid", NULL};
	const struct print_choice *c = source == 'D'   ? &daemon
				       : source == 'K' ? &kernel
				       : source == 'H' ? &hardware
						       : &invalid;

	print_choice(p, before, key, c, 0);
}

/* n tests from bit first down, as binary digits. */
static void tests(
	struct printer *p, const char *before, const char *key, unsigned passed, int first, int n)
{
	char s[11];

	for (int i = 0; i < n; i++)
		s[i] = passed >> (first - i) & 1 ? '1' : '0';
	s[n] = '\0';
	print_text(p, before, key, s, 0);
}

/* What the packet said. */
static void response(struct printer *p, const struct report_ntpdata *r)
{
	char refid[5] = "";
	int mode = r->mode;

	print_leap(p, ")\nLeap status     : ", "leap_status", r->leap);
	print_int(p, "\nVersion         : ", "ntp_version", r->version, 0);
	print_choice(p, "\nMode            : ", "mode",
		&(struct print_choice){mode_word(mode), mode_word(mode),
			mode == 1   ? "symmetric_active"
			: mode == 2 ? "symmetric_passive"
			: mode == 4 ? "server"
				    : NULL},
		0);
	print_int(p, "\nStratum         : ", "stratum", r->stratum, 0);
	print_int(p, "\nPoll interval   : ", "poll_log2_s", r->poll, 0);
	print_real(p, " (", "poll_s", ldexp(1, r->poll), 0, 0);
	print_int(p, " seconds)\nPrecision       : ", "precision_log2_s", r->precision, 0);
	print_real(p, " (", "precision_s", ldexp(1, r->precision), 0, 9);
	print_real(p, " seconds)\nRoot delay      : ", "root_delay_s", r->root_delay, 0, 6);
	print_real(
		p, " seconds\nRoot dispersion : ", "root_dispersion_s", r->root_dispersion, 0, 6);
	print_hex(p, " seconds\nReference ID    : ", "reference_id", r->refid);
	if (r->stratum <= 1)
		layout_refid_text(r->refid, refid);
	print_text(p, " (", "reference_id_text", refid, 0);
	print_time(p, ")\nReference time  : ", "reference_time", r->reference_time);
	print_signed(p, "\nOffset          : ", "offset_s", r->offset, 0, 9);
	print_real(p, " seconds\nPeer delay      : ", "peer_delay_s", r->delay, 0, 9);
	print_real(p, " seconds\nPeer dispersion : ", "peer_dispersion_s", r->dispersion, 0, 9);
	print_real(p, " seconds\nResponse time   : ", "response_time_s", r->response_time, 0, 9);
	print_signed(p, " seconds\nJitter asymmetry: ", "jitter_asymmetry", r->asymmetry, 0, 2);
}

void layout_ntpdata(struct printer *p, const struct report_ntpdata *r, bool old)
{
	print_row(p);
	address(p, "Remote address  : ", "remote_address", "remote_reference_id", &r->remote);
	print_int(p, ")\nRemote port     : ", "remote_port", r->port, 0);
	address(p, "\nLocal address   : ", "local_address", "local_reference_id", &r->local);
	response(p, r);
	tests(p, "\nNTP tests       : ", "tests_123", r->tests, 9, 3);
	tests(p, " ", "tests_567", r->tests, 6, 3);
	tests(p, " ", "tests_abcd", r->tests, 3, 4);
	print_bool(p, "\nInterleaved     : ", "interleaved", r->interleaved);
	print_bool(p, "\nAuthenticated   : ", "authenticated", r->authenticated);
	stamp(p, "\nTX timestamping : ", "tx_timestamping", r->tx_stamp);
	stamp(p, "\nRX timestamping : ", "rx_timestamping", r->rx_stamp);
	print_u64(p, "\nTotal TX        : ", "total_tx", r->total_tx, 0);
	print_u64(p, "\nTotal RX        : ", "total_rx", r->total_rx, 0);
	print_u64(p, "\nTotal valid RX  : ", "total_valid_rx", r->total_valid, 0);
	print_u64(p, "\nTotal good RX   : ", "total_good_rx", r->total_good, 0);
	if (!old) {
		print_u64(p, "\nTotal kernel TX : ", "total_kernel_tx", r->total_kernel_tx, 0);
		print_u64(p, "\nTotal kernel RX : ", "total_kernel_rx", r->total_kernel_rx, 0);
		print_u64(p, "\nTotal HW TX     : ", "total_hw_tx", r->total_hw_tx, 0);
		print_u64(p, "\nTotal HW RX     : ", "total_hw_rx", r->total_hw_rx, 0);
	}
	print_row_end(p, "\n");
}
