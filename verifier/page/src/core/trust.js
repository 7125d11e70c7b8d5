// What the user trusts (docs/receipt.md, section 4), and what follows for a block header.

import { CONTRADICTED, PROVED, UNKNOWN } from './names.js';
import { hex } from './bytes.js';
import { eraRoot, periodOf } from './era.js';
import { noteSigners, policyRead } from './notes.js';
import { Bad } from './rlp.js';
import { bytes, closed, list, number, object, text } from './shape.js';
import { headerRead, historyHolds } from './state.js';
import { Unusable } from './json.js';

const SAFE = 2 ** 53 - 1;

/** The trust in a value of `jsonRead`. Throws `Unusable`. */
export function trustRead(value) {
  closed(value, 'trust', [], ['blocks', 'deployment', 'policy', 'nodes', 'anchors']);
  const trust = { blocks: new Set(), deployment: {}, policy: null, quorum: 2, answers: [], anchors: new Map() };
  if ('blocks' in value) {
    list(value.blocks, 'trust/blocks', 10_000).forEach((_, i) =>
      trust.blocks.add(hex(bytes(value.blocks, 'trust/blocks', i, 32))),
    );
  }
  if ('deployment' in value) trust.deployment = object(value.deployment, 'trust/deployment');
  if ('policy' in value) trust.policy = policyRead(text(value.policy, 'trust/policy'));
  if ('nodes' in value) nodesRead(value.nodes, trust);
  if ('anchors' in value) anchorsRead(value.anchors, trust);
  return trust;
}

function nodesRead(value, trust) {
  const at = 'trust/nodes/answers';
  closed(value, 'trust/nodes', ['quorum', 'answers']);
  trust.quorum = number(value, 'trust/nodes', 'quorum', 1, 100);
  for (const each of list(value.answers, at, 100)) {
    const { node, blocks } = closed(each, at, ['node', 'chain_id', 'finalized', 'blocks']);
    const hashes = new Map();
    for (const key of Object.keys(object(blocks, at))) {
      if (!/^(?:0|[1-9][0-9]{0,15})$/.test(key)) throw new Unusable('shape', at);
      hashes.set(Number(key), blocks[key] === null ? null : hex(bytes(blocks, at, key, 32)));
    }
    if (trust.answers.some((other) => other.node === node)) throw new Unusable('shape', at);
    trust.answers.push({
      node: text(node, at),
      chain: number(each, at, 'chain_id', 0, SAFE),
      finalized: number(each, at, 'finalized', 0, SAFE),
      hashes,
    });
  }
}

/** `trust.anchors`: the root of each period of 8,192 slots, by `chain/period`. */
function anchorsRead(value, trust) {
  const at = 'trust/anchors';
  closed(value, at, ['chain_id', 'periods'], ['source']);
  const chain = number(value, at, 'chain_id', 1, SAFE);
  for (const period of Object.keys(object(value.periods, at))) {
    if (!/^(?:0|[1-9][0-9]{0,11})$/.test(period)) throw new Unusable('shape', at);
    trust.anchors.set(`${chain}/${period}`, hex(bytes(value.periods, at, period, 32)));
  }
}

/** Whether this is a block of the chain: `verdict`, `code` and `by`, the names of those who say so. */
export function headerTrusted(header, receipt, trust) {
  const found = directly(header, receipt, trust);
  if (found.verdict === PROVED) return found;
  for (const attestation of receipt.attestations) {
    if (attestation.block !== header.hash || ['signed', 'era'].includes(attestation.type)) continue;
    const later = laterBlock(header, attestation);
    if (later && directly(later, receipt, trust).verdict === PROVED) {
      return { verdict: PROVED, code: 'ancestor', by: [later.hash] };
    }
  }
  return found;
}

function directly(header, { attestations, deployment }, { anchors, answers, blocks, policy, quorum }) {
  if (blocks.has(header.hash)) return { verdict: PROVED, code: 'given' };
  const chain = deployment.chain_id;
  const said = answers.filter(
    (each) => each.chain === chain && each.finalized >= header.number && each.hashes.has(header.number),
  );
  const agreeing = said.filter((each) => each.hashes.get(header.number) === header.hash).map((each) => each.node);
  if (answers.length && agreeing.length >= quorum) return { verdict: PROVED, code: 'rpc', by: agreeing.sort() };
  for (const { type, block, note } of policy ? attestations : []) {
    const names = type === 'signed' && block === header.hash ? noteSigners(note, policy, chain, header) : [];
    if (names.length) return { verdict: PROVED, code: 'signed', by: names };
  }
  for (const attestation of attestations.filter((each) => each.type === 'era' && each.block === header.hash)) {
    const period = periodOf(attestation.slot);
    const anchor = anchors.get(`${chain}/${period}`);
    if (anchor && eraRoot(header.hash, chain, attestation) === anchor) {
      return { verdict: PROVED, code: 'era', by: [String(period)] };
    }
  }
  const others = said.map((each) => each.hashes.get(header.number)).filter((each) => each !== header.hash);
  if (others.some((one) => others.filter((each) => each === one).length >= quorum)) {
    return { verdict: CONTRADICTED, code: 'other-block' };
  }
  return { verdict: UNKNOWN, code: 'not-trusted' };
}

/** The later block to which an attestation links `header`; null if it does not. */
function laterBlock(header, attestation) {
  try {
    if (attestation.type === 'history') {
      const later = headerRead(attestation.header);
      const { account, nodes } = attestation;
      return historyHolds(later, header.number, header.hash, account, nodes) ? later : null;
    }
    let newest = header;
    for (const raw of attestation.headers) {
      const following = headerRead(raw);
      if (following.parent !== newest.hash || following.number !== newest.number + 1) return null;
      newest = following;
    }
    return newest;
  } catch (error) {
    if (error instanceof Bad) return null;
    throw error;
  }
}
