/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The request of NTS key establishment. A server answers every fault of it with the error that RFC
 * 8915 4.1.3 has for it.
 */
#include "config.h"

#include <errno.h>

#include "daemon/wire/nts_message.h"

#define AEAD_GCM_SIV 30

int nts_request_encode(const uint16_t *aeads, size_t n, uint8_t *ret, size_t room)
{
	static const uint16_t protocols[] = {NTS_PROTOCOL_NTP4};
	struct writer w = writer_on(ret, room);
	bool gcm_siv = false;

	for (size_t i = 0; i < n; i++)
		gcm_siv = gcm_siv || aeads[i] == AEAD_GCM_SIV;
	nts_record_write_list(&w, true, NTS_RECORD_PROTOCOL, protocols, 1);
	nts_record_write_list(&w, true, NTS_RECORD_AEAD, aeads, n);
	if (gcm_siv)
		nts_record_write(&w, false, NTS_RECORD_GCM_SIV_EXPORT, (struct span){0});
	nts_record_write(&w, true, NTS_RECORD_END, (struct span){0});
	return w.bad ? -ENOSPC : (int)w.n;
}

/* A list that is there once, not empty, and of whole numbers. */
static bool take_list(struct span *io, const struct nts_record *record)
{
	if (io->n > 0 || record->body.n == 0 || record->body.n % 2 != 0)
		return false;
	*io = record->body;
	return true;
}

/* Takes one record. Returns false with the error to answer. */
static bool take(struct nts_request *io, const struct nts_record *record, enum nts_error *ret_error)
{
	*ret_error = NTS_ERROR_BAD_REQUEST;
	switch (record->type) {
	case NTS_RECORD_PROTOCOL:
		return take_list(&io->protocols, record);
	case NTS_RECORD_AEAD:
		return take_list(&io->aeads, record);
	case NTS_RECORD_ERROR:
	case NTS_RECORD_WARNING:
	case NTS_RECORD_COOKIE:
		return false;
	case NTS_RECORD_SERVER:
	case NTS_RECORD_PORT:
		/* Hints that a server may ignore (RFC 8915 4.1.7, 4.1.8). */
		return true;
	case NTS_RECORD_GCM_SIV_EXPORT:
		io->gcm_siv_export = true;
		return true;
	default:
		*ret_error = NTS_ERROR_UNKNOWN_CRITICAL;
		return !record->critical;
	}
}

int nts_request_decode(struct span message, struct nts_request *ret, enum nts_error *ret_error)
{
	struct nts_request q = {0};
	struct nts_record record;
	bool ended = false;

	while (!ended && nts_record_next(&message, &record)) {
		ended = record.type == NTS_RECORD_END;
		if (!ended && !take(&q, &record, ret_error))
			return -EBADMSG;
	}
	*ret_error = NTS_ERROR_BAD_REQUEST;
	if (!ended || record.body.n > 0 || message.n > 0 || q.protocols.n == 0)
		return -EBADMSG;
	if (nts_list_has(q.protocols, NTS_PROTOCOL_NTP4) && q.aeads.n == 0)
		return -EBADMSG;
	*ret = q;
	return 0;
}
