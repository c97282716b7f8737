/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cuts lines of ntp.conf into words, and reads the numbers among them.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/ntpconf_lexer.h"

/** Words of their own wherever a keyword may stand. */
#define MARKS "{}(),;|="

/** Weeks that g and G stand for, s. */
#define ERA_1024_WEEKS 619315200.0
#define ERA_8192_WEEKS 4954521600.0

/** After these the next word is taken as it stands. */
static const char *const forcing[] = {"aead", "clock", "driftfile", "fudge", "includefile",
	"leapfile", "logfile", "path", "peer", "pidfile", "pool", "ppspath", "refclock", "refid",
	"server", "statsdir", "unconfig", "unpeer", "keys", "ntpsigndsocket", "file",
	"tlsciphersuites", "tlsecdhcurves", NULL};

/** After these all words of the line are. */
static const char *const forcing_all[] = {"logconfig", "phone", NULL};

/** How the next word is to be read. */
enum manner {
	FREELY,
	NEXT_AS_TEXT,
	NEXT_AS_NAME, /**< as text, but = ends it and is a mark */
	ALL_AS_TEXT,
};

/** A line being cut. */
struct cutting {
	const uint8_t *p;
	size_t n, at;
	struct ntpconf_words out;
	size_t used, room; /* octets of memory, words there is room for */
	enum manner manner;
};

