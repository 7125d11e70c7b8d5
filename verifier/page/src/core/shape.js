// The format of a receipt (docs/receipt.md, section 2): from JSON to values whose form is right.

import { isObject, jcs, Unusable } from './json.js';
import { big, keccak, unhex } from './bytes.js';
import { NEVER } from './links.js';
import { CREATED, isByClock, isRecorders, ROLES, UNKNOWN } from './names.js';
import { Bad } from './rlp.js';
import { headerRead } from './state.js';

export const FORMAT = 'complaint-registry.receipt';
const REQUIRED = ['format', 'version', 'critical', 'deployment', 'complaint', 'links', 'proofs'];
const OPTIONAL = ['promises', 'headers', 'openings'];
const SAFE = 2 ** 53 - 1;
/** The latest time, at which nothing ever expires. */
export const FOREVER = 2 ** 40 - 1;
const UINT24 = 2 ** 24 - 1;

const refuse = (at) => {
  throw new Unusable('shape', at);
};

export const object = (value, at) => (isObject(value) ? value : refuse(at));

/** An object that has these members, and no others but the optional ones. */
export function closed(value, at, required, optional = []) {
  object(value, at);
  for (const name of Object.keys(value)) {
    if (!required.includes(name) && !optional.includes(name)) refuse(`${at}/${name}`);
  }
  for (const name of required) if (!(name in value)) refuse(`${at}/${name}`);
  return value;
}

export const list = (value, at, most) => (Array.isArray(value) && value.length <= most ? value : refuse(at));

export const text = (value, at) => (typeof value === 'string' ? value : refuse(at));

/** The member `name` of the object at `at`: an integer in a range. */
export function number(value, at, name, low, high) {
  const found = value[name];
  return Number.isInteger(found) && low <= found && found <= high ? found : refuse(`${at}/${name}`);
}

/** The member `name` of the object or array at `at`: bytes, `low` to `high` of them. */
export function bytes(value, at, name, low, high = low) {
  const found = value[name];
  const isHex = typeof found === 'string' && /^0x(?:[0-9a-f]{2})*$/.test(found);
  if (!isHex || found.length / 2 - 1 < low || found.length / 2 - 1 > high) refuse(`${at}/${name}`);
  return unhex(found);
}

/** The member `name` of the object at `at`: an array of bytes. */
const nodes = (value, at, name, most = 64, shortest = 1, longest = 1024) =>
  list(value[name], `${at}/${name}`, most).map((_, i) => bytes(value[name], `${at}/${name}`, i, shortest, longest));

const LONGEST_HEADER = 4096;

/** The receipt in a value of `jsonRead`. Throws `Unusable`. */
export function receiptRead(value) {
  const ignored = outer(value);
  const receipt = {
    deployment: deploymentRead(value.deployment),
    id: bytes(closed(value.complaint, 'complaint', ['id']), 'complaint', 'id', 32),
    links: list(value.links, 'links', UINT24).map(linkRead),
    proofs: proofsRead(value.proofs, ignored),
    promises: list(value.promises ?? [], 'promises', 1_000).map((each, i) => promiseRead(each, `promises/${i}`)),
    attestations: [],
    ignored,
  };
  list(value.headers ?? [], 'headers', 256).forEach((each, i) => {
    const attestation = attestationRead(each, `headers/${i}`);
    if (attestation) receipt.attestations.push(attestation);
    else ignored.push(`headers/${i + 1}`);
  });
  return Object.assign(receipt, openingsRead(value.openings, receipt));
}

/** Checks the outermost object; the names of the members that are ignored. */
function outer(value) {
  object(value, '');
  if (value.format !== FORMAT) throw new Unusable('format', 'format');
  if (Number.isInteger(value.version) && value.version !== 1) throw new Unusable('newer-version', 'version', UNKNOWN);
  const known = [...REQUIRED, ...OPTIONAL];
  const critical = list(value.critical, 'critical', 64).map((each, i) => text(each, `critical/${i}`));
  if (critical.some((name) => !known.includes(name))) throw new Unusable('unknown-critical', 'critical', UNKNOWN);
  for (const name of REQUIRED) if (!(name in value)) refuse(name);
  for (const name of OPTIONAL) if (value[name] === null) refuse(name);
  if (value.version !== 1) refuse('version');
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .sort();
}

