// Makes the statements about a receipt, in their order (docs/receipt.md, section 5).

import { hex, lower, min, same, word } from './bytes.js';
import { breachesDue, headsOf, idOf, NEVER, statesOf } from './links.js';
import {
  BROKEN,
  CONTRADICTED,
  CREATED,
  EVIDENCE_ANCHORED,
  hasPayload,
  KINDS,
  NONE,
  ON_HOLD,
  OPEN,
  PROVED,
  STATUSES,
  UNKNOWN,
} from './names.js';
import { delayOf, fateOf, secondsOf } from './promises.js';
import { Bad } from './rlp.js';
import { accountOf, codeHashes, complaintOf, slotOf, slotValue } from './state.js';
import { headerTrusted } from './trust.js';

/** The commitment of the filing, as far as the receipt discloses it. */
export function filedIn({ links, opened, openedPromises, promises }) {
  if (opened.has(1)) return opened.get(1).data;
  for (const [i, opening] of openedPromises) if (promises[i - 1].type === CREATED) return opening.data;
  return (links[0] ?? promises.find((promise) => promise.isEntry && promise.type === CREATED))?.data;
}

export class Judge {
  /** `files`: the SHA-256 of each evidence file, hex digits. */
  constructor(receipt, trust, files, releases) {
    Object.assign(this, { receipt, trust, files });
    this.heads = headsOf(receipt.deployment, receipt.id, receipt.links);
    this.states = statesOf(receipt.deployment, receipt.links);
    this.codes = codeHashes(receipt.deployment, releases);
    this.statements = [];
    this.blocks = [];
    this.covered = 0;
  }

  /** Adds a statement; facts that are undefined are left out. */
  say(id, verdict, code, facts = {}) {
    const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
    this.statements.push({ id, verdict, code, facts: known });
    return this.statements.at(-1);
  }

  /** The newest block that is trusted. */
  decisive() {
    return this.blocks.findLast((block) => block.isTrusted);
  }

  coveredLinks() {
    return this.receipt.links.slice(0, this.covered);
  }

  judge() {
    const { links, promises, proofs } = this.receipt;
    this.deployment();
    this.identity();
    for (const proof of proofs) this.proof(proof);
    this.covered = Math.max(0, ...this.blocks.map((block) => block.covers ?? 0));
    this.compareAnchors();
    const contents = new Map();
    for (const link of links) if (hasPayload(link.type)) contents.set(link.sequence, this.content(link));
    const fates = promises.map((promise, i) => this.say(`promise/${i + 1}`, ...fateOf(this, promise, i + 1)));
    promises.forEach((promise, i) => {
      const facts = delayOf(this, promise, i + 1, fates[i]);
      if (facts) this.say(`delay/${i + 1}`, PROVED, 'delay', facts);
    });
    this.files.forEach((digest, i) => this.file(`file/${i + 1}`, digest, contents));
  }

  deployment() {
    const expected = this.trust.deployment;
    const { deployment } = this.receipt;
    const own = { ...deployment, address: deployment.contract };
    const given = Object.keys(own).filter((name) => name in expected);
    const members = given
      .filter((name) => lower(expected[name]) !== (own[name].length ? hex(own[name]) : own[name]))
      .sort();
    if (members.length) this.say('deployment', CONTRADICTED, 'differs', { members });
    else if (given.includes('contract') || given.includes('address')) this.say('deployment', PROVED, 'as-published');
    else this.say('deployment', UNKNOWN, 'not-given');
  }

  /** Whether this filing gives the id; null if the receipt does not disclose enough. */
  givesId(created) {
    const { filing, id } = this.receipt;
    return filing && created ? same(idOf(filing, created), id) : null;
  }

  /**
   * Whether some data in the receipt gives the id. Nobody signs tracking id, salt and complainant; if anything gives the
   * id with them, they are the right ones.
   */
  showsFiling() {
    const { links, opened, promises } = this.receipt;
    return (this.isShown ??= [opened.get(1), links[0], ...promises].some((each) => this.givesId(each?.data)));
  }

  identity() {
    const matches = this.givesId(filedIn(this.receipt));
    if (matches === null) this.say('identity', UNKNOWN, 'not-disclosed');
    else if (matches) this.say('identity', PROVED, 'id-matches');
    else this.say('identity', CONTRADICTED, 'id-differs');
  }

