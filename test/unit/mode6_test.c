/* SPDX-License-Identifier: BSD-2-Clause */
/* Mode 6: what is answered to what, by the captures of the specification. */
#include "config.h"

#include "test/unit/mode6_world.h"

static void test_status_words(void **state)
{
	unsigned code = 0, count = 0;

	(void)state;
	/* Words of ntpd with what its client prints of them. */
	assert_int_equal(status_system(LEAP_NONE, STATUS_NTP, 1, STATUS_RESTART), 0x0616);
	assert_int_equal(status_system(LEAP_NONE, STATUS_LOCAL, 1, STATUS_RESTART), 0x0516);
	assert_int_equal(
		status_system(LEAP_UNSYNCHRONISED, STATUS_UNSPECIFIED, 1, STATUS_KERN), 0xc01d);
	assert_int_equal(
		status_peer(STATUS_CONFIGURED | STATUS_REACHED, STATUS_SYSTEM_PEER, 1, 10), 0x961a);
	assert_int_equal(status_peer(STATUS_CONFIGURED | STATUS_AUTH_ENABLED | STATUS_AUTHENTIC |
					     STATUS_REACHED,
				 STATUS_OUTLIER, 2, STATUS_SYS_PEER),
		0xf32a);
	assert_int_equal(status_selection_of('*', false), STATUS_SYSTEM_PEER);
	assert_int_equal(status_selection_of('*', true), STATUS_PPS_PEER);
	assert_int_equal(status_selection_of('+', false), STATUS_CANDIDATE);
	assert_int_equal(status_selection_of('x', false), STATUS_FALSETICKER);
	assert_int_equal(status_selection_of('M', false), STATUS_REJECT);
	for (int i = 0; i < 20; i++)
		assert_int_equal(status_count(&code, &count, 3), i < 15);
	assert_int_equal(count, 15);
	assert_true(status_count(&code, &count, 4));
	assert_int_equal(count, 1);
}

static void test_flash(void **state)
{
	(void)state;
	assert_int_equal(status_flash_of(PROTOCOL_TESTS_ALL), 0);
	assert_int_equal(status_flash_of(PROTOCOL_TESTS_ALL & ~(unsigned)PROTOCOL_TEST_1), 1);
	assert_int_equal(status_flash_of(PROTOCOL_TESTS_ALL & ~(unsigned)PROTOCOL_TEST_5), 0x10);
	assert_int_equal(status_flash_of(PROTOCOL_TESTS_ALL & ~(unsigned)PROTOCOL_TEST_D), 0x800);
}

/* The lines of a capture: where each ends says which column is too far. */
static void test_lines(void **state)
{
	static const char *const items[] = {"srcadr=127.127.1.0", "srcport=123", "dstadr=10.77.0.1",
		"dstport=123", "leap=0", "hmode=3", "stratum=10", "ppoll=4", "hpoll=4",
		"precision=-30", "rootdelay=0.000", "rootdisp=10.000", "refid=LOCL",
		"reftime=0x00000000.00000000", "rec=0xeeae871f.a0e66e2f", "xmt=0xeeae871f.a0e6475d",
		"reach=0xff", "unreach=0", "delay=0.000000"};
	char buffer[1024];
	struct mode6_text t = mode6_text_on(buffer, sizeof(buffer));

	(void)state;
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		mode6_text_add(&t, "%s", items[i]);
	mode6_text_end(&t);
	assert_false(t.cut);
	buffer[t.n] = '\0';
	assert_string_equal(buffer,
		"srcadr=127.127.1.0, srcport=123, dstadr=10.77.0.1, dstport=123, leap=0,\r\n"
		"hmode=3, stratum=10, ppoll=4, hpoll=4, precision=-30, rootdelay=0.000,\r\n"
		"rootdisp=10.000, refid=LOCL, reftime=0x00000000.00000000,\r\n"
		"rec=0xeeae871f.a0e66e2f, xmt=0xeeae871f.a0e6475d, reach=0xff, unreach=0,\r\n"
		"delay=0.000000\r\n");
	/* What does not fit is left out whole. */
	t = mode6_text_on(buffer, 20);
	mode6_text_add(&t, "12345678");
	mode6_text_add(&t, "12345678");
	mode6_text_end(&t);
	assert_true(t.n <= 20);
	assert_memory_equal(buffer, "12345678\r\n", 10);
}

