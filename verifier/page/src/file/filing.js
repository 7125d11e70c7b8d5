// Files a complaint so that a reload at any moment loses nothing: whatever is needed to go on is on the device before
// anything is sent, and a filing is repeated with the same Idempotency-Key.

import { digits, hex } from '../core/bytes.js';
import { addressOfKey } from '../core/secp256k1.js';
import { keyNew } from '../core/objection.js';
import { FIELDS, problemsOf, receiptPromised, receiptServed } from './answer.js';
import { asked, Refused } from './api.js';
import { filingChange } from './store.js';

// The server remembers an Idempotency-Key for a day.
const REMEMBERED = 12 * 3_600_000;
// Answers that say for sure that nothing was filed.
const NOT_FILED = [400, 403, 413, 415];

/** A new complaint with its own key, not kept yet. */
export function filingNew() {
  const secret = keyNew();
  return {
    address: hex(addressOfKey(secret)),
    private_key: hex(secret),
    idempotency_key: digits(crypto.getRandomValues(new Uint8Array(16))),
    state: 'draft',
    made_at: Date.now(),
    sent_at: null,
    draft: Object.fromEntries(Object.keys(FIELDS).map((name) => [name, ''])),
    answer: null,
    problems: [],
    objections: [],
  };
}

/** Keeps what was written, unless another open page has sent it already; what is kept then. */
export const draftKeep = (filing, draft) =>
  filingChange(filing.address, (before = filing) => (before.state === 'draft' ? { ...before, draft } : null));

/** Sends it; what is kept then. Throws `Refused` and `Unanswered`. */
export async function filingSend(filing) {
  const sent = await filingChange(filing.address, (before = filing) =>
    before.state === 'draft' ? { ...before, draft: filing.draft, state: 'sent', sent_at: Date.now() } : null,
  );
  if (sent.state !== 'sent') return sent;
  try {
    const known = Date.now() - sent.sent_at > REMEMBERED ? await filedBefore(sent) : null;
    return accepted(sent, known ?? (await posted(sent)));
  } catch (error) {
    if (error instanceof Refused && NOT_FILED.includes(error.status)) {
      await filingChange(sent.address, (before) => (before.state === 'sent' ? { ...before, state: 'draft' } : null));
    }
    throw error;
  }
}

async function posted({ address, draft, idempotency_key }) {
  const body = { ...draft, complainant_address: address };
  return (await asked('POST', '/api/reports/', { body, key: idempotency_key })).body;
}

/** The answer to an earlier filing with this key; null if there is none. */
async function filedBefore({ address, draft }) {
  let path = '/api/reports/?cursor=*&page_size=200';
  while (path) {
    const { results, next } = (await asked('GET', path)).body;
    for (const each of results) {
      if (!Object.keys(FIELDS).every((name) => each[name] === draft[name])) continue;
      const report = await reportOf(each.tracking_id);
      if (report.complainant_address?.toLowerCase() === address) return report;
    }
    // The server may know itself by another name than this page.
    path = next && new URL(next, location.href).pathname + new URL(next, location.href).search;
  }
  return null;
}

const reportOf = async (tracking_id) => (await asked('GET', `/api/reports/${encodeURIComponent(tracking_id)}/`)).body;

/** Asks for a promise that could not be signed before; what is kept then. */
export async function promiseAsk(filing) {
  const { promise, promise_reason } = await reportOf(filing.answer.tracking_id);
  return accepted(filing, { ...filing.answer, promise, promise_reason });
}

const accepted = (filing, answer) =>
  filingChange(filing.address, (before) => ({
    ...before,
    state: before.state === 'filed' ? 'filed' : 'accepted',
    answer,
    problems: problemsOf(answer, before),
  }));

/** The key was saved with the receipt. */
export const filingSaved = ({ address }) => filingChange(address, (before) => ({ ...before, state: 'filed' }));

/** The newest receipt: the server's, or as long as it has no proof, what it promised. */
export async function receiptNewest({ address, answer }) {
  const path = `/api/blockchain/reports/${encodeURIComponent(answer.tracking_id)}`;
  const served = await asked('GET', `${path}/receipt/`).catch((error) => {
    // Without a login nothing else is answered either.
    if (!(error instanceof Refused) || error.status === 401) throw error;
    return null;
  });
  const receipt = served?.status === 200 ? receiptServed(served.body, answer, address) : null;
  return receipt ?? receiptPromised(answer, address, (await asked('GET', `${path}/audit-trail/?limit=1`)).body);
}