  proof(proof) {
    const { header, isKnown, position, slots } = proof;
    if (!isKnown) return this.say(`proof/${position}`, UNKNOWN, 'unknown-kind');
    if (!header) return this.say(`proof/${position}`, BROKEN, 'header');
    const at = `@${header.number}`;
    const { verdict, code, by } = headerTrusted(header, this.receipt, this.trust);
    this.say(`header${at}`, verdict, code, { hash: header.hash, time: header.time, by });
    const block = {
      header,
      isTrusted: verdict === PROVED,
      hasKnownCode: false,
      covers: null,
      isComplete: false,
      held: null,
      heldAnchors: [],
      unanchored: new Set(),
      roles: new Map(),
    };
    this.blocks.push(block);
    let account, value;
    try {
      account = accountOf(header, this.receipt.deployment.contract, proof.account);
      value = slotValue(account, slotOf(slots[0], this.receipt.id), slots[0].nodes);
    } catch (error) {
      if (!(error instanceof Bad)) throw error;
      return this.say(`state${at}`, BROKEN, 'proof');
    }
    const codeHash = hex(account.code);
    const version = this.codes[codeHash];
    block.hasKnownCode = block.isTrusted && version !== undefined;
    if (block.hasKnownCode) {
      this.say(`code${at}`, PROVED, 'release', { version, code_hash: codeHash });
      this.state(block, value, at);
    } else {
      const reason = block.isTrusted ? 'unknown-code' : 'header-not-trusted';
      this.say(`code${at}`, UNKNOWN, reason, { code_hash: codeHash });
      this.say(`state${at}`, UNKNOWN, reason);
    }
    for (const slot of slots.slice(1)) this.slot(block, slot, account, at);
  }

  state(block, value, at) {
    const held = complaintOf(value);
    const shown = this.receipt.links.length;
    if (!value) {
      block.held = held;
      this.say(`state${at}`, PROVED, 'nothing');
      this.say(`absent${at}`, PROVED, 'absent', { time: block.header.time });
      if (!shown) {
        Object.assign(block, { covers: 0, isComplete: true });
        this.say(`complete${at}`, PROVED, 'complete', { links: 0 });
      }
      return;
    }
    if (!held.count || held.status === NONE || held.status >= STATUSES.length || held.nonce < 1) {
      this.say(`state${at}`, CONTRADICTED, 'impossible');
      return;
    }
    block.held = held;
    this.say(`state${at}`, PROVED, 'recorded', {
      head: held.head,
      event_count: held.count,
      sla_deadline: held.deadline,
      status: STATUSES[held.status],
      escalations: held.escalations,
      objections: held.objections,
    });
    if (held.count > shown) this.say(`more${at}`, PROVED, 'more', { links: held.count, shown });
    else this.history(block, at);
    this.clock(block, at);
  }

  history(block, at) {
    const { count, deadline, escalations, head, objections, status } = block.held;
    const { links } = this.receipt;
    const isComplete = count === links.length;
    const code = isComplete ? 'complete' : 'prefix';
    const state = this.states[count];
    const differ = (why) => this.say(code + at, CONTRADICTED, why, { links: count });
    if (this.heads[count] !== head) differ('links-differ');
    else if (links[count - 1].time > block.header.time) differ('later-link');
    else if (!state) differ('unlawful');
    else if (
      state.status !== status ||
      state.deadline !== deadline ||
      state.escalations !== escalations ||
      state.objections !== objections
    )
      differ('state-differs');
    else {
      Object.assign(block, { covers: count, isComplete });
      this.say(code + at, PROVED, code, { links: count });
    }
  }

  clock(block, at) {
    const { deployment } = this.receipt;
    const { deadline, escalations, status } = block.held;
    const { time } = block.header;
    const level = Math.min(escalations, deployment.max_escalation_level);
    const say = (code, facts) => this.say(`clock${at}`, PROVED, code, { level, ...facts });
    if (status !== OPEN) say(status === ON_HOLD ? 'held' : 'stopped', { seconds_left: deadline || undefined });
    else if (!deadline || deadline === NEVER) say('none');
    else if (time <= deadline) say('running', { deadline });
    else say('overdue', { since: deadline, unrecorded: breachesDue(block.held, time, deployment) });
  }