static void test_decode(void **state)
{
	/* restrict 1.2.3.5 ignore, under key 1. */
	static const uint8_t signed_request[56] = {0x16, 0x08, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0x17, 'r',
		'e', 's', 't', 'r', 'i', 'c', 't', ' ', '1', '.', '2', '.', '3', '.', '5', ' ', 'i',
		'g', 'n', 'o', 'r', 'e', 0, 0, 0, 0, 1, 0xbb, 0x95, 0x75, 0x7e, 0xdb, 0xa9, 0x9d,
		0x34, 0x70, 0x40, 0x01, 0xd4, 0xf3, 0x69, 0x14, 0xec};
	struct mode6_parts *p = *state;
	struct mode6_request q;
	uint8_t b[64];

	assert_int_equal(mode6_decode((struct span){signed_request, 56}, &q), MODE6_GOOD);
	assert_int_equal(q.opcode, MODE6_CONFIGURE);
	assert_int_equal(q.version, 2);
	assert_int_equal(q.sequence, 3);
	assert_true(mode6_is(q.data, "restrict 1.2.3.5 ignore"));
	assert_true(q.has_mac);
	assert_int_equal(q.key, 1);
	assert_int_equal(keys_check(p->keys, 1, 2, q.signed_part, q.mac), 0);
	/* Padded to eight bytes before the MAC, as clients of ntp 4.2.8 do. */
	memcpy(b, signed_request, 36);
	memset(b + 36, 0, 4);
	memcpy(b + 40, signed_request + 36, 20);
	assert_int_equal(mode6_decode((struct span){b, 60}, &q), MODE6_GOOD);
	assert_true(q.has_mac);
	assert_int_equal(q.key, 1);
	assert_int_equal(q.signed_part.n, 40);
	/* The same with the longer MAC of SHA-1: stock ntpq's "server". */
	memset(b, 0, sizeof(b));
	memcpy(b, signed_request, 12);
	b[11] = 6;
	memcpy(b + 12, "server", 6);
	b[27] = 1;
	assert_int_equal(mode6_decode((struct span){b, 48}, &q), MODE6_GOOD);
	assert_true(q.has_mac);
	assert_int_equal(q.key, 1);
	assert_int_equal(q.signed_part.n, 24);
	assert_int_equal(q.mac.n, 20);
	/* Cut short, and not of a whole number of words. */
	assert_int_equal(mode6_decode((struct span){signed_request, 32}, &q), MODE6_MALFORMED);
	assert_int_equal(mode6_decode((struct span){signed_request, 55}, &q), MODE6_MALFORMED);
	assert_int_equal(mode6_decode((struct span){signed_request, 11}, &q), MODE6_FOREIGN);
	assert_int_equal(mode6_decode((struct span){signed_request, 0}, &q), MODE6_FOREIGN);
	memcpy(b, signed_request, 12);
	b[11] = 0;
	for (unsigned v = 0; v < 8; v++) {
		b[0] = (uint8_t)(v << 3 | 6);
		assert_int_equal(mode6_decode((struct span){b, 12}, &q),
			v >= 1 && v <= 4 ? MODE6_GOOD : MODE6_FOREIGN);
	}
	b[0] = 0x16;
	for (unsigned bit = 0x20; bit <= 0x80; bit <<= 1) {
		b[1] = (uint8_t)(bit | 1);
		assert_int_equal(mode6_decode((struct span){b, 12}, &q), MODE6_SUSPECT);
	}
	b[1] = 1;
	b[9] = 4;
	assert_int_equal(mode6_decode((struct span){b, 12}, &q), MODE6_SUSPECT);
}

static struct source *add(struct mode6_parts *p, const char *address)
{
	struct source_options o = source_options_default(SOURCE_SERVER);
	struct address a = world_address(address);

	snprintf(o.name, sizeof(o.name), "%s", address);
	assert_int_equal(sources_add(p->w->sources, &o), SOURCES_OK);
	return sources_find(p->w->sources, &a);
}

static void test_read_status(void **state)
{
	/* The capture's request, byte for byte. */
	static const uint8_t request[12] = {0x16, 0x01, 0, 1};
	struct mode6_parts *p = *state;

	mode6_ask_bytes(p, request, sizeof(request));
	assert_int_equal(p->result, 0);
	assert_int_equal(p->last_n, 12);
	assert_memory_equal(p->last, "\x16\x81\0\1\xc0\0\0\0\0\0\0\0", 12);
	add(p, "192.0.2.1");
	add(p, "192.0.2.2");
	mode6_ask_bytes(p, request, sizeof(request));
	assert_int_equal(p->last_n, 20);
	assert_memory_equal(p->last + 12, "\0\1\x80\x11\0\2\x80\x11", 8);
}

