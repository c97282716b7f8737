/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one header of the crypto backends that the rest may see. Exactly one backend is linked into a
 * build's programs; tests link all of them.
 */
#ifndef BACKENDS_CRYPTO_H
#define BACKENDS_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/tls_choice.h"

/** Digests and ciphers for message authentication. Values are those of the control protocol. */
enum crypto_mac {
	CRYPTO_MD5 = 1,
	CRYPTO_SHA1 = 2,
	CRYPTO_SHA256 = 3,
	CRYPTO_SHA384 = 4,
	CRYPTO_SHA512 = 5,
	CRYPTO_SHA3_224 = 6,
	CRYPTO_SHA3_256 = 7,
	CRYPTO_SHA3_384 = 8,
	CRYPTO_SHA3_512 = 9,
	CRYPTO_AES128_CMAC = 13,
	CRYPTO_AES256_CMAC = 14,
};

/** The longest digest of any of them, bytes. */
#define CRYPTO_MAC_MAX 64

/**
 * Algorithms of authenticated encryption by their IANA numbers. Key, nonce and tag lengths: see
 * crypto_aead_key_length() and below. Ask crypto_has_aead() which of them work here.
 */
enum crypto_aead {
	CRYPTO_AEAD_SIV_256 = 15,     /**< AES-SIV-CMAC-256, RFC 5297: what every NTS peer has */
	CRYPTO_AEAD_SIV_384 = 16,     /**< AES-SIV-CMAC-384 */
	CRYPTO_AEAD_SIV_512 = 17,     /**< AES-SIV-CMAC-512 */
	CRYPTO_AEAD_GCM_SIV_128 = 30, /**< AES-128-GCM-SIV, RFC 8452 */
};

/** Added to a number: by the library alone, though this processor could do it with less. Both must
 * agree: each is the other's test. */
#define CRYPTO_AEAD_BY_LIBRARY 0x8000

/** The longest key of any of them, bytes. */
#define CRYPTO_AEAD_KEY_MAX 64
/** The nonce that crypto_aead_nonce_length() names is never longer, bytes. */
#define CRYPTO_AEAD_NONCE_MAX 16
/** What sealing adds to the plaintext, bytes: the same for all of them. */
#define CRYPTO_AEAD_TAG 16

/** A cipher of one algorithm with one key. */
struct aead;

/** One of many messages to be sealed or opened. */
struct aead_job {
	struct span key;       /**< of its own, or empty: that of the cipher */
	struct span nonce, ad; /**< as for aead_seal() */
	struct span text;      /**< to be sealed, or to be opened */
	uint8_t *ret;
	size_t room;
	int result; /**< as of aead_seal() or aead_open() */
};

/** Room for what a TLS function has to say, with the final NUL. */
#define TLS_WHY 256

/** What a certificate says of itself. Instants are seconds since 1970 on the true time scale. */
struct tls_certificate {
	char subject[256];    /**< "/C=DE/O=Example/CN=ntp.example", bytes not printable as \xHH */
	char issuer[256];     /**< likewise */
	char names[256];      /**< names and addresses it stands for: "a.example, 192.0.2.1" */
	int64_t not_before_s; /**< valid from this instant on */
	int64_t not_after_s;  /**< and to this one */
};

/** Certificates of authorities that are believed. */
struct tls_trust;

/** Certificates and keys that a server shows, chosen by the name the client asks for. */
struct tls_identity;

/** One end of a TLS connection. */
struct tls;

/**
 * How a client wants its session. All zero but trust and name is the strict form. Strings need to
 * live only for the call.
 */
struct tls_client_settings {
	struct tls_trust *trust; /**< who may sign the server's certificate */
	const char *name;        /**< the server's name or the text of its address; never NULL */
	const char *alpn;        /**< protocol to ask for ("ntske/1"); the server must agree */
	bool allow_tls12;        /**< TLS 1.2 too; else 1.3 only */
	bool no_tls13;           /**< TLS 1.2 alone; needs allow_tls12 */
	bool any_name;           /**< do not compare name with the certificate */
	bool any_time;           /**< do not look at the certificates' dates */
	bool any_certificate;    /**< accept whatever certificate is shown: anybody can be there */
	int64_t at_s; /**< instant at which all certificates must be valid, s since 1970 */
};

