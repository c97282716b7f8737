/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reference clock that is told something else while it runs (fudge of ntp.conf at run time), by
 * the LOCAL driver.
 */
#include "config.h"

#include "test/unit/source_world.h"

#include <math.h>

#include "refclocks/refclock.h"

extern const struct refclock_driver refclock_driver_local;

static unsigned samples_of(const struct source *s)
{
	struct track_figures f;

	track_get_figures(source_track(s), &f);
	return f.samples;
}

static double offset_of(struct world *w, const struct source *s)
{
	struct track_estimate e;

	assert_int_equal(track_estimate(source_track(s), clock_now(w->clock).osc, &e), 0);
	return instant_diff_s(e.offset_ns, 0);
}

static void test_goes_on(void **state)
{
	struct world *w = *state;
	struct settings_refclock was = settings_refclock_default(), now;
	struct source *s;
	char buffer[256];
	struct text why = text_on(buffer, sizeof(buffer));
	uint16_t number;

	strcpy(was.parameter, "0");
	was.fudge.type = NTP_CLOCK_LOCAL;
	was.fudge.name = "LOCAL";
	was.refid = 0x4c4f434c;
	was.offset = 0.5;
	was.poll = was.dpoll = 0;
	assert_int_equal(sources_add_refclock(w->sources, &was, &refclock_driver_local, &why), 0);
	s = sources_at(w->sources, 0);
	sources_start(w->sources);
	number = source_association(s);
	world_run(w, 4.5);
	assert_int_equal(samples_of(s), 5);
	assert_true(fabs(offset_of(w, s) - 0.5) < 1e-6);
	now = was;
	now.offset = 0.75;
	now.stratum = 3;
	now.refid = 0x7f7f0100;
	now.select = SELECT_PREFER;
	now.fudge.flags = NTP_FLAG4;
	sources_change_refclock(w->sources, &was, &now);
	assert_ptr_equal(sources_at(w->sources, 0), s);
	assert_int_equal(source_association(s), number);
	assert_int_equal(samples_of(s), 5);
	assert_int_equal(source_refid(s), 0x7f7f0100);
	assert_int_equal(source_select_options(s), SELECT_PREFER);
	/* What it has measured moves along, and what it measures from now on fits. */
	assert_true(fabs(offset_of(w, s) - 0.75) < 1e-6);
	world_run(w, 3);
	assert_true(samples_of(s) > 5);
	assert_true(fabs(offset_of(w, s) - 0.75) < 1e-6);
}

static void test_parameter(void **state)
{
	struct world *w = *state;
	struct settings_refclock was = settings_refclock_default(), now;
	struct source_refclock_report r;
	struct source *s;
	char buffer[256];
	struct text why = text_on(buffer, sizeof(buffer));

	strcpy(was.parameter, "0");
	was.fudge.type = NTP_CLOCK_LOCAL;
	was.fudge.name = "LOCAL";
	was.poll = was.dpoll = 0;
	assert_int_equal(sources_add_refclock(w->sources, &was, &refclock_driver_local, &why), 0);
	s = sources_at(w->sources, 0);
	sources_start(w->sources);
	now = was;
	strcpy(now.parameter, "1");
	sources_change_refclock(w->sources, &was, &now);
	assert_int_equal(source_report_refclock(s, &r), 0);
	assert_string_equal(r.settings->parameter, "1");
	/* One that cannot be had leaves all as it was. */
	strcpy(now.parameter, "x");
	now.stratum = 9;
	sources_change_refclock(w->sources, &was, &now);
	assert_int_equal(source_report_refclock(s, &r), 0);
	assert_string_equal(r.settings->parameter, "1");
	assert_int_equal(r.settings->stratum, 0);
	assert_true(w->messages[0] != '\0');
	world_run(w, 4.5);
	assert_int_equal(samples_of(s), 5);
	/* Of another clock nothing changes. */
	now.fudge.unit = 1;
	strcpy(now.parameter, "2");
	sources_change_refclock(w->sources, &now, &now);
	assert_string_equal(r.settings->parameter, "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_goes_on, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_parameter, world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