static void test_read_variables(void **state)
{
	static const uint8_t request[32] = {0x16, 0x02, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x12, 'l', 'e',
		'a', 'p', ',', 's', 't', 'r', 'a', 't', 'u', 'm', ',', 'r', 'e', 'f', 'i', 'd'};
	struct mode6_parts *p = *state;

	mode6_ask_bytes(p, request, sizeof(request));
	assert_string_equal(p->text, "leap=3, stratum=16, refid=INIT\r\n");
	assert_int_equal(p->last_n, 12 + 32);
	mode6_ask(p, MODE6_READ_VARIABLES, 0, "nosuchvar", 0);
	assert_int_equal(mode6_error(p), MODE6_UNKNOWN_VARIABLE);
	assert_int_equal(p->last_n, 12);
	mode6_ask(p, MODE6_READ_VARIABLES, 77, "", 0);
	assert_int_equal(mode6_error(p), MODE6_BAD_ASSOCIATION);
	mode6_ask(p, MODE6_READ_VARIABLES, 0, " ss_received , ss_received_r,", 0);
	assert_string_equal(p->text, "ss_received=0, ss_received_r=0\r\n");
	/* Only where leap seconds are smeared. */
	mode6_ask(p, MODE6_READ_VARIABLES, 0, "lockclock,leapsmearinterval", 0);
	assert_string_equal(p->text, "lockclock=0\r\n");
	p->w->settings->ntp.leapsmear = 3600;
	mode6_ask(p, MODE6_READ_VARIABLES, 0, "leapsmearinterval", 0);
	assert_string_equal(p->text, "leapsmearinterval=3600\r\n");
	mode6_ask(p, MODE6_READ_VARIABLES, 0, "kfreq,io_received,io_wakeups,authkeys", 0);
	/* Without a crypto library there is no SHA-1, and its key is left out. */
	assert_string_equal(
		p->text, crypto_has_tls(crypto_backends[0])
				 ? "kfreq=0.000, io_received=11, io_wakeups=13, authkeys=2\r\n"
				 : "kfreq=0.000, io_received=11, io_wakeups=13, authkeys=1\r\n");
}

/* The names that come without being asked for, in the order that clients know. */
static void test_default_names(void **state)
{
	static const char *const system[] = {"leap", "stratum", "precision", "rootdelay",
		"rootdisp", "rootdist", "refid", "reftime", "tc", "peer", "offset", "frequency",
		"sys_jitter", "clk_jitter", "clock", "processor", "system", "release", "version",
		"clk_wander", "tai", "leapsec", "expire", "mintc"};
	static const char *const peer[] = {"srcadr", "srcport", "dstadr", "dstport", "leap",
		"hmode", "stratum", "ppoll", "hpoll", "precision", "rootdelay", "rootdisp", "refid",
		"reftime", "rec", "xmt", "reach", "unreach", "delay", "offset", "jitter",
		"dispersion", "keyid", "filtdelay", "filtoffset", "pmode", "filtdisp", "flash",
		"headway", "srchost", "ntscookies"};
	struct mode6_parts *p = *state;
	struct source *s = add(p, "192.0.2.1");
	size_t n = 0;

	for (int round = 0; round < 2; round++) {
		const char *const *names = round == 0 ? system : peer;
		size_t expected = round == 0 ? sizeof(system) / sizeof(system[0])
					     : sizeof(peer) / sizeof(peer[0]);
		struct span rest, name, value;

		mode6_ask(p, MODE6_READ_VARIABLES, round == 0 ? 0 : source_association(s), "", 0);
		rest = (struct span){(const uint8_t *)p->text, p->text_n};
		for (n = 0; mode6_next(&rest, &name, &value); n++) {
			assert_true(n < expected);
			if (!mode6_is(name, names[n]))
				fail_msg("%.*s where %s is due", (int)name.n, name.p, names[n]);
			assert_true(value.n > 0);
		}
		assert_int_equal(n, expected);
	}
	assert_non_null(strstr(p->text, "srcadr=192.0.2.1, srcport="));
	assert_non_null(strstr(p->text, "stratum=16"));
	assert_non_null(strstr(p->text, "filtdelay= 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00"));
	assert_non_null(strstr(p->text, "ntscookies=-1"));
}

