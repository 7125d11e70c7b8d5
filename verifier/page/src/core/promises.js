// What became of the promises (docs/receipt.md, section 6), and the least delay that is proved.

import { hex, same } from './bytes.js';
import {
  BROKEN,
  CONTRADICTED,
  CREATED,
  EVIDENCE_ANCHORED,
  isByClock,
  isRecorders,
  PROVED,
  roleOf,
  ROLES,
  UNKNOWN,
} from './names.js';
import { recovered } from './secp256k1.js';
import { promiseDigest } from './typed.js';

const isOf = (promise) => (link) =>
  link.type === promise.type && (isByClock(link.type) || same(link.data, promise.data));

/** `promise/i`: verdict, code and facts. */
export function fateOf(judge, promise, position) {
  const { deployment, id, openedPromises } = judge.receipt;
  const opening = openedPromises.get(position);
  if (opening && !same(opening.data, promise.data)) return [BROKEN, 'opening-differs'];
  const signer = recovered(promiseDigest(deployment, id, promise), promise.signature);
  if (!signer || !same(signer, promise.signer)) return [UNKNOWN, 'signature'];
  const block = judge.decisive();
  if (!block) return [UNKNOWN, 'header-not-trusted'];
  if (!block.hasKnownCode) return [UNKNOWN, 'unknown-code'];
  return promise.isEntry ? entryFate(judge, promise, block) : acknowledgementFate(judge, promise, block);
}

function entryFate(judge, promise, block) {
  const link = judge.coveredLinks().filter((each) => isRecorders(each.type))[promise.nonce];
  const place = link && { sequence: link.sequence, time: link.time };
  const givesId = promise.type === CREATED ? judge.givesId(promise.data) : null;
  const isExchanged = givesId === false && judge.showsFiling();
  if (link && isOf(promise)(link) && !isExchanged) return [PROVED, 'kept', place];
  // Only a key with INTAKE_ROLE wrote that link, and it does not give the id, whoever signed the promise.
  if (link && givesId) return [CONTRADICTED, 'contradicted', { ...place, by_id: true }];
  const role = `${roleOf(promise.type)}/${hex(promise.signer)}`;
  if (!hadRole(judge, role, block)) return [UNKNOWN, 'role-not-shown'];
  if (isExchanged) return [CONTRADICTED, 'exchanged'];
  const isBound = promise.head.some(Boolean);
  if (link?.time > promise.time) return [PROVED, 'expired', timeOf(block)];
  if (link && isBound && hex(promise.head) !== judge.heads[link.sequence - 1]) return [UNKNOWN, 'other-head'];
  if (link) return [CONTRADICTED, 'contradicted', { ...place, by_id: false }];
  if (givesId === false) return [UNKNOWN, 'id-differs'];
  if (!block.held || block.held.nonce > promise.nonce) return [UNKNOWN, 'incomplete'];
  const isLate = block.header.time > promise.time;
  const code = block.roles.get(role) === false ? 'void' : isLate ? 'expired' : 'open';
  return [PROVED, code, timeOf(block)];
}

const timeOf = ({ header: { number, time } }) => ({ block: number, time });

function acknowledgementFate(judge, promise, block) {
  const links = judge.coveredLinks().filter(isOf(promise));
  const link = links.find((each) => each.time >= promise.time) ?? links.at(-1);
  if (link) {
    return [PROVED, 'recorded', { sequence: link.sequence, time: link.time, after: link.time - promise.time }];
  }
  if (!hadRole(judge, `${ROLES[0]}/${hex(promise.signer)}`, block)) return [UNKNOWN, 'role-not-shown'];
  if (!block.isComplete && !lacksAnchor(promise, block)) return [UNKNOWN, 'incomplete'];
  const { number, time } = block.header;
  return [PROVED, 'not-recorded', { block: number, time, since: time - promise.time }];
}

/** Whether an empty anchor shows that the evidence was not on the chain. */
const lacksAnchor = (promise, block) => promise.type === EVIDENCE_ANCHORED && block.unanchored.has(hex(promise.data));

const hadRole = (judge, role, until) =>
  judge.blocks.some((block) => block.header.number <= until.header.number && block.roles.get(role));

/** Facts of `delay/i`; null if no delay is proved. */
export function delayOf(judge, promise, position, fate) {
  const accepted = acceptedAt(judge.receipt, promise, position);
  if (fate.verdict === UNKNOWN || fate.verdict === BROKEN || accepted === null) return null;
  const missing = judge.blocks.filter((block) => wasMissing(judge, promise, block));
  const last = Math.max(...missing.map((block) => block.header.time));
  if (!(last > accepted)) return null;
  const isRecorded = fate.code === 'kept' || fate.code === 'recorded';
  return {
    accepted,
    absent_at: last,
    recorded_at: isRecorded ? fate.facts.time : undefined,
    at_least: last - accepted,
  };
}

/** When the operator accepted it, by its own clock and signature; null if that is not known. */
function acceptedAt({ opened, openedPromises }, promise, position) {
  if (!promise.isEntry) return promise.time;
  if (promise.type !== CREATED) return null;
  const opening = openedPromises.get(position) ?? opened.get(1);
  return opening && same(opening.data, promise.data) ? secondsOf(opening.payload.occurred_at) : null;
}

function wasMissing(judge, promise, block) {
  if (promise.isEntry) return block.held !== null && block.held.nonce <= promise.nonce;
  if (block.held?.count === 0 || lacksAnchor(promise, block)) return true;
  return block.covers !== null && !judge.receipt.links.slice(0, block.covers).some(isOf(promise));
}

/** Whole Unix seconds of a time as payloads have it; null for anything else. */
export function secondsOf(moment) {
  if (
    typeof moment !== 'string' ||
    !/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/.test(moment)
  ) {
    return null;
  }
  const time = new Date(moment);
  // Some dates that do not exist are read as another day; the year 0 does not exist.
  if (Number.isNaN(time.getTime()) || time.toISOString() !== moment || moment.startsWith('0000')) return null;
  return Math.floor(time.getTime() / 1000);
}
