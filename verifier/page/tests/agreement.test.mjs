// The page and receipt.py say the same about receipts that nobody wrote a case for.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { canonical, jsonRead, Unusable } from '../src/core/json.js';
import { receiptRead } from '../src/core/shape.js';
import { trustRead } from '../src/core/trust.js';
import { verdictOn } from '../src/core/verdict.js';
import { releases } from '../releases.mjs';
import { cases, compared } from './corpus.mjs';
import { mutant, randoms } from './mutants.mjs';

const COUNT = Number(process.env.MUTANTS ?? 300);
const SEED = Number(process.env.SEED ?? 20261126);
const JUDGED = fileURLToPath(new URL('judged.py', import.meta.url));

const read = (path) => new Uint8Array(readFileSync(path));
const known = releases();
const usable = cases().flatMap((each) => {
  try {
    const json = JSON.parse(readFileSync(each.receipt, 'utf8'));
    return json.proofs ? [{ ...each, json }] : [];
  } catch {
    return [];
  }
});

const bytesOf = (json) => new TextEncoder().encode(JSON.stringify(json));

/** `receipt`, `trust`: bytes. Null if the trust can't be used. */
function ours({ receipt, trust, files, required }) {
  let given;
  try {
    given = trustRead(jsonRead(trust));
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    return null;
  }
  const digests = files.map((path) => createHash('sha256').update(read(path)).digest('hex'));
  return verdictOn({ bytes: receipt, trust: given, files: digests, required, releases: known });
}

function theirs(all) {
  const base64 = (bytes) => Buffer.from(bytes).toString('base64');
  const input = all.map((each) => ({ ...each, receipt: base64(each.receipt), trust: base64(each.trust) }));
  const { status, stdout, stderr } = spawnSync('python3', ['-I', '-S', '-X', 'utf8', JUDGED], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  assert.equal(status, 0, stderr);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, all.length);
  return lines;
}

function agree(all) {
  const lines = theirs(all);
  all.forEach((each, i) => {
    const told = ours(each);
    if (canonical(told) === lines[i]) return;
    const [one, two] = [told, JSON.parse(lines[i])].map((verdict) => verdict && compared(verdict));
    assert.deepEqual(JSON.parse(JSON.stringify(one)), two, Buffer.from(each.receipt).toString().slice(0, 2000));
  });
}

const trustOf = ({ trust }) => (trust ? read(trust) : bytesOf({}));
const choice = (random, all) => all[random(all.length)];

test(`${COUNT} changed receipts: the page and receipt.py give the same JSON`, () => {
  const random = randoms(SEED);
  const changed = Array.from({ length: COUNT }, () => {
    const each = choice(random, usable);
    const { files, required } = each;
    return { receipt: bytesOf(mutant(each.json, random)), trust: trustOf(each), files, required };
  });
  agree(changed);
});

test(`${COUNT} receipts with other characters: the page and receipt.py give the same JSON`, () => {
  const random = randoms(SEED + 2);
  const small = usable.filter(({ receipt }) => read(receipt).length < 20_000);
  const pieces = [
    '\\ud800',
    '\\udc00',
    '\\u0061',
    '\\u00',
    '\\x',
    '1e5',
    '1.0',
    '-0',
    '01',
    '-',
    '"a":1,',
    '"version":1,',
    ',',
    '"',
    '{}',
    '[',
    ']',
    'NaN',
    'null',
    'true',
    '\ufeff',
    '\u0000',
    '\u00a0',
    '\u2028',
    '\n',
    '\t',
    ' ',
    '9007199254740992',
    '9007199254740991',
    '😀',
    '\u007f',
    '__proto__',
    '"__proto__":1,',
  ];
  const changed = Array.from({ length: COUNT }, () => {
    const each = choice(random, small);
    let text = JSON.stringify(each.json);
    for (let i = 0; i <= random(2); i++) {
      // Half of the changes are at a place where a token begins.
      let at = random(text.length);
      if (random(2)) at = text.indexOf(choice(random, [',', ':', '{', '[', '"']), at) + 1;
      text = text.slice(0, at) + (random(4) ? choice(random, pieces) : '') + text.slice(at + random(3));
    }
    let receipt = Buffer.from(text);
    const encoding = random(8);
    if (encoding === 0) receipt = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(text, 'utf16le')]);
    if (encoding === 1) receipt = Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(text, 'utf16le').swap16()]);
    if (encoding === 2) receipt = Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), receipt]);
    if (encoding === 3) receipt[random(receipt.length)] = random(256);
    return { receipt, trust: trustOf(each), files: [], required: [] };
  });
  agree(changed);
});

test(`${COUNT} changed trusts: the page and receipt.py give the same JSON, or refuse both`, () => {
  const random = randoms(SEED + 3);
  const trusting = usable.filter(({ trust }) => trust);
  const changed = Array.from({ length: COUNT }, () => {
    const { json, trust, files, required } = choice(random, trusting);
    const given = JSON.parse(readFileSync(trust, 'utf8'));
    if (typeof given.policy === 'string' && random(2)) {
      const lines = given.policy.split('\n');
      lines.splice(
        random(lines.length + 1),
        random(2),
        ...(random(2)
          ? [choice(random, ['log x', 'quorum none', '# x', '\twitness', 'group g 1', ' ', choice(random, lines)])]
          : []),
      );
      given.policy = lines.join('\n');
      return { receipt: bytesOf(json), trust: bytesOf(given), files, required };
    }
    return { receipt: bytesOf(json), trust: bytesOf(mutant(given, random)), files, required };
  });
  agree(changed);
});

test(`${COUNT} changed receipts: only what is no part of a proof can be changed in one that is proved`, () => {
  const random = randoms(SEED + 1);
  const proved = usable.filter((each) => each.expected.verdict === 'PROVED');
  for (let i = 0; i < COUNT; i++) {
    const each = choice(random, proved);
    const { json, files, required } = each;
    const trust = trustOf(each);
    const changed = mutant(json, random);
    const verdict = ours({ receipt: bytesOf(changed), trust, files, required });
    if (verdict.verdict !== 'PROVED') continue;
    // The links, and the proofs of trusted blocks, are those of the receipt that was not changed.
    const original = ours({ receipt: bytesOf(json), trust, files, required });
    const isTrusted = ({ header }) =>
      verdict.statements.some((each) => each.id === `header@${header?.number}` && each.verdict === 'PROVED');
    for (const { position } of receiptRead(jsonRead(bytesOf(changed))).proofs.filter(isTrusted)) {
      assert.ok(isPart(changed.proofs[position - 1], json.proofs), 'bytes of a proof were changed, and it is proved');
    }
    if (verdict.block === original.block) assert.deepEqual(verdict.timeline, original.timeline);
  }
});

/** Whether a proof is one of `before`, perhaps without some of its slots, or with them in another order. */
function isPart({ slots, ...proof }, before) {
  const known = slots.filter((slot) => ['complaint', 'evidence', 'registry', 'role'].includes(slot.of));
  return before.some(
    ({ slots: others, ...each }) =>
      isDeepStrictEqual(proof, each) && known.every((slot) => others.some((other) => isDeepStrictEqual(slot, other))),
  );
}
