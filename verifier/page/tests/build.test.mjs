// The built file: what it is made of, and that anybody who builds it gets the same bytes.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { page } from '../build.mjs';
import { TEXTS } from '../src/texts.js';

const built = await page();
const committed = readFileSync(new URL('../../verify.html', import.meta.url), 'utf8');
const part = (name) => new RegExp(`<${name}>([^]*?)</${name}>`).exec(built)[1];
const markup = built.replace(/<script>[^]*<\/script>/, '').replace(/<style>[^]*<\/style>/, '');

test('page__built_twice__is_the_committed_file', async () => {
  assert.equal(await page(), built);
  assert.ok(built === committed, 'verifier/verify.html is not what its sources give: run `make page`');
});

test('page__built__is_smaller_than_80_kB', () =>
  assert.ok(Buffer.byteLength(built) < 80_000, `${Buffer.byteLength(built)} bytes`));

test('page__built__allows_its_own_script_and_style_by_hash_and_nothing_else', () => {
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const [, policy] = /http-equiv=Content-Security-Policy content="([^"]*)"/.exec(markup);
  assert.deepEqual(policy.split('; '), [
    "default-src 'none'",
    `script-src ${hash(part('script'))}`,
    `style-src ${hash(part('style'))}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
  assert.ok(built.indexOf('Content-Security-Policy') < built.indexOf('<style>'));
  assert.equal(built.match(/<script/g).length, 1);
  assert.doesNotMatch(markup, /\s(?:on\w+|style)=|javascript:/i);
  assert.doesNotMatch(markup, /\s(?:src|href|action|srcset|data|poster|ping)=(?!"data:,")/i);
});

test('page__built__has_no_code_that_opens_a_connection_or_makes_markup_of_text', () => {
  const script = part('script');
  assert.doesNotMatch(
    script,
    /\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|RTCPeerConnection|WebTransport|importScripts|Worker)\b/,
  );
  assert.doesNotMatch(
    script,
    /\bimport\(|\beval\(|\bFunction\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|setHTML/,
  );
  assert.doesNotMatch(script, /localStorage|sessionStorage|indexedDB|document\.cookie/);
  assert.doesNotMatch(part('style'), /url\(|@import/);
});

test('texts__each__is_there_in_both_languages_with_the_same_facts', () => {
  for (const [key, both] of Object.entries(TEXTS)) {
    assert.equal(both.length, 2, key);
    const facts = both.map((text) => (text.match(/\{[^}]*\}/g) ?? []).sort());
    assert.deepEqual(facts[0], facts[1], key);
    for (const text of both) assert.match(text, /^\S[^\n]*\S$|^\S$/, key);
  }
});

test('texts__every_verdict_and_code_of_the_specification__is_there', () => {
  const specification = readFileSync(new URL('../../../docs/receipt.md', import.meta.url), 'utf8');
  const section = (from, to) => specification.slice(specification.indexOf(from), specification.indexOf(to));
  const missing = [];
  for (const [, name, codes] of section('## 5.', '## 6.').matchAll(/^\| `(\w+)(?:[@/][^`]*)?` \| ([^|]*) \|/gm)) {
    for (const [, code] of codes.matchAll(/`([a-z-]+)`/g)) {
      // The specification names it here to say that it is a code of `proof/i`.
      if (`${name}:${code}` === 'header:header') continue;
      if (![`${name}:${code}`, code, `state:${code}`].some((key) => Object.hasOwn(TEXTS, key)))
        missing.push(`${name}:${code}`);
    }
  }
  for (const [, code] of section('## 6.', '## 7.').matchAll(/^\| `([a-z-]+)` \|/gm)) {
    if (![`promise:${code}`, code].some((key) => Object.hasOwn(TEXTS, key))) missing.push(`promise:${code}`);
  }
  assert.deepEqual(missing, []);
});