/** How a server wants its sessions. */
struct tls_server_settings {
	struct tls_identity *identity; /**< with at least one pair */
	const char *alpn;              /**< protocol that a client must ask for */
	bool allow_tls12;              /**< TLS 1.2 too; else 1.3 only */
	bool no_tls13;                 /**< TLS 1.2 alone; needs allow_tls12 */
};

/** The kind of a TLS session's failure; tls_why() has it in words. */
enum tls_fault {
	TLS_FINE,
	TLS_EXPIRED,       /**< a certificate is */
	TLS_NOT_YET_VALID, /**< a certificate is */
	TLS_WRONG_NAME,    /**< the certificate stands for others */
	TLS_UNKNOWN_CA,    /**< signed by nobody in the trust set */
	TLS_SELF_SIGNED,   /**< signed by itself and not in the trust set */
	TLS_BAD_SIGNATURE, /**< somebody else's signature, or one of a broken algorithm */
	TLS_BAD_PURPOSE,   /**< the certificate, or one that signed, may not be used for this */
	TLS_BAD_VERSION,   /**< no common version of TLS */
	TLS_NO_ALPN,       /**< the peer does not speak the protocol asked for */
	TLS_ALERTED,       /**< the peer refused; the words name its alert */
	TLS_BROKEN,        /**< anything else that is no TLS as agreed */
};

/** What is known of a session whose handshake is complete (peer: earlier, when it has come). */
struct tls_info {
	char version[16];      /**< "TLSv1.3" */
	char cipher[64];       /**< "TLS_AES_128_GCM_SHA256" */
	int cipher_bits;       /**< of its key */
	char alpn[32];         /**< agreed protocol, or empty */
	char server_name[256]; /**< name that the client asked for, or empty */
	bool has_peer;         /**< the peer showed a certificate: */
	struct tls_certificate peer;
	/** why a client that asks for more would not have accepted the server; empty: it would */
	char overlooked[TLS_WHY];
	enum tls_fault overlooked_fault;
};

/** The most that tls_feed() takes before it is read out, bytes. */
#define TLS_FEED_MAX 16384

/** The longest PEM text that a trust set or an identity takes, bytes. */
#define TLS_PEM_MAX (1 << 20)

/** Room for why a backend cannot be used, with the final NUL. */
#define CRYPTO_WHY 512

/** A crypto library. */
struct crypto_backend {
	const char *name;
	/** Name and version of the library in force. */
	const char *(*version)(void);
	/**
	 * Of a backend that is loaded when it is needed: whether it could be, as far as it was.
	 * NULL in those that are always there. Returns 0, or -ELIBACC with the reason (CRYPTO_WHY
	 * bytes); nothing works then, as if not built in.
	 */
	int (*check)(char *ret_why);
	/** Whether this digest or cipher works here (asked, not assumed). */
	bool (*has_mac)(enum crypto_mac mac);
	/**
	 * NTP's message authentication: hash(key || data) for digests, CMAC for ciphers (RFC 5905,
	 * RFC 8573). Returns the length written, -ENOTSUP, or -EINVAL for a key of a wrong length.
	 */
	int (*mac)(
		enum crypto_mac mac, struct span key, struct span data, uint8_t *ret, size_t room);

	/*
	 * Authenticated encryption. A nonce must be fresh for each sealing with a key; SIV takes
	 * any length (an empty one is left out, RFC 5297 6), GCM-SIV takes 12 bytes only. Buffers
	 * must not overlap.
	 */

	/**
	 * Makes a cipher of this algorithm, perhaps with CRYPTO_AEAD_BY_LIBRARY, that has no key
	 * yet: until aead_rekey(), sealing and opening give -EINVAL. Returns 0, -ENOTSUP when the
	 * library has no such algorithm, or -ENOMEM.
	 */
	int (*aead_create)(uint16_t number, struct aead **ret);
	/** Gives it a key, without allocating. Returns 0 or -EINVAL: not the length of its keys. */
	int (*aead_rekey)(struct aead *a, struct span key);
	/**
	 * Seals plain together with the associated data ad, which is not encrypted. Returns the
	 * length written, plain.n + CRYPTO_AEAD_TAG; -ENOSPC, or -EINVAL for a nonce that the
	 * algorithm cannot take.
	 */
	int (*aead_seal)(struct aead *a, struct span nonce, struct span ad, struct span plain,
		uint8_t *ret, size_t room);
	/**
	 * Opens what aead_seal() made. Returns the length of the plaintext; -EBADMSG when anything
	 * of key, nonce, ad or sealed is not what it was (ret then holds nothing of the plaintext);
	 * -ENOSPC or -EINVAL as above.
	 */
	int (*aead_open)(struct aead *a, struct span nonce, struct span ad, struct span sealed,
		uint8_t *ret, size_t room);
	/**
	 * Does many jobs side by side, as crypto_aead_many() has them. Returns 0, or -ENOTSUP when
	 * this cipher cannot: nothing is done then. NULL: none can.
	 */
	int (*aead_many)(struct aead *a, bool seal, struct aead_job *jobs, size_t n);
	/** Wipes and frees it. */
	void (*aead_destroy)(struct aead *a);