  slot(block, slot, account, at) {
    const names = {
      evidence: () => `anchored${at}/${hex(slot.data)}`,
      registry: () => `registry${at}`,
      role: () => `role${at}/${slot.role}/${hex(slot.account)}`,
    };
    const name = names[slot.of]();
    let value;
    try {
      value = slotValue(account, slotOf(slot, this.receipt.id), slot.nodes);
    } catch (error) {
      if (!(error instanceof Bad)) throw error;
      this.say(name, BROKEN, 'proof');
      return;
    }
    // Of a block about which nothing is known, nothing is said.
    if (!block.hasKnownCode) return;
    if (slot.of === 'role') {
      block.roles.set(`${slot.role}/${hex(slot.account)}`, value === 1n);
      this.say(name, PROVED, value === 1n ? 'held' : 'not-held');
    } else if (slot.of === 'registry') {
      const chain = hex(word(value).subarray(5));
      this.say(name, PROVED, 'registry', { chain, count: Number(value >> 216n) });
    } else {
      const [time, sequence] = [value, value >> 40n].map((each, i) => Number(BigInt.asUintN(i ? 24 : 40, each)));
      const said = value
        ? this.say(name, PROVED, 'anchored', { time, sequence })
        : this.say(`un${name}`, PROVED, 'unanchored');
      block.heldAnchors.push({ data: hex(slot.data), value, said });
    }
  }

  /** Anchors must be those of the links that are known to be on the chain, and no other may name such a link. */
  compareAnchors() {
    const links = new Map();
    for (const link of this.coveredLinks()) if (link.type === EVIDENCE_ANCHORED) links.set(hex(link.data), link);
    for (const { held, heldAnchors, unanchored } of this.blocks) {
      for (const { data, value, said } of heldAnchors) {
        const { sequence, time } = links.get(data) ?? {};
        const isRight =
          sequence <= held?.count
            ? value === (BigInt(sequence) << 40n) + BigInt(time)
            : !value || (min(held?.count, this.covered) < value >> 40n && value >> 40n <= held?.count);
        if (held && !isRight) Object.assign(said, { verdict: CONTRADICTED, code: 'anchor-differs' });
        else if (!value) unanchored.add(data);
      }
    }
  }

  content(link) {
    const id = `content/${link.sequence}`;
    const opening = this.receipt.opened.get(link.sequence);
    const isCovered = link.sequence <= this.covered;
    if (!opening) return this.say(id, UNKNOWN, 'not-disclosed');
    if (!same(opening.data, link.data)) return this.say(id, isCovered ? CONTRADICTED : BROKEN, 'payload-differs');
    if (!isCovered) return this.say(id, UNKNOWN, 'not-covered');
    const { occurred_at: moment, type, witnessed } = opening.payload;
    if (type !== KINDS[link.type]) return this.say(id, CONTRADICTED, 'type-differs');
    const occurred = secondsOf(moment);
    return this.say(id, PROVED, 'opened', {
      witnessed: witnessed === true,
      occurred_at: occurred === null ? undefined : moment,
      recorded_after: occurred === null ? undefined : link.time - occurred,
    });
  }

  file(id, digest, contents) {
    const { links, opened, openedPromises, promises } = this.receipt;
    const evidence = links.filter((link) => link.type === EVIDENCE_ANCHORED).map((link) => link.sequence);
    const isProved = (sequence) => contents.get(sequence).verdict === PROVED;
    const named = evidence.filter((sequence) => opened.get(sequence)?.payload.sha256 === digest);
    const link = named.find(isProved);
    const isPromised = [...openedPromises].some(
      ([i, { payload }]) => promises[i - 1].type === EVIDENCE_ANCHORED && payload.sha256 === digest,
    );
    const isKnown = evidence.every(isProved) && this.decisive()?.isComplete;
    const facts = { sha256: digest, link };
    if (link) this.say(id, PROVED, 'of-link', facts);
    else if (named.length || (isKnown && isPromised)) this.say(id, UNKNOWN, 'not-covered', facts);
    else if (isKnown) this.say(id, CONTRADICTED, 'not-recorded', facts);
    else this.say(id, UNKNOWN, 'not-disclosed', facts);
  }
}