/* A source that is 5 ms ahead, then 7 ms with half the delay: the clock is slow, which is positive.
 */
static void test_samples(void **state)
{
	struct mode6_parts *p = *state;
	struct source *s = add(p, "192.0.2.1");
	const struct protocol_instance *i = p->w->instances;
	struct sample sample = {
		.offset_ns = 5000000, .delay = 0.020, .dispersion = 1e-3, .stratum = 2};

	sources_start(p->w->sources);
	for (int k = 0; k < 2; k++) {
		p->w->raw += 16 * INSTANT_S;
		p->w->system += 16 * INSTANT_S;
		sample.osc = clock_now(p->w->clock).osc;
		i->sink->sample(i->arg, &sample);
		sample.offset_ns = 7000000;
		sample.delay = 0.010;
	}
	mode6_ask(p, MODE6_READ_VARIABLES, source_association(s),
		"filtdelay,filtoffset,filtdisp,delay,offset,jitter", 0);
	assert_string_equal(p->text,
		"filtdelay= 10.00 20.00 0.00 0.00 0.00 0.00 0.00 0.00,\r\n"
		"filtoffset= 7.00 5.00 0.00 0.00 0.00 0.00 0.00 0.00,\r\n"
		"filtdisp= 1.00 1.24 0.00 0.00 0.00 0.00 0.00 0.00, delay=10.000000,\r\n"
		"offset=7.000000, jitter=2.000000\r\n");
}

/* Every name of the lists can be asked for, also all of a command's at once. */
static void test_all_names(void **state)
{
	static const char *const lists[] = {"sys_var_list", "peer_var_list"};
	struct mode6_parts *p = *state;
	struct source *s = add(p, "192.0.2.1");
	char names[MODE6_TEXT_MAX], name[128];

	for (int i = 0; i < 2; i++) {
		unsigned association = i == 0 ? 0 : source_association(s), n = 0;
		struct span rest, word, value;
		const char *first;

		mode6_ask(p, MODE6_READ_VARIABLES, association, lists[i], 0);
		assert_int_equal(mode6_error(p), -1);
		first = strchr(p->text, '"');
		assert_non_null(first);
		snprintf(names, sizeof(names), "%s", first + 1);
		rest = (struct span){(const uint8_t *)names, strcspn(names, "\"")};
		for (; mode6_next(&rest, &word, &value); n++) {
			snprintf(name, sizeof(name), "%.*s", (int)word.n, word.p);
			mode6_ask(p, MODE6_READ_VARIABLES, association, name, 0);
			assert_int_equal(mode6_error(p), -1);
		}
		assert_true(n >= (i == 0 ? 180 : 45));
	}
}

static void test_errors(void **state)
{
	struct mode6_parts *p = *state;

	for (unsigned opcode = 0; opcode < 32; opcode++) {
		mode6_ask(p, opcode, 0, "", 0);
		switch (opcode) {
		case 0:
		case 1:
		case 2:
		case 12:
			assert_int_equal(mode6_error(p), -1);
			break;
		case 4:
			assert_int_equal(mode6_error(p), MODE6_BAD_ASSOCIATION);
			break;
		case 8:
		case 11:
			assert_int_equal(mode6_error(p), MODE6_PERMISSION);
			break;
		case 10:
			/* Who has no nonce gets no answer. */
			assert_int_equal(p->result, -EPERM);
			assert_int_equal(p->fragments, 0);
			break;
		default:
			assert_int_equal(mode6_error(p), MODE6_BAD_OPCODE);
			break;
		}
	}
}