	/*
	 * TLS. The caller moves the bytes: what arrives is fed, what is to be sent is drained; no
	 * descriptor and no clock is touched. All members are NULL in a backend without TLS.
	 * why_: TLS_WHY bytes for a reason in words, one line, set on failure.
	 */

	/** An empty set: nobody is believed. choice: of all its sessions, NULL for none. Returns 0,
	 * -ENOMEM, or -ENOTSUP: the library has nothing of what was chosen. */
	int (*trust_create)(const struct tls_choice *choice, struct tls_trust **ret);
	/** Adds the roots of the system. Returns how many there are, 0 when the library will look
	 * each one up when it needs it, or -ENOENT when there are none. */
	int (*trust_add_system)(struct tls_trust *t);
	/**
	 * Adds all certificates of a PEM text (a file's content). Returns how many, or -EBADMSG
	 * when there is none or one cannot be read, -EFBIG over TLS_PEM_MAX, -ENOMEM; then none is
	 * added.
	 */
	int (*trust_add_pem)(struct tls_trust *t, struct span pem, char *ret_why);
	/** Lets go of it: sessions that use it keep it alive. */
	void (*trust_destroy)(struct tls_trust *t);

	/** An empty set. Arguments and results as of trust_create(). */
	int (*identity_create)(const struct tls_choice *choice, struct tls_identity **ret);
	/**
	 * Adds a certificate (with those that lead to the root, in one PEM text) and its key. The
	 * first pair is shown to clients that name no server we have. An expired one is taken: see
	 * ret_info and tls_dates_fault(). Returns 0; -EBADMSG (not to be read), -EKEYREJECTED (the
	 * key is not that of the certificate), -EFBIG, -ENOMEM; then nothing is added.
	 */
	int (*identity_add)(struct tls_identity *i, struct span certificates, struct span key,
		struct tls_certificate *ret_info, char *ret_why);
	/** Lets go of it: sessions that use it keep it alive, so it may be replaced at any time. */
	void (*identity_destroy)(struct tls_identity *i);

	/** Begins a session as client or server. Returns 0, -EINVAL (settings) or -ENOMEM. */
	int (*tls_client)(const struct tls_client_settings *s, struct tls **ret);
	int (*tls_server)(const struct tls_server_settings *s, struct tls **ret);
	/**
	 * Gives it bytes that arrived. Returns how many it took: all, as long as not more than
	 * TLS_FEED_MAX wait to be looked at and what it wants to send is drained; so call
	 * tls_step() or tls_read() until -EAGAIN, and drain, after each.
	 */
	size_t (*tls_feed)(struct tls *t, struct span bytes);
	/** Takes bytes that are to be sent. Returns how many; 0: none. Works after a failure too:
	 * the peer is to get the alert. */
	size_t (*tls_drain)(struct tls *t, uint8_t *ret, size_t room);
	/**
	 * Goes on with the handshake. Returns 0: complete; -EAGAIN: feed and drain; -EKEYREJECTED:
	 * the peer's certificate is not acceptable; -EPROTO: any other failure. A session that has
	 * failed stays so; see tls_fault() and tls_why().
	 */
	int (*tls_step)(struct tls *t);
	/** Reads plaintext. Returns how many bytes, 0: the peer said that there is no more,
	 * -EAGAIN: feed it, -EPROTO. */
	int (*tls_read)(struct tls *t, uint8_t *ret, size_t room);
	/** Encrypts all of data, to be drained. Returns 0, -EAGAIN before the handshake is
	 * complete, -EPROTO, -EFBIG over 64 KiB at once. */
	int (*tls_write)(struct tls *t, struct span data);
	/** Says to the peer that there is no more (close_notify), to be drained. */
	void (*tls_finish)(struct tls *t);
	/** Key material for others (RFC 5705, RFC 8446 7.5). Returns 0, -EAGAIN before the
	 * handshake is complete, or -EPROTO. */
	int (*tls_export)(
		struct tls *t, const char *label, struct span context, uint8_t *ret, size_t n);
	void (*tls_info)(struct tls *t, struct tls_info *ret);
	enum tls_fault (*tls_fault)(const struct tls *t);
	/** Why the session failed: one line such as "the certificate of ntp.example expired on
	 * 2024-01-31 23:59:59 UTC". Empty while it has not. */
	const char *(*tls_why)(const struct tls *t);
	/** Ends and frees it, saying nothing to the peer. */
	void (*tls_destroy)(struct tls *t);
};

