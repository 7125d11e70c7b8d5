// Files of the user: read piece by piece, so that a film takes no more memory than a letter.

import { digits } from '../core/bytes.js';
import { MAX_BYTES } from '../core/json.js';
import { Sha256 } from '../core/sha2.js';

const PIECE = 2 ** 20;

/** SHA-256 of a file in hex digits. By pieces, since Chromium's streams of files stop for ever now and then. */
export async function hashed(file) {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += PIECE) {
    hash.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
  }
  return digits(hash.digest());
}

/** The bytes of a file; of one that is too long, one byte more than a receipt may have. */
export const read = async (file) => new Uint8Array(await file.slice(0, MAX_BYTES + 1).arrayBuffer());

/** What a file that was dropped on the page is: `receipt`, `trust` or `evidence`. */
export async function sort(file) {
  if (/\.receipt\.json$/i.test(file.name)) return 'receipt';
  const start = new TextDecoder().decode(await file.slice(0, 4096).arrayBuffer()).replace(/\0/g, '');
  if (/"complaint-registry\.receipt"/.test(start)) return 'receipt';
  const isText = /^\W*(?:[{"#]|(?:log|witness|group|quorum)\b)/.test(start);
  return isText && /"(?:blocks|policy|nodes|deployment|chain_id|anchors)"|^quorum /m.test(start) ? 'trust' : 'evidence';
}