static bool is_one_of(const char *const *words, const char *word)
{
	for (; *words; words++) {
		if (strcmp(*words, word) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_blank(uint8_t c)
{
	return c <= ' ' || c == 0x7f;
}

static bool is_mark(uint8_t c)
{
	return c != '\0' && strchr(MARKS, c) != NULL;
}

/** Whether the octet is a word of its own at this place. */
static bool is_mark_here(const struct cutting *c, uint8_t o)
{
	return c->manner == FREELY ? is_mark(o) : c->manner == NEXT_AS_NAME && o == '=';
}

/** Whether the octet ends a word without quotes. */
static bool ends_word(const struct cutting *c, uint8_t o)
{
	if (is_blank(o) || o == '#' || o == '"') {
		return true;
	}
	return is_mark_here(c, o);
}

/** Room for one word more. */
static int grow(struct cutting *c)
{
	size_t room = c->room > 0 ? 2 * c->room : 16;
	struct ntpconf_word *words;

	if (c->out.n < c->room) {
		return 0;
	}
	words = realloc(c->out.words, room * sizeof(*words));
	if (!words) {
		return -ENOMEM;
	}
	c->out.words = words;
	c->room = room;
	return 0;
}

/** Takes octets as long as take says into memory. Octets that are not ASCII are left out. */
static void take_text(struct cutting *c, bool quoted)
{
	for (; c->at < c->n; c->at++) {
		uint8_t o = c->p[c->at];

		if (quoted ? o == '"' : ends_word(c, o)) {
			break;
		}
		if (o != '\0' && o < 0x80) {
			c->out.memory[c->used++] = (char)o;
		}
	}
}

/** Takes the next word, which begins at at. */
static int take_word(struct cutting *c, struct ntpconf_word *w)
{
	size_t begin = c->used;

	*w = (struct ntpconf_word){.text = c->out.memory + begin, .column = c->at};
	if (c->p[c->at] == '"') {
		w->quoted = true;
		c->at++;
		take_text(c, true);
		c->at += c->at < c->n;
	} else if (is_mark_here(c, c->p[c->at])) {
		w->mark = true;
		c->out.memory[c->used++] = (char)c->p[c->at++];
	} else {
		take_text(c, false);
	}
	c->out.memory[c->used++] = '\0';
	return c->used - begin - 1 > NTPCONF_WORD_MAX ? -EMSGSIZE : 0;
}

/** How to read on after a word. */
static enum manner manner_after(const struct cutting *c, const struct ntpconf_word *w)
{
	if (c->manner == ALL_AS_TEXT) {
		return ALL_AS_TEXT;
	}
	/* "-4" and "-6" stand between the word and what it forces. */
	if (c->manner != FREELY && !w->mark) {
		return !w->quoted && (strcmp(w->text, "-4") == 0 || strcmp(w->text, "-6") == 0)
			       ? NEXT_AS_TEXT
			       : FREELY;
	}
	if (w->quoted) {
		return FREELY;
	}
	if (w->mark) {
		return w->text[0] == '=' ? NEXT_AS_TEXT : FREELY;
	}
	if (strcmp(w->text, "setvar") == 0) {
		return NEXT_AS_NAME;
	}
	return is_one_of(forcing_all, w->text) ? ALL_AS_TEXT
	       : is_one_of(forcing, w->text)   ? NEXT_AS_TEXT
					       : FREELY;
}

static int cut(struct cutting *c)
{
	for (;;) {
		struct ntpconf_word *w;
		int r;

		while (c->at < c->n && (is_blank(c->p[c->at]) || c->p[c->at] >= 0x80)) {
			c->at++;
		}
		if (c->at == c->n || c->p[c->at] == '#') {
			return 0;
		}
		r = grow(c);
		if (r < 0) {
			return r;
		}
		w = &c->out.words[c->out.n++];
		r = take_word(c, w);
		if (r < 0) {
			return r;
		}
		c->out.end = c->at;
		c->manner = manner_after(c, w);
	}
}

int ntpconf_cut(const uint8_t *line, size_t n, struct ntpconf_words *ret, size_t *ret_column)
{
	struct cutting c = {.p = line, .n = n};
	int r;

	/* Every word takes at least one octet of the line, and one more for its NUL. */
	c.out.memory = malloc(2 * n + 1);
	if (!c.out.memory) {
		return -ENOMEM;
	}
	r = cut(&c);
	if (r < 0) {
		if (r == -EMSGSIZE) {
			*ret_column = c.out.words[c.out.n - 1].column;
		}
		ntpconf_words_free(&c.out);
		return r;
	}
	*ret = c.out;
	return 0;
}

void ntpconf_words_free(struct ntpconf_words *w)
{
	free(w->words);
	free(w->memory);
	*w = (struct ntpconf_words){0};
}

/** Reads 0x and up to eight digits. */
static int read_hex(const char *s, long long *ret)
{
	size_t n = strspn(s, "0123456789abcdefABCDEF");

	if (n == 0 || n > 8 || s[n] != '\0') {
		return -EINVAL;
	}
	*ret = (long long)strtoul(s, NULL, 16);
	return 0;
}

int ntpconf_int(const struct ntpconf_word *w, long long *ret)
{
	const char *digits = w->text + (w->text[0] == '-');
	size_t n = strspn(digits, "0123456789");
	bool negative = digits != w->text;

	if (w->quoted) {
		return -EINVAL;
	}
	if (w->text[0] == '0' && (w->text[1] == 'x' || w->text[1] == 'X')) {
		return read_hex(w->text + 2, ret);
	}
	if (n == 0 || digits[n] != '\0') {
		return -EINVAL;
	}
	return text_to_int(w->text, negative ? INT32_MIN : 0, negative ? 0 : UINT32_MAX, ret);
}

int ntpconf_real(const struct ntpconf_word *w, double *ret)
{
	char number[NTPCONF_WORD_MAX + 1];
	size_t n = strlen(w->text);
	double eras = 0.0, v;

	if (w->quoted || n == 0 || n > NTPCONF_WORD_MAX) {
		return -EINVAL;
	}
	memcpy(number, w->text, n + 1);
	for (; n > 0 && (number[n - 1] == 'g' || number[n - 1] == 'G'); n--) {
		eras += number[n - 1] == 'g' ? ERA_1024_WEEKS : ERA_8192_WEEKS;
		number[n - 1] = '\0';
	}
	if (text_to_real(number, &v) < 0) {
		return -EINVAL;
	}
	*ret = v + eras;
	return 0;
}
