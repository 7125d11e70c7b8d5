// An objection as a file to hand in: what `receipt.py object` and the API take.

import { concat, hex, keccak } from './bytes.js';
import { jcs, wellFormed } from './json.js';
import { subjectOf } from './links.js';
import { addressOfKey, signed } from './secp256k1.js';
import { objectionDigest, promiseDigest } from './typed.js';

export const MAX_OBJECTIONS = 255;
const MAX_TEXT = 5000;

export const isObjectionText = (text) => text.length >= 1 && [...text].length <= MAX_TEXT && wellFormed(text);

/** A new private key, 32 bytes. */
export function keyNew() {
  let secret;
  do secret = crypto.getRandomValues(new Uint8Array(32));
  while (!addressOfKey(secret));
  return secret;
}

/** `receipt`: its `deployment`, `id` and `filing`. `created`: the data of the filing. `cited`: the promises that the
 * objection refers to.
 */
export function objectionMade({ deployment, id, filing }, created, cited, secret, text, number) {
  const complainant = hex(filing.complainant);
  const payload = {
    v: 2,
    type: 'OBJECTED',
    occurred_at: new Date().toISOString(),
    by: complainant,
    witnessed: true,
    objection: text,
  };
  if (cited.length) payload.cites = [...new Set(cited.map((promise) => hex(promiseDigest(deployment, id, promise))))];
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const data = keccak(concat(salt, jcs(payload)));
  return {
    complaint_id: hex(id),
    subject: hex(subjectOf(filing, created)),
    complainant,
    data: hex(data),
    number,
    signature: hex(signed(objectionDigest(deployment, id, data, number), secret)),
    salt: hex(salt),
    payload,
  };
}