/** All backends that were built, NULL-terminated; the first is the one in use (modules.c). */
extern const struct crypto_backend *const crypto_backends[];

/** Runs the RFC vectors. Returns 0, or -EBADMSG with the failing vector's name in *ret_which. */
int crypto_self_test(const struct crypto_backend *b, const char **ret_which);

/**
 * Whether a backend may be used: its vectors, or how its loading went if there was need of it.
 * Returns 0, -EBADMSG or -ELIBACC, with the reason in ret_why (CRYPTO_WHY bytes).
 */
int crypto_check(const struct crypto_backend *b, char *ret_why);

/** Name of a mac in key files ("SHA256", "AES128"), or NULL. */
const char *crypto_mac_name(enum crypto_mac mac);

/** The mac of a key file's type word (case-sensitive). Returns 0 or -ENOENT. */
int crypto_mac_from_name(const char *name, enum crypto_mac *ret);

/** Length of a mac's output in bytes. */
size_t crypto_mac_length(enum crypto_mac mac);

/** Length of an algorithm's key in bytes; 0: not one of ours. */
size_t crypto_aead_key_length(uint16_t number);

/** Length of the nonce to make for sealing, bytes (RFC 8915 5.6: 16, or all that GCM-SIV takes);
 * 0: not one of ours. */
size_t crypto_aead_nonce_length(uint16_t number);

/** Name of an algorithm as IANA has it ("AEAD_AES_SIV_CMAC_256"), or NULL. */
const char *crypto_aead_name(uint16_t number);

/** Whether an algorithm is there and gives what the RFC's vectors say. Tries it: ask once. */
bool crypto_has_aead(const struct crypto_backend *b, uint16_t number);

/**
 * Seals or opens n messages with a cipher, as one after the other, but faster where the processor
 * can: each job gets its result, and one that fails touches no other. Either all have keys of their
 * own, and a is to be given one before it is used without, or all go by the key of a. No buffer of
 * one job may overlap what another writes.
 */
void crypto_aead_many(
	const struct crypto_backend *b, struct aead *a, bool seal, struct aead_job *jobs, size_t n);

/** Those of n algorithms that are there, in their order. ret: as many places. Returns how many, or
 * -ENOMEM: that cannot be told now. */
int crypto_working_aeads(
	const struct crypto_backend *b, const uint16_t *wanted, size_t n, uint16_t *ret);

/** Whether the backend has TLS. */
bool crypto_has_tls(const struct crypto_backend *b);

/**
 * Derives n bytes (at most 255 * 32) from a secret, one way: HKDF with SHA-256 (RFC 5869).
 * info may have some 900 bytes. Returns 0, -EINVAL for what is longer, or -ENOTSUP.
 */
int crypto_hkdf(const struct crypto_backend *b, struct span salt, struct span secret,
	struct span info, uint8_t *ret, size_t n);

/** Overwrites a secret; the compiler does not leave it out. */
void crypto_wipe(void *p, size_t n);

/** TLS_EXPIRED, TLS_NOT_YET_VALID or TLS_FINE: what a certificate is at an instant. */
enum tls_fault tls_dates_fault(const struct tls_certificate *c, int64_t at_s);

/** Whole days from an instant to the end of its validity; negative when that has passed. */
int64_t tls_days_left(const struct tls_certificate *c, int64_t at_s);

#endif
