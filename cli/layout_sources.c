/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables with a line for each source. */
#include "config.h"

#include "cli/layout.h"
#include "cli/print.h"

/* The words of an enumeration; what lies beyond is the last, which stands for the unknown. */
#define CHOICE(choices, i)                                                                         \
	(&(choices)[(unsigned)(i) < sizeof(choices) / sizeof((choices)[0])                         \
			    ? (unsigned)(i)                                                        \
			    : sizeof(choices) / sizeof((choices)[0]) - 1])

/* A legend above a table, for people who ask. In each line \t is where -w puts its blanks. */
static void legend_lines(struct printer *p, const char *const *lines)
{
	if (p->mode != PRINT_HUMAN)
		return;
	for (; *lines; lines++) {
		for (const char *s = *lines; *s; s++) {
			if (*s != '\t')
				putc(*s, p->out);
			else if (p->wide)
				fprintf(p->out, "%*s", PRINT_WIDER, "");
		}
		putc('\n', p->out);
	}
}

void layout_sources_header(struct printer *p, bool legend)
{
	static const char *const lines[] = {
		"",
		"  .-- Source mode  '^' = server, '=' = peer, '#' = local clock.",
		" / .- Source state '*' = current best, '+' = combined, '-' = not combined,",
		"| /             'x' = may be in error, '~' = too variable, '?' = unusable.",
		"||                      \t                           .- xxxx [ yyyy ] +/- zzzz",
		"||      \tReachability register (octal) -.           |  xxxx = adjusted offset,",
		"||      \tLog2(Polling interval) --.      |          |  yyyy = measured offset,",
		"||                      \t          \\     |          |  zzzz = estimated error.",
		"||                      \t           |    |           \\",
		NULL,
	};

	if (legend)
		legend_lines(p, lines);
	print_header(p, "MS Name/IP address",
		"         Stratum Poll Reach LastRx Last sample               ");
}

void layout_source(
	struct printer *p, const struct layout_source *who, const struct report_source *r)
{
	static const struct print_choice modes[] = {
		[REPORT_MODE_CLIENT] = {"^", "^", "server"},
		[REPORT_MODE_PEER] = {"=", "=", "peer"},
		[REPORT_MODE_REFCLOCK] = {"#", "#", "refclock"},
		{" ", " ", NULL},
	};
	static const struct print_choice states[] = {
		[REPORT_STATE_SELECTED] = {"*", "*", "selected"},
		[REPORT_STATE_NOT_SELECTABLE] = {"?", "?", "not_selectable"},
		[REPORT_STATE_FALSETICKER] = {"x", "x", "falseticker"},
		[REPORT_STATE_JITTERY] = {"~", "~", "too_variable"},
		[REPORT_STATE_COMBINED] = {"+", "+", "combined"},
		[REPORT_STATE_NOT_USED] = {"-", "-", "not_combined"},
		{" ", " ", NULL},
	};

	print_row(p);
	print_choice(p, "", "mode", CHOICE(modes, r->mode), 0);
	print_choice(p, "", "state", CHOICE(states, r->state), 0);
	print_name(p, " ", "name", who->name, -27);
	print_json_address(p, "address", who->address);
	print_int(p, "  ", "stratum", r->stratum, 2);
	print_int(p, "  ", "poll_log2_s", r->poll, 2);
	print_octal(p, "   ", "reach", r->reach, 3);
	print_interval(p, "  ", "last_sample_age_s", r->age);
	print_offset(p, "  ", "adjusted_offset_s", r->adjusted_offset);
	print_offset(p, "[", "measured_offset_s", r->original_offset);
	print_amount(p, "] +/- ", "error_s", r->error);
	print_row_end(p, "\n");
}

void layout_sourcestats_header(struct printer *p, bool legend)
{
	static const char *const lines[] = {
		"\t                             .- Number of sample points in measurement set.",
		"\t                            /    .- Number of residual runs with same sign.",
		"\t                           |    /    .- Length of measurement set (time).",
		"\t                           |   |    /      .- Est. clock freq error (ppm).",
		"\t                           |   |   |      /           .- Est. error in freq.",
		"\t                           |   |   |     |           /         .- Est. offset.",
		"\t                           |   |   |     |          |          |   On the -.",
		"\t                           |   |   |     |          |          |   samples. \\",
		"\t                           |   |   |     |          |          |             |",
		NULL,
	};

	if (legend)
		legend_lines(p, lines);
	print_header(p, "Name/IP Address",
		"            NP  NR  Span  Frequency  Freq Skew  Offset  Std Dev");
}

