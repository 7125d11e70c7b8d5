// Files of the user: read as a stream, so that a film takes no more memory than a letter.

import { digits } from '../core/bytes.js';
import { MAX_BYTES } from '../core/json.js';
import { Sha256 } from '../core/sha2.js';

const PIECE = 2 ** 20;

/** SHA-256 of a file in hex digits. */
export async function hashed(file) {
  const hash = new Sha256();
  let reader;
  let read;
  try {
    // One buffer for all of it. Some browsers can't, and Chromium's first read then waits for ever now and then.
    reader = file.stream().getReader({ mode: 'byob' });
    read = await Promise.race([reader.read(new Uint8Array(PIECE)), new Promise((done) => setTimeout(done, 1000))]);
  } catch {}
  if (!read) {
    reader = file.stream().getReader();
    read = await reader.read();
  }
  for (; !read.done; read = await reader.read(new Uint8Array(read.value.buffer))) hash.update(read.value);
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