static void test_key(void **state)
{
	struct mode6_parts *p = *state;
	struct source *s = add(p, "192.0.2.1");
	unsigned id = source_association(s);

	/* Key 2 is of SHA-1. */
	if (!crypto_has_tls(crypto_backends[0]))
		skip();
	/* The control key, another one that is trusted, and no key. */
	mode6_ask(p, MODE6_READ_LIST, 0, "ifstats", 1);
	assert_int_equal(mode6_error(p), -1);
	mode6_ask(p, MODE6_READ_LIST, 0, "ifstats", 2);
	assert_int_equal(mode6_error(p), MODE6_PERMISSION);
	/* The answer is signed by the key of the request. */
	mode6_ask(p, MODE6_READ_VARIABLES, 0, "leap", 2);
	assert_string_equal(p->text, "leap=3 \r\n");
	assert_int_equal(p->last_n, 12 + 12 + 24);
	assert_int_equal(keys_check(p->keys, 2, 2, (struct span){p->last, 24},
				 (struct span){p->last + 28, 20}),
		0);
	/* Only who holds the control key makes us forget that something happened. */
	mode6_ask(p, MODE6_READ_STATUS, id, "", 0);
	mode6_ask(p, MODE6_READ_STATUS, id, "", 2);
	assert_int_equal(mode6_status(p), 0x8011);
	mode6_ask(p, MODE6_READ_STATUS, id, "", 1);
	assert_int_equal(mode6_status(p), 0x8011);
	mode6_ask(p, MODE6_READ_STATUS, id, "", 1);
	assert_int_equal(mode6_status(p), 0x8001);
	/* Without a control key nobody is it. */
	p->w->settings->ntp.control_key = 0;
	mode6_ask(p, MODE6_READ_LIST, 0, "ifstats", 1);
	assert_int_equal(mode6_error(p), MODE6_PERMISSION);
}

/* Takes away blanks before the end of the last line. */
static void trim(char *text)
{
	size_t n = strlen(text), kept = n;

	if (n < 2)
		return;
	for (kept = n - 2; kept > 0 && text[kept - 1] == ' ';)
		kept--;
	strcpy(text + kept, "\r\n");
}

static void configure(struct mode6_parts *p, const char *line, const char *answer)
{
	mode6_ask(p, MODE6_CONFIGURE, 0, line, 1);
	assert_int_equal(mode6_error(p), -1);
	/* The MAC is where both readings of the padding look for it. */
	assert_int_equal((p->last_n - 20) % 8, 0);
	trim(p->text);
	if (strcmp(p->text, answer) != 0)
		fail_msg("%s: %s", line, p->text);
}

static void test_configure(void **state)
{
	struct mode6_parts *p = *state;
	struct address a = world_address("192.0.2.9");

	/* Key 2 is of SHA-1. */
	if (!crypto_has_tls(crypto_backends[0]))
		skip();
	configure(p, "server 192.0.2.9 iburst", "Config Succeeded\r\n");
	assert_non_null(sources_find(p->w->sources, &a));
	assert_non_null(strstr(p->w->messages, "MODE6: 192.0.2.7 config: server 192.0.2.9 iburst"));
	configure(p, "server 192.0.2.9", "server: the source cannot be added\r\n");
	configure(p, "unpeer 192.0.2\x9b\xff.9", "Config Succeeded\r\n");
	assert_non_null(strstr(p->w->messages, "MODE6: 192.0.2.7 config: unpeer 192.0.2.9\n"));
	assert_null(sources_find(p->w->sources, &a));
	configure(p, "unpeer 192.0.2.9", "unpeer: there is no such source\r\n");
	configure(p, "bogus line", "column 0 syntax error\r\n");
	assert_non_null(strstr(p->w->messages, "CONFIG: line 1 column 0 syntax error\n"));
	assert_non_null(strstr(p->w->messages,
		"CONFIG: syntax error in remote config from 192.0.2.7 line 1, column 0\n"));
	/* Whose certificates are not known here must not be checked by others. */
	mode6_ask(p, MODE6_CONFIGURE, 0, "server 192.0.2.9 nts ca /etc/ca.pem", 1);
	assert_null(sources_find(p->w->sources, &a));
	configure(p, "tos minclok 3", "column 4 syntax error\r\n");
	configure(p, "bogus\nserver 192.0.2.9\nnonsense",
		"column 0 syntax error\r\ncolumn 0 syntax error\r\n");
	assert_non_null(sources_find(p->w->sources, &a));
	configure(p, "disable ntp", "disable cannot be changed at run time\r\n");
	configure(p, "logfile /etc/passwd", "column 6 logfile remote config ignored\r\n");
	configure(p, "driftfile /x", "column 8 driftfile remote configuration ignored\r\n");
	configure(p, "reset sys io", "reset cannot be changed at run time\r\n");
	configure(p, "reset", "reset cannot be changed at run time\r\n");
	world_run(p->w, 10);
	configure(p, "reset sys ctl", "Config Succeeded\r\n");
	world_run(p->w, 3);
	mode6_ask(p, MODE6_READ_VARIABLES, 0, "ss_reset,ss_reset_r,ss_received", 0);
	assert_string_equal(p->text, "ss_reset=3, ss_reset_r=3, ss_received=0\r\n");
	configure(p, "", "Config Succeeded\r\n");
	configure(p, "setvar colour = \"light blue\" default", "Config Succeeded\r\n");
	configure(p, "setvar colour = \"dark blue\"", "Config Succeeded\r\n");
	mode6_ask(p, MODE6_READ_VARIABLES, 0, "colour", 0);
	assert_string_equal(p->text, "colour=\"dark blue\"\r\n");
	mode6_ask(p, MODE6_CONFIGURE, 5, "enable ntp", 1);
	assert_int_equal(mode6_error(p), MODE6_BAD_VALUE);
	/* Neither without the key nor with another one. */
	mode6_ask(p, MODE6_CONFIGURE, 0, "unpeer 192.0.2.9", 0);
	assert_int_equal(mode6_error(p), MODE6_PERMISSION);
	mode6_ask(p, MODE6_CONFIGURE, 0, "unpeer 192.0.2.9", 2);
	assert_int_equal(mode6_error(p), MODE6_PERMISSION);
	p->client.restricts = NTP_RESTRICT_NOMODIFY;
	configure(p, "unpeer 192.0.2.9",
		"runtime configuration prohibited by restrict ... nomodify\r\n");
	assert_non_null(sources_find(p->w->sources, &a));
}