void layout_sourcestats(
	struct printer *p, const struct layout_source *who, const struct report_sourcestats *r)
{
	print_row(p);
	print_name(p, "", "name", who->name, -25);
	print_json_address(p, "address", who->address);
	print_u64(p, " ", "samples", r->samples, 3);
	print_u64(p, " ", "runs", r->runs, 3);
	print_interval(p, "  ", "span_s", r->span);
	print_signed_ppm(p, " ", "residual_frequency_ppm", r->residual_ppm);
	print_ppm(p, " ", "skew_ppm", r->skew_ppm);
	print_offset(p, "  ", "offset_s", r->offset);
	print_amount(p, "  ", "standard_deviation_s", r->std_dev);
	print_row_end(p, "\n");
}

void layout_selectdata_header(struct printer *p, bool legend)
{
	static const char *const lines[] = {
		"  . State: N - noselect, s - unsynchronised, M - missing samples,",
		" /         d/D - large distance, ~ - jittery, w/W - waits for others,",
		"|          S - stale, O - orphan, T - not trusted, P - not preferred,",
		"|          U - waits for update,, x - falseticker, + - combined, * - best.",
		"|   \tEffective options   ---------.  (N - noselect, P - prefer",
		"|   \tConfigured options  ----.     \\  T - trust, R - require)",
		"|   \tAuth. enabled (Y/N) -.   \\     \\     Offset interval --.",
		"|                  \t      |    |     |                       |",
		NULL,
	};

	if (legend)
		legend_lines(p, lines);
	print_header(
		p, "S Name/IP Address", "        Auth COpts EOpts Last Score     Interval  Leap");
}

/* What the letters of selectdata stand for (chronyc(1), selectdata). */
static const char *select_state_word(char letter)
{
	static const struct {
		char letter;
		const char *word;
	} words[] = {
		{'N', "noselect"},
		{'M', "missing_samples"},
		{'s', "unsynchronised"},
		{'r', "bad_stratum"},
		{'d', "bad_distance"},
		{'~', "jittery"},
		{'w', "waits_for_others"},
		{'S', "stale"},
		{'O', "orphan"},
		{'T', "not_trusted"},
		{'x', "falseticker"},
		{'W', "waits_for_sources"},
		{'P', "not_preferred"},
		{'U', "waits_for_update"},
		{'D', "distant"},
		{'+', "combined"},
		{'*', "selected"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].letter == letter)
			return words[i].word;
	}
	return NULL;
}

void layout_selectdata(
	struct printer *p, const struct layout_source *who, const struct report_select *r)
{
	const char letter[] = {r->state, '\0'};
	const struct print_choice state = {letter, letter, select_state_word(r->state)};

	print_row(p);
	print_choice(p, "", "state", &state, 0);
	print_name(p, " ", "name", who->name, -25);
	print_json_address(p, "address", who->address);
	print_text(p, " ", NULL, r->authenticated ? "Y" : "N", 0);
	print_json_bool(p, "authenticated", r->authenticated);
	print_select_options(p, " ", "configured_options", r->configured);
	print_select_options(p, " ", "effective_options", r->effective);
	print_interval(p, " ", "last_sample_age_s", r->age);
	print_real(p, " ", "score", r->score, 5, 1);
	print_offset(p, " ", "interval_low_s", r->low);
	print_offset(p, " ", "interval_high_s", r->high);
	print_leap_short(p, "  ", "leap_status", r->leap);
	print_row_end(p, "\n");
}

void layout_authdata_header(struct printer *p, bool legend)
{
	static const char *const lines[] = {
		"\t                             .- Auth. mechanism (NTS, SK - symmetric key)",
		"\t                            |   Key length -.  Cookie length (bytes) -.",
		"\t                            |       (bits)  |  Num. of cookies --.    |",
		"\t                            |               |  Key est. attempts  |   |",
		"\t                            |               |           |         |   |",
		NULL,
	};

	if (legend)
		legend_lines(p, lines);
	print_header(
		p, "Name/IP address", "             Mode KeyID Type KLen Last Atmp  NAK Cook CLen");
}

void layout_authdata(
	struct printer *p, const struct layout_source *who, const struct report_auth *r)
{
	static const struct print_choice modes[] = {
		{"-", "-", "none"},
		{"SK", "SK", "symmetric_key"},
		{"NTS", "NTS", "nts"},
		{"?", "?", NULL},
	};

	print_row(p);
	print_name(p, "", "name", who->name, -27);
	print_json_address(p, "address", who->address);
	print_choice(p, " ", "mode", CHOICE(modes, r->mode), 4);
	print_u64(p, " ", "key_id", r->key_id, 5);
	print_int(p, " ", "key_type", r->key_type, 4);
	print_int(p, " ", "key_length_bits", r->key_bits, 4);
	print_interval(p, " ", "last_key_establishment_age_s", r->ke_age);
	print_int(p, " ", "key_establishment_attempts", r->ke_attempts, 4);
	print_int(p, " ", NULL, r->nak, 4);
	print_json_bool(p, "nak", r->nak);
	print_int(p, " ", "cookies", r->cookies, 4);
	print_int(p, " ", "cookie_length_bytes", r->cookie_bytes, 4);
	print_row_end(p, "\n");
}
