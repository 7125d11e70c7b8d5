// Checks what the server answers to a filing, and makes the file that its complainant keeps.

import { hex, keccak, lower, same, unhex } from '../core/bytes.js';
import { jcs } from '../core/json.js';
import { keyFile } from '../core/key.js';
import { idOf } from '../core/links.js';
import { KINDS } from '../core/names.js';
import { recovered } from '../core/secp256k1.js';
import { FOREVER, FORMAT, receiptRead } from '../core/shape.js';
import { promiseDigest } from '../core/typed.js';

export const FIELDS = { issue_title: 200, location: 200, issue_description: 10_000 };
const DEPLOYMENT = ['chain_id', 'contract', 'genesis', 'default_sla', 'escalation_interval', 'max_escalation_level'];

/** Bytes of `0x` hex. Throws for anything else. */
function bytesOf(text, length) {
  const value = lower(text);
  if (!/^0x(?:[0-9a-f]{2})*$/.test(value) || value.length !== 2 + 2 * length) throw new TypeError();
  return unhex(value);
}

/** Codes of what is wrong with the answer to the filing of `draft` with the key of `address`; none if it is right. */
export function problemsOf(answer, { address, draft }) {
  try {
    const { created } = answer;
    const data = bytesOf(created.data, 32);
    const problems = [];
    const { changes, type } = created.payload;
    const isOwn = (name) => changes[name][0] === null && changes[name][1] === draft[name];
    if (type !== 'CREATED' || !Object.keys(FIELDS).every(isOwn)) problems.push('payload');
    if (!same(keccak(bytesOf(created.salt, 32), jcs(created.payload)), data)) problems.push('data');
    if (!same(idOf(filingOf(answer, address), data), bytesOf(answer.complaint_id, 32))) problems.push('id');
    if (answer.promise !== null) problems.push(...promiseProblems(answer, data));
    return problems;
  } catch {
    return ['shape'];
  }
}

/** What the id stands for, beside the filing. */
export const filingOf = (answer, address) => ({
  tracking_id: answer.tracking_id,
  salt: bytesOf(answer.complaint_salt, 32),
  complainant: bytesOf(address, 20),
});

function promiseProblems(answer, data) {
  const { promise } = answer;
  const signed = promiseRead(promise);
  const isAbout =
    promise.type === 'entry' &&
    promise.event_type === KINDS[0] &&
    lower(promise.complaint_id) === lower(answer.complaint_id) &&
    same(signed.data, data) &&
    signed.nonce === 0 &&
    signed.time === FOREVER &&
    signed.head.every((byte) => byte === 0);
  const signer = recovered(
    promiseDigest(deploymentPromised(promise), bytesOf(answer.complaint_id, 32), signed),
    signed.signature,
  );
  return [...(isAbout ? [] : ['promise']), ...(signer && same(signer, signed.signer) ? [] : ['signature'])];
}

/** As `promiseDigest` takes it. */
function promiseRead(promise) {
  if (!Number.isInteger(promise.nonce) || !Number.isInteger(promise.valid_until)) throw new TypeError();
  return {
    isEntry: true,
    type: 0,
    data: bytesOf(promise.data, 32),
    signer: bytesOf(promise.actor, 20),
    time: promise.valid_until,
    signature: bytesOf(promise.signature, 65),
    nonce: promise.nonce,
    head: bytesOf(promise.head, 22),
  };
}

/** The deployment for which a promise is signed. */
function deploymentPromised({ typed_data: { domain, message } }) {
  if (!Number.isSafeInteger(domain.chainId)) throw new TypeError();
  return {
    chain_id: domain.chainId,
    contract: bytesOf(domain.verifyingContract, 20),
    genesis: bytesOf(message.genesis, 22),
  };
}

/** The receipt of a filing of which nothing is proved yet. `trail`: the audit trail, which names the deployment. */
export function receiptPromised(answer, address, trail) {
  const { promise, created } = answer;
  const deployment = Object.fromEntries(DEPLOYMENT.map((name) => [name, trail[name]]));
  deployment.contract = lower(deployment.contract);
  const promises = promise ? [entryOf(promise)] : [];
  const opening = { salt: created.salt, payload: created.payload };
  const receipt = {
    format: FORMAT,
    version: 1,
    critical: [],
    deployment,
    complaint: { id: answer.complaint_id },
    links: [],
    proofs: [],
    promises,
    headers: [],
    openings: {
      tracking_id: answer.tracking_id,
      salt: answer.complaint_salt,
      complainant: address,
      links: {},
      promises: promise ? { 1: opening } : {},
    },
  };
  // Without a promise nothing in a receipt can hold the opening; this member is for its owner.
  if (!promise) receipt.created = created;
  receiptRead(receipt);
  return receipt;
}

const entryOf = (promise) => ({
  kind: 'entry',
  type: 0,
  data: lower(promise.data),
  nonce: promise.nonce,
  head: lower(promise.head),
  actor: lower(promise.actor),
  valid_until: promise.valid_until,
  signature: lower(promise.signature),
});

/** The server's receipt with the promise that it gave before; null if it is not a receipt of this filing. */
export function receiptServed(receipt, answer, address) {
  try {
    const { id, filing } = receiptRead(receipt);
    const own = filingOf(answer, address);
    const isOwn =
      hex(id) === lower(answer.complaint_id) &&
      filing.tracking_id === own.tracking_id &&
      same(filing.salt, own.salt) &&
      same(filing.complainant, own.complainant);
    if (!isOwn) return null;
    const { promise } = answer;
    const promises = receipt.promises ?? [];
    const isThere = !promise || promises.some((each) => each.signature === lower(promise.signature));
    return isThere ? receipt : { ...receipt, promises: [...promises, entryOf(promise)] };
  } catch {
    return null;
  }
}

/** The file to keep: a receipt, with the key as a member that verifiers ignore. */
export const withKey = (receipt, { address, private_key }) => ({
  ...receipt,
  complainant_key: keyFile(address, private_key),
});