static void test_restrictions(void **state)
{
	static const uint8_t response[12] = {0x16, 0x81, 0, 1};
	struct mode6_parts *p = *state;

	/* Key 2 is of SHA-1. */
	if (!crypto_has_tls(crypto_backends[0]))
		skip();
	mode6_ask_bytes(p, response, sizeof(response));
	assert_int_equal(p->result, -EBADMSG);
	assert_int_equal(p->fragments, 0);
	assert_non_null(strstr(p->w->messages, "Possible 'ntpdx' exploit from 192.0.2.7:4000"));
	/* An address costs an attacker nothing: the log is not to be filled by changing it. */
	p->client.peer.address = world_address("192.0.2.8");
	mode6_ask_bytes(p, response, sizeof(response));
	assert_null(strstr(p->w->messages, "exploit from 192.0.2.8"));
	world_run(p->w, 61);
	mode6_ask_bytes(p, response, sizeof(response));
	assert_non_null(strstr(p->w->messages, "exploit from 192.0.2.8"));
	p->client.peer.address = world_address("192.0.2.7");
	p->client.restricts = NTP_RESTRICT_NOQUERY;
	mode6_ask(p, MODE6_READ_STATUS, 0, "", 0);
	assert_int_equal(p->result, -EPERM);
	assert_int_equal(p->fragments, 0);
	p->client.restricts = NTP_RESTRICT_NOTRUST;
	mode6_ask(p, MODE6_READ_STATUS, 0, "", 0);
	assert_int_equal(p->result, -EPERM);
	mode6_ask(p, MODE6_READ_STATUS, 0, "", 2);
	assert_int_equal(p->result, 0);
	p->client.restricts = 0;
	p->client.peer.port = 0;
	mode6_ask(p, MODE6_READ_STATUS, 0, "", 0);
	assert_int_equal(p->result, -EPERM);
}

/* What each request without a key costs whom it is said to come from. The figures are printed: they
 * are the promise of the manual. */
