/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Throw-away certificates and keys for tests, as PEM texts (pki.py makes them). All are valid from
 * 2020 to 2099 and signed by pki_root with pki_key as their key, unless said otherwise. Tests name
 * the instant of a check themselves: PKI_NOW.
 */
#ifndef TEST_UNIT_PKI_H
#define TEST_UNIT_PKI_H

/** 2026-11-23 09:00:00 UTC. */
#define PKI_NOW INT64_C(1795424400)

extern const char pki_root[];       /**< "Test Root" */
extern const char pki_other_root[]; /**< "Other Root" */
extern const char pki_old_root[];   /**< "Old Root", expired in 2010 */
extern const char pki_middle[];     /**< "Test Intermediate" */
extern const char pki_key[];
extern const char pki_key_b[];
extern const char pki_locked_key[]; /**< pki_key, under a password */
extern const char pki_rsa_key[];
extern const char pki_a[];             /**< a.test, *.wild.test, 192.0.2.1, 2001:db8::1 */
extern const char pki_b[];             /**< b.test; key: pki_key_b */
extern const char pki_rsa[];           /**< rsa.test; key: pki_rsa_key */
extern const char pki_chain[];         /**< c.test by pki_middle, and that */
extern const char pki_expired[];       /**< a.test, to 2020-12-31 23:59:59 */
extern const char pki_future[];        /**< a.test, from 2090-01-01 */
extern const char pki_self[];          /**< a.test, signed by itself */
extern const char pki_unknown[];       /**< a.test, by pki_other_root */
extern const char pki_unknown_chain[]; /**< likewise, and that root */
extern const char pki_old_signer[];    /**< a.test, by pki_old_root */
extern const char pki_forged[];        /**< a.test, says it is by pki_root and is not */
extern const char pki_client_only[];   /**< a.test, but not for servers */
extern const char pki_no_authority[]; /**< b.test signed by pki_a, which must not; key: pki_key_b */
extern const char pki_common_name[];  /**< cn.test as its common name only */
extern const char pki_nodes[];        /**< node1 to node16: the nodes of the simulator */

#endif
