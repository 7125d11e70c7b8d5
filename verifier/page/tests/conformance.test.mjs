import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { jsonRead, Unusable } from '../src/core/json.js';
import { trustRead } from '../src/core/trust.js';
import { EXITS, verdictOn } from '../src/core/verdict.js';
import { releases } from '../releases.mjs';
import { badTrusts, cases, compared } from './corpus.mjs';

const CLI = fileURLToPath(new URL('../cli.mjs', import.meta.url));
const read = (path) => new Uint8Array(readFileSync(path));
const all = cases();

test('the corpus has cases of all four verdicts', () => {
  for (const word of Object.keys(EXITS))
    assert.ok(
      all.some(({ name }) => name.endsWith(`_${word.toLowerCase()}`)),
      word,
    );
});

for (const { name, receipt, trust, files, required, expected } of all) {
  test(name, () => {
    const verdict = verdictOn({
      bytes: read(receipt),
      trust: trustRead(trust ? jsonRead(read(trust)) : {}),
      files: files.map((path) => createHash('sha256').update(read(path)).digest('hex')),
      required,
      releases: releases(),
    });
    const json = JSON.parse(JSON.stringify(verdict));
    assert.deepEqual(compared(json), compared(expected));
    assert.ok(name.endsWith(`_${verdict.verdict.toLowerCase()}`));
  });
}

test('trust_read__each_bad_trust_of_the_corpus__is_refused', () => {
  const all = badTrusts();
  assert.ok(all.length > 5);
  for (const path of all) assert.throws(() => trustRead(jsonRead(read(path))), Unusable, path);
});

test('cli__a_case_by_the_protocol__prints_the_verdict_and_exits_with_its_status', () => {
  const run = (...words) => spawnSync('node', [CLI, 'verify', ...words], { encoding: 'utf8' });
  for (const { receipt, trust, files, expected } of ['every_kind_of_link_proved', 'links_withheld_unknown'].map(
    (name) => all.find((each) => each.name === name),
  )) {
    const { status, stdout } = run(receipt, '--json', '--trust', trust, ...files.flatMap((file) => ['--file', file]));
    assert.equal(status, expected.exit);
    assert.deepEqual(compared(JSON.parse(stdout)), compared(expected));
    assert.ok(stdout.endsWith('}\n'));
  }
  const wrong = run(all[0].receipt, '--json', '--trust', all[0].receipt);
  assert.deepEqual([wrong.status, wrong.stdout], [2, '']);
});