static void test_amplification(void **state)
{
	static const struct {
		const char *what;
		unsigned opcode;
		bool peer;
		const char *data;
	} requests[] = {
		{"unspecified", 0, false, ""},
		{"readstat", 1, false, ""},
		{"readstat of a source", 1, true, ""},
		{"readvar", 2, false, ""},
		{"readvar of a source", 2, true, ""},
		{"readvar of one name", 2, false, "stratum"},
		{"readvar of the list of names", 2, false, "sys_var_list"},
		{"readclock", 4, false, ""},
		{"configure", 8, false, "enable ntp"},
		{"read_mru without nonce", 10, false, "frags=32"},
		{"read_ordlist", 11, false, "ifstats"},
		{"req_nonce", 12, false, ""},
		{"unknown", 20, false, ""},
	};
	struct mode6_parts *p = *state;
	unsigned id;

	for (int i = 0; i < 100; i++) {
		char address[32];

		snprintf(address, sizeof(address), "198.51.100.%d", i + 1);
		add(p, address);
	}
	id = source_association(sources_at(p->w->sources, 0));
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		size_t bytes = (MODE6_HEADER + strlen(requests[i].data) + 3) & ~(size_t)3;
		double limit = requests[i].opcode == MODE6_REQUEST_NONCE ? 44.0 / 12 : 3;

		for (int known = 1; known >= 0; known--) {
			double factor, most = limit;

			p->client.amplification =
				known ? MODE6_AMPLIFICATION_NAMED : MODE6_AMPLIFICATION_STRANGER;
			if (known)
				most = MODE6_AMPLIFICATION_NAMED;
			mode6_ask(p, requests[i].opcode, requests[i].peer ? id : 0,
				requests[i].data, 0);
			factor = (double)p->bytes / (double)bytes;
			print_message("%s: %zu bytes asked by a %s, %zu answered (%.1f)\n",
				requests[i].what, bytes, known ? "client of a rule" : "stranger",
				p->bytes, factor);
			assert_true(factor <= most);
		}
	}
}

static void test_nonce(void **state)
{
	struct endpoint a = {.address = world_address("192.0.2.7"), .port = 4000}, b = a;
	struct mode6_nonces n = {.any = false};
	uint64_t now = UINT64_C(0xeeae87318e06edc5);
	char text[MODE6_NONCE_TEXT];
	struct span nonce = {(const uint8_t *)text, MODE6_NONCE_TEXT - 1};
	uint8_t key[SIPHASH_KEY] = {1, 2, 3};

	(void)state;
	assert_true(mode6_nonce_old(&n, 5));
	mode6_nonce_rekey(&n, key, 5);
	assert_false(mode6_nonce_old(&n, 5 + 3599 * INSTANT_S));
	assert_true(mode6_nonce_old(&n, 5 + 3600 * INSTANT_S));
	mode6_nonce_make(&n, &a, now, text);
	assert_int_equal(strlen(text), 24);
	assert_memory_equal(text, "eeae87318e06edc5", 16);
	assert_true(mode6_nonce_good(&n, &a, now, nonce));
	assert_true(mode6_nonce_good(&n, &a, now + (UINT64_C(16) << 32), nonce));
	assert_false(mode6_nonce_good(&n, &a, now + (UINT64_C(17) << 32), nonce));
	assert_false(mode6_nonce_good(&n, &a, now - (UINT64_C(1) << 32), nonce));
	b.port++;
	assert_false(mode6_nonce_good(&n, &b, now, nonce));
	b = a;
	b.address.ip[3]++;
	assert_false(mode6_nonce_good(&n, &b, now, nonce));
	text[23] ^= 1;
	assert_false(mode6_nonce_good(&n, &a, now, nonce));
	text[23] ^= 1;
	nonce.n--;
	assert_false(mode6_nonce_good(&n, &a, now, nonce));
	nonce.n++;
	/* A new secret does not void what was just given out; the one after it does. */
	key[0]++;
	mode6_nonce_rekey(&n, key, 9);
	assert_true(mode6_nonce_good(&n, &a, now, nonce));
	key[0]++;
	mode6_nonce_rekey(&n, key, 10);
	assert_false(mode6_nonce_good(&n, &a, now, nonce));
}

/* The world's randomness gives four bytes at a time. */
static void test_request_nonce(void **state)
{
	struct mode6_parts *p = *state;

	mode6_ask(p, MODE6_REQUEST_NONCE, 0, "", 0);
	assert_int_equal(p->last_n, 44);
	assert_memory_equal(p->text, "nonce=", 6);
	assert_int_equal(p->text_n, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_words),
		cmocka_unit_test(test_flash),
		cmocka_unit_test(test_lines),
		cmocka_unit_test_setup_teardown(test_decode, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_read_status, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_read_variables, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_default_names, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_samples, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_all_names, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_errors, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_key, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_configure, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_restrictions, mode6_setup, mode6_teardown),
		cmocka_unit_test_setup_teardown(test_amplification, mode6_setup, mode6_teardown),
		cmocka_unit_test(test_nonce),
		cmocka_unit_test_setup_teardown(test_request_nonce, mode6_setup, mode6_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