function deploymentRead(value) {
  const at = 'deployment';
  closed(value, at, ['chain_id', 'contract', 'genesis', 'default_sla', 'escalation_interval', 'max_escalation_level']);
  return {
    chain_id: number(value, at, 'chain_id', 1, SAFE),
    contract: bytes(value, at, 'contract', 20),
    genesis: bytes(value, at, 'genesis', 22),
    default_sla: number(value, at, 'default_sla', 0, NEVER),
    escalation_interval: number(value, at, 'escalation_interval', 0, NEVER),
    max_escalation_level: number(value, at, 'max_escalation_level', 0, 255),
  };
}

function linkRead(value, index) {
  const at = `links/${index}`;
  closed(value, at, ['sequence', 'type', 'actor', 'time', 'data']);
  return {
    sequence: number(value, at, 'sequence', index + 1, index + 1),
    type: number(value, at, 'type', 0, 15),
    actor: bytes(value, at, 'actor', 20),
    time: number(value, at, 'time', 0, FOREVER),
    data: bytes(value, at, 'data', 32),
  };
}

function proofsRead(value, ignored) {
  const proofs = list(value, 'proofs', 64).map((each, i) => proofRead(each, i, ignored));
  const numbers = proofs.filter((proof) => proof.header).map((proof) => proof.header.number);
  return numbers.some((each, i) => i > 0 && each <= numbers[i - 1]) ? refuse('proofs') : proofs;
}

function proofRead(value, index, ignored) {
  const at = `proofs/${index}`;
  const unknown = { position: index + 1, isKnown: false };
  if (text(object(value, at).kind, `${at}/kind`) !== 'mpt') return unknown;
  if (text(object(value.block, `${at}/block`).kind, `${at}/block/kind`) !== 'rlp-keccak') return unknown;
  closed(value, at, ['kind', 'block', 'account', 'slots']);
  closed(value.block, `${at}/block`, ['kind', 'header']);
  const raw = bytes(value.block, `${at}/block`, 'header', 1, LONGEST_HEADER);
  const account = nodes(value, at, 'account');
  const slots = list(value.slots, `${at}/slots`, 256).map((each, i) => slotRead(each, `${at}/slots/${i}`));
  const names = slots.filter((slot) => slot.name).map((slot) => slot.name);
  if (slots[0]?.of !== 'complaint' || new Set(names).size !== names.length) refuse(`${at}/slots`);
  slots.forEach((slot, i) => slot.name || ignored.push(`proof/${index + 1}/slot/${i + 1}`));
  const proof = { position: index + 1, isKnown: true, account, slots: slots.filter((slot) => slot.name), header: null };
  try {
    proof.header = headerRead(raw);
  } catch (error) {
    if (!(error instanceof Bad)) throw error;
  }
  return proof;
}

const SLOTS = { complaint: [], evidence: ['data'], registry: [], role: ['role', 'account'] };

/** `name` tells slots apart; an unknown kind has none. */
function slotRead(value, at) {
  const of = text(object(value, at).of, `${at}/of`);
  if (!Object.hasOwn(SLOTS, of)) return { of };
  closed(value, at, ['of', ...SLOTS[of], 'nodes']);
  const slot = { of, name: [of, ...SLOTS[of].map((name) => value[name])].join('/'), nodes: nodes(value, at, 'nodes') };
  if (of === 'evidence') slot.data = bytes(value, at, 'data', 32);
  if (of === 'role') {
    slot.role = ROLES.includes(value.role) ? value.role : refuse(`${at}/role`);
    slot.account = bytes(value, at, 'account', 20);
  }
  return slot;
}

