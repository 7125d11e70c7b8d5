// The hash chain of a complaint, its lifecycle and its clock (docs/specification.md, 2.2 and 2.4).

import { hex, keccak, left, min, right, utf8, word, big } from './bytes.js';
import {
  CLOSED,
  ESCALATED,
  EVIDENCE_ANCHORED,
  isByClock,
  NONE,
  OBJECTED,
  ON_HOLD,
  OPEN,
  RESOLVED,
  SLA_DEADLINE_SET,
} from './names.js';

/** Where arithmetic on deadlines saturates; such a deadline is never due. */
export const NEVER = 2 ** 32 - 1;
const MAX_SLA = 3650 * 86_400;
const MAX_COUNT = 255;

const UNRESOLVED = [OPEN, ON_HOLD];
const NOT_CLOSED = [...UNRESOLVED, RESOLVED];
const ANY = [...NOT_CLOSED, CLOSED];
// For each kind, the statuses that allow it, and the status after it (missing: the same).
const MOVES = [
  [[NONE], OPEN],
  [UNRESOLVED],
  [UNRESOLVED],
  [NOT_CLOSED],
  [UNRESOLVED, RESOLVED],
  [UNRESOLVED, RESOLVED],
  [NOT_CLOSED, CLOSED],
  [[RESOLVED, CLOSED], OPEN],
  [NOT_CLOSED],
  [[OPEN]],
  [[OPEN], ON_HOLD],
  [[ON_HOLD], OPEN],
  [[OPEN]],
  [ANY],
  [ANY],
  [ANY],
];

/** The head before the first link and after each, as `0x` hex. */
export function headsOf(deployment, id, links) {
  let head = deployment.genesis;
  const heads = [hex(head)];
  for (const { sequence, type, actor, time, data } of links) {
    head = keccak(right(head), id, word(sequence), word(type), left(actor), word(time), data).subarray(0, 22);
    heads.push(hex(head));
  }
  return heads;
}

/** The state before the first link and after each, up to the first link that the contract would not have written. */
export function statesOf(deployment, links) {
  const states = [{ status: NONE, deadline: 0, escalations: 0, objections: 0 }];
  const anchored = new Set();
  let time = 0;
  for (const link of links) {
    const following = link.time < time ? null : after(states.at(-1), link, deployment);
    const evidence = link.type === EVIDENCE_ANCHORED && hex(link.data);
    if (!following || anchored.has(evidence)) break;
    if (evidence) anchored.add(evidence);
    states.push(following);
    time = link.time;
  }
  return states;
}

const isMissed = (deadline, at) => deadline !== 0 && deadline !== NEVER && at > deadline;

/** The state after a link; null if the link is not lawful. */
function after(state, link, deployment) {
  const [allowed, target] = MOVES[link.type];
  if (!allowed.includes(state.status)) return null;
  const value = big(link.data);
  const isDue = state.status === OPEN && isMissed(state.deadline, link.time);
  if (isDue !== (link.type === ESCALATED)) return null;
  if (link.type === ESCALATED) {
    const next = breach(state, deployment);
    const level = BigInt(min(next.escalations, deployment.max_escalation_level));
    const expected = (level << 64n) | (BigInt(state.deadline) << 32n) | BigInt(next.deadline);
    return value === expected && next.escalations <= MAX_COUNT ? next : null;
  }
  if (link.type === OBJECTED) {
    return state.objections < MAX_COUNT ? { ...state, objections: state.objections + 1 } : null;
  }
  if (link.type === SLA_DEADLINE_SET) {
    const isInRange = value > 0n && value < BigInt(NEVER) && value <= BigInt(link.time + MAX_SLA);
    return isInRange && state.escalations < MAX_COUNT ? { ...state, deadline: Number(value) } : null;
  }
  if (target === undefined) return state;
  let deadline = state.status === NONE ? deployment.default_sla : state.deadline;
  if (deadline && state.status === OPEN) deadline = Math.max(1, deadline - link.time);
  else if (deadline && target === OPEN) deadline = min(link.time + deadline, NEVER);
  if (isByClock(link.type) && value !== BigInt(deadline)) return null;
  return { ...state, status: target, deadline };
}

function breach(state, deployment) {
  const escalations = state.escalations + 1;
  const isLast = escalations >= deployment.max_escalation_level;
  return { ...state, escalations, deadline: isLast ? 0 : min(state.deadline + deployment.escalation_interval, NEVER) };
}

/** How many links `checkAndEscalate` would write at the time `at`. */
export function breachesDue(state, at, deployment) {
  let count = 0;
  while (state.status === OPEN && isMissed(state.deadline, at) && count <= MAX_COUNT) {
    state = breach(state, deployment);
    count++;
  }
  return count;
}

/** What the id commits to, beside the complainant's address. */
export const subjectOf = ({ tracking_id, salt }, created) => keccak(keccak(salt, utf8(tracking_id)), created);

export const idOf = (filing, created) => keccak(subjectOf(filing, created), left(filing.complainant));
