// EIP-712 digests of what operators and complainants sign.

import { keccak, left, right, unhex, utf8, word } from './bytes.js';
import { domainSeparator } from './state.js';

const ENTRY =
  'Entry(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 eventType,uint24 nonce,bytes22 head,address actor,uint40 validUntil)';
const ACKNOWLEDGEMENT =
  'Acknowledgement(bytes22 genesis,bytes32 complaintId,uint8 eventType,bytes32 data,uint40 acceptedAt)';
const OBJECTION = 'Objection(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 number)';

const digest = (deployment, type, ...words) =>
  keccak(unhex('0x1901'), domainSeparator(deployment), keccak(keccak(utf8(type)), right(deployment.genesis), ...words));

/** The 32 bytes that a promise signs. */
export function promiseDigest(deployment, id, { data, head, isEntry, nonce, signer, time, type }) {
  if (!isEntry) return digest(deployment, ACKNOWLEDGEMENT, id, word(type), data, word(time));
  return digest(deployment, ENTRY, id, data, word(type), word(nonce), right(head), left(signer), word(time));
}

/** The 32 bytes that a complainant signs. */
export const objectionDigest = (deployment, id, data, number) => digest(deployment, OBJECTION, id, data, word(number));