/** `signer` is the actor of an entry; `time` is `valid_until` of an entry, otherwise `accepted_at`. */
function promiseRead(value, at) {
  const kind = text(object(value, at).kind, `${at}/kind`);
  const isEntry = kind === 'entry';
  if (!isEntry && kind !== 'acknowledgement') refuse(`${at}/kind`);
  const [signer, time] = isEntry ? ['actor', 'valid_until'] : ['signer', 'accepted_at'];
  closed(value, at, ['kind', 'type', 'data', 'signature', signer, time, ...(isEntry ? ['nonce', 'head'] : [])]);
  const promise = {
    isEntry,
    type: number(value, at, 'type', 0, 15),
    data: bytes(value, at, 'data', 32),
    signer: bytes(value, at, signer, 20),
    time: number(value, at, time, 0, FOREVER),
    signature: bytes(value, at, 'signature', 1, 1024),
    nonce: isEntry ? number(value, at, 'nonce', 0, UINT24) : 0,
    head: isEntry ? bytes(value, at, 'head', 22) : null,
  };
  // What no contract accepts as an entry, whoever signs it: so nothing can be contradicted by it either.
  const { data, nonce, type } = promise;
  const isNone = !isRecorders(type) || (isByClock(type) && big(data)) || (type === CREATED && nonce);
  return isEntry && isNone ? refuse(at) : promise;
}

/** Null for an unknown type. */
function attestationRead(value, at) {
  const type = text(object(value, at).type, `${at}/type`);
  const members = {
    signed: ['note'],
    ancestor: ['headers'],
    era: ['slot', 'branch', 'body'],
    history: ['header', 'account', 'nodes'],
  };
  if (!Object.hasOwn(members, type)) return null;
  closed(value, at, ['block', 'type', ...members[type]]);
  bytes(value, at, 'block', 32);
  const found = { type, block: value.block };
  if (type === 'signed') {
    found.note = text(value.note, `${at}/note`);
    if ([...found.note].length > 65_536) refuse(`${at}/note`);
  } else if (type === 'ancestor') {
    found.headers = nodes(value, at, 'headers', 256, 1, LONGEST_HEADER);
    if (!found.headers.length) refuse(`${at}/headers`);
  } else if (type === 'era') {
    found.slot = number(value, at, 'slot', 0, SAFE);
    for (const name of ['branch', 'body']) found[name] = nodes(value, at, name, 64, 32, 32);
  } else {
    found.header = bytes(value, at, 'header', 1, LONGEST_HEADER);
    found.account = nodes(value, at, 'account');
    found.nodes = nodes(value, at, 'nodes');
  }
  return found;
}

const FILING = ['tracking_id', 'salt', 'complainant'];

/** `filing`: tracking id, salt and complainant, or null. `opened`, `openedPromises`: what is opened, by number. */
function openingsRead(value = {}, { links, promises }) {
  closed(value, 'openings', [], [...FILING, 'links', 'promises']);
  const given = FILING.filter((name) => name in value).length;
  if (given % 3) refuse('openings');
  let filing = null;
  if (given) {
    const length = [...text(value.tracking_id, 'openings/tracking_id')].length;
    if (length < 1 || length > 256) refuse('openings/tracking_id');
    filing = {
      tracking_id: value.tracking_id,
      salt: bytes(value, 'openings', 'salt', 32),
      complainant: bytes(value, 'openings', 'complainant', 20),
    };
  }
  return {
    filing,
    opened: opened('links' in value ? value.links : {}, 'openings/links', links.length),
    openedPromises: opened('promises' in value ? value.promises : {}, 'openings/promises', promises.length),
  };
}

function opened(value, at, most) {
  const found = new Map();
  for (const key of Object.keys(object(value, at))) {
    const place = `${at}/${key}`;
    if (!/^[1-9][0-9]{0,7}$/.test(key) || Number(key) > most) refuse(place);
    const { payload } = closed(value[key], place, ['salt', 'payload']);
    object(payload, `${place}/payload`);
    const data = keccak(bytes(value[key], place, 'salt', 32), jcs(payload));
    found.set(Number(key), { payload, data });
  }
  return new Map([...found].sort(([one], [two]) => one - two));
}
