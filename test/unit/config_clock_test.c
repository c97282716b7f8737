/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chrony.conf: directives about the machine's clock and devices.
 */
#include "config.h"

#include "test/unit/config_reading.h"

static void hand_and_mail(void **state)
{
	const struct settings *s = good("manual\nmailonchange a@b 0.5");

	(void)state;
	assert_true(s->manual);
	assert_string_equal(s->mail_to, "a@b");
	assert_true(s->mail_change == 0.5);
	assert_false(good("port 0")->manual);
	bad("manual x", "c:1: Too many arguments for manual directive: x");
	bad("mailonchange a@b", "c:1: Missing arguments for mailonchange directive");
	bad("mailonchange a@b x",
		"c:1: Could not parse mailonchange directive: threshold x is not a number");
}

static void initstepslew(void **state)
{
	const struct settings *s = good("initstepslew 30 a b 192.0.2.1");
	char line[400] = "initstepslew 1 ";

	(void)state;
	assert_true(s->initstep_threshold == 30);
	assert_int_equal(s->n_initstep, 3);
	assert_string_equal(s->initstep[0], "a");
	assert_string_equal(s->initstep[2], "192.0.2.1");
	s = good("initstepslew 30 a b\ninitstepslew 0.1 c");
	assert_int_equal(s->n_initstep, 1);
	assert_string_equal(s->initstep[0], "c");
	assert_int_equal(good("initstepslew 30")->n_initstep, 0);
	bad("initstepslew", "c:1: Could not parse initstepslew directive: it needs more arguments");
	bad("initstepslew x a",
		"c:1: Could not parse initstepslew directive: threshold x is not a number");
	memset(line + 15, 'n', SETTINGS_NAME);
	settings_destroy(good_reading.settings);
	read_text(&good_reading, line);
	assert_int_equal(good_reading.r, -EINVAL);
	assert_non_null(strstr(good_reading.why, " is too long"));
}

static void tempcomp(void **state)
{
	const struct settings_tempcomp *t = &good("tempcomp /t 30 26000 0.5 -1e-3 2")->tempcomp;

	(void)state;
	assert_string_equal(t->sensor, "/t");
	assert_true(t->interval == 30 && t->t0 == 26000 && t->k0 == 0.5 && t->k1 == -1e-3 &&
		    t->k2 == 2);
	assert_string_equal(t->points, "");
	t = &good("tempcomp /t 0 /p")->tempcomp;
	assert_true(t->interval == 1);
	assert_string_equal(t->points, "/p");
	assert_true(good("tempcomp /t -7 /p")->tempcomp.interval == 1);
	bad("tempcomp /t 30", "c:1: Missing arguments for tempcomp directive");
	bad("tempcomp /t 30 1 2 3", "c:1: Missing arguments for tempcomp directive");
	bad("tempcomp /t x /p", "c:1: Could not parse tempcomp directive: x is no interval");
	bad("tempcomp /t 1 1 2 3 x", "c:1: Could not parse tempcomp directive: x is no number");
	bad("tempcomp /t 1 1 2 3 4 5", "c:1: Too many arguments for tempcomp directive: 5");
}

static void rtc(void **state)
{
	const struct settings *s = good("rtcfile /r\nrtcdevice /dev/rtc1\nrtconutc\n"
					"rtcautotrim 30\nhwclockfile /etc/adjtime\nlog rtc");

	(void)state;
	assert_string_equal(s->rtcfile, "/r");
	assert_string_equal(s->rtcdevice, "/dev/rtc1");
	assert_string_equal(s->hwclockfile, "/etc/adjtime");
	assert_true(s->rtconutc && s->rtcautotrim == 30);
	assert_int_equal(s->logs, SETTINGS_LOG_RTC);
	assert_string_equal(good_reading.warnings, "");
	assert_string_equal(good("port 0")->rtcdevice, "/dev/rtc");
	bad("rtcfile /r\nrtcsync", "rtcfile directive cannot be used with rtcsync");
	bad("rtcfile /r\nrefclock RTC /dev/rtc",
		"RTC refclock cannot be used together with rtcsync or rtcfile");
}

static void hwtimestamp(void **state)
{
	static const char *const wrong[] = {"a minpoll 40", "a minpoll", "a rxfilter some", "a x",
		"an-interface-that-is-longer-than-any-interface-could-be-by-its-name",
		"a precision -1", "a minsamples x"};
	const struct settings_hwtimestamp *h;
	const struct settings *s =
		good("hwtimestamp eth0\nhwtimestamp * minpoll -9 maxpoll 30 minsamples 3 "
		     "maxsamples 8 precision 1e-6 txcomp -1e-7 rxcomp 2e-7 nocrossts rxfilter ntp\n"
		     "hwtimestamp eth1 minpoll 2");
	char line[100];

	(void)state;
	assert_int_equal(s->n_hwtimestamps, 3);
	h = s->hwtimestamps;
	assert_string_equal(h[0].interface, "eth0");
	assert_true(h[0].minpoll == 0 && h[0].maxpoll == 1 && h[0].minsamples == 2 &&
		    h[0].maxsamples == 16 && h[0].precision == 100e-9);
	assert_true(h[1].minpoll == -6 && h[1].maxpoll == 20 && h[1].minsamples == 3 &&
		    h[1].maxsamples == 8 && h[1].precision == 1e-6);
	assert_true(h[1].txcomp == -1e-7 && h[1].rxcomp == 2e-7 && h[1].nocrossts);
	assert_string_equal(h[1].rxfilter, "ntp");
	assert_true(h[2].minpoll == 2 && h[2].maxpoll == 3);
	assert_true(s->hwtstimeout == 1e-3 && s->maxtxbuffers == 0);
	s = good("hwtstimeout 0.02\nmaxtxbuffers 512");
	assert_true(s->hwtstimeout == 0.02 && s->maxtxbuffers == 512);
	assert_string_equal(good_reading.warnings, "");
	bad("hwtimestamp", "c:1: Could not parse hwtimestamp directive: it needs more arguments");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(line, sizeof(line), "hwtimestamp %s", wrong[i]);
		settings_destroy(good_reading.settings);
		read_text(&good_reading, line);
		assert_int_equal(good_reading.r, -EINVAL);
		assert_non_null(
			strstr(good_reading.why, "c:1: Could not parse hwtimestamp directive: "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hand_and_mail),
		cmocka_unit_test(tempcomp),
		cmocka_unit_test(initstepslew),
		cmocka_unit_test(rtc),
		cmocka_unit_test(hwtimestamp),
	};

	int r = cmocka_run_group_tests(tests, NULL, NULL);

	settings_destroy(good_reading.settings);
	return r;
}
