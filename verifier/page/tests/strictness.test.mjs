// What is refused, beside what a stock library accepts.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { createMerkleProof, createMPT, verifyMPTWithMerkleProof } from '@ethereumjs/mpt';

import { hex, keccak, unhex, utf8 } from '../src/core/bytes.js';
import { jsonRead, Unusable } from '../src/core/json.js';
import { Bad, rlpRead } from '../src/core/rlp.js';
import { receiptRead } from '../src/core/shape.js';
import { accountOf, slotOf } from '../src/core/state.js';
import { trieValue } from '../src/core/trie.js';
import { cases } from './corpus.mjs';
import { randoms } from './mutants.mjs';

const refused = (bytes, code) =>
  assert.throws(
    () => jsonRead(bytes),
    (error) => error instanceof Unusable && error.code === code,
  );

for (const [condition, text] of [
  ['key_twice', '{"a":1,"a":1}'],
  ['key_twice_when_unescaped', '{"a":1,"\\u0061":1}'],
  ['number_beyond_2_53', '9007199254740992'],
  ['number_far_beyond', `1${'0'.repeat(400)}`],
  ['fraction', '1.0'],
  ['exponent', '1e2'],
  ['minus_zero', '-0'],
  ['leading_zero', '01'],
  ['lone_surrogate', '"\\ud800"'],
  ['lone_low_surrogate_in_a_key', '{"\\udc00":1}'],
  ['surrogates_in_the_wrong_order', '"\\udc00\\ud800"'],
  ['control_character', '"\u0001"'],
  ['trailing_comma', '[1,]'],
  ['something_behind', '{} {}'],
  ['space_of_another_kind', '\u00a0{}'],
  ['two_marks', '\ufeff\ufeff{}'],
  ['65_levels', '['.repeat(65) + ']'.repeat(65)],
  ['NaN', 'NaN'],
  ['empty', ''],
]) {
  test(`jsonRead__${condition}__is_refused`, () => refused(utf8(text), 'json'));
}

test('jsonRead__malformed_encoding__is_refused', () => {
  refused(Uint8Array.of(0x22, 0xc3, 0x22), 'encoding');
  refused(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 'encoding');
  refused(Uint8Array.of(0xff, 0xfe, 0x22), 'encoding');
  refused(Uint8Array.of(0xff, 0xfe, 0x22, 0, 0x00, 0xd8, 0x22, 0), 'encoding');
  refused(new Uint8Array(16 * 2 ** 20 + 1).fill(0x20), 'encoding');
});

test('jsonRead__key_that_javascript_treats_specially__is_a_key', () => {
  const value = jsonRead(utf8('{"__proto__":{"x":1},"constructor":2}'));
  assert.deepEqual(Object.keys(value), ['__proto__', 'constructor']);
  assert.equal(value.x, undefined);
});

test('jsonRead__64_levels_and_the_safe_numbers__are_read', () => {
  jsonRead(utf8('['.repeat(64) + ']'.repeat(64)));
  assert.deepEqual(jsonRead(utf8('[9007199254740991,-9007199254740991,0]')), [9007199254740991, -9007199254740991, 0]);
});

for (const [condition, bytes] of [
  ['small_byte_with_a_length', '0x8101'],
  ['long_form_for_a_short_length', '0xb801ff'],
  ['long_form_for_55', `0xb837${'ff'.repeat(55)}`],
  ['length_with_a_zero', `0xb90038${'ff'.repeat(56)}`],
  ['list_in_long_form', '0xf80101'],
  ['cut_off', '0x83ffff'],
  ['cut_off_in_the_length', '0xbf'],
  ['bytes_behind', '0x0101'],
  ['length_of_2_64', '0xbfffffffffffffffff'],
  ['empty', '0x'],
]) {
  test(`rlpRead__${condition}__is_refused`, () => assert.throws(() => rlpRead(unhex(bytes)), Bad));
}

/** Root, key and nodes of a proof of the corpus that has at least three nodes. */
function longProof() {
  for (const { receipt, expected } of cases()) {
    if (expected.verdict !== 'PROVED') continue;
    const { deployment, id, proofs } = receiptRead(jsonRead(new Uint8Array(readFileSync(receipt))));
    for (const { account, header, slots } of proofs.filter((proof) => proof.header)) {
      const slot = slots.find(({ nodes }) => nodes.length > 2);
      if (slot)
        return {
          root: accountOf(header, deployment.contract, account).storage,
          key: keccak(slotOf(slot, id)),
          nodes: slot.nodes,
        };
    }
  }
  throw new Error('no proof of the corpus has three nodes');
}

const { root, key, nodes } = longProof();

test('trieValue__the_nodes_of_a_proof__prove_one_value_here_and_in_the_library', async () => {
  const value = trieValue(root, key, nodes);
  assert.equal(hex(await stock(nodes)), hex(value));
});

/** The value by @ethereumjs/mpt; null where it says that there is none. */
async function stock(list) {
  const trie = await createMPT({ useKeyHashing: false });
  return verifyMPTWithMerkleProof(trie, root, key, list);
}

for (const [condition, changed] of [
  ['reordered', [nodes[0], ...nodes.slice(1).reverse()]],
  ['doubled', [...nodes, nodes.at(-1)]],
  ['with_one_left_over', [...nodes, unhex('0xc22080')]],
]) {
  test(`trieValue__nodes_${condition}__are_refused_though_the_library_accepts_them`, async () => {
    assert.throws(() => trieValue(root, key, changed), Bad);
    assert.equal(hex(await stock(changed)), hex(trieValue(root, key, nodes)));
  });
}

test('trieValue__tries_of_any_size__presence_and_absence_as_the_library_and_no_changed_byte', async () => {
  const random = randoms(20261126);
  for (const count of [0, 1, 2, 3, 5, 17, 60, 300]) {
    // Keys that share long beginnings, and values of one byte: extensions and embedded nodes.
    const keyOf = () => {
      const each = new Uint8Array(32).map((_, i) => (count < 20 && i < 30 ? 7 : random(256)));
      if (random(3) === 0) each[random(32)] ^= 1 + random(255);
      return each;
    };
    const trie = await createMPT({ useKeyHashing: false });
    const keys = Array.from({ length: count }, keyOf);
    const values = new Map();
    for (const each of keys) {
      const value = Uint8Array.from({ length: 1 + random(random(2) ? 2 : 33) }, () => 1 + random(255));
      values.set(hex(each), value);
      await trie.put(each, value);
    }
    for (const each of [...keys.slice(0, 30), ...Array.from({ length: 30 }, keyOf)]) {
      // The library lists embedded nodes too, which nodes of Ethereum do not.
      const all = count ? await createMerkleProof(trie, each) : [];
      const proof = all.filter((node, i) => i === 0 || node.length >= 32);
      const expected = values.get(hex(each)) ?? null;
      assert.deepEqual(trieValue(trie.root(), each, proof) ?? null, expected);
      for (let i = 0; i < 4 && proof.length; i++) {
        const changed = proof.map((node) => node.slice());
        const node = changed[random(changed.length)];
        node[random(node.length)] ^= 1 << random(8);
        assert.throws(() => trieValue(trie.root(), each, changed), Bad);
      }
      if (proof.length) assert.throws(() => trieValue(trie.root(), each, proof.slice(0, -1)), Bad);
    }
  }
});
