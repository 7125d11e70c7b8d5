// Hashes, signatures and canonical JSON beside other people's code.

import assert from 'node:assert/strict';
import { createHash, createPrivateKey, generateKeyPairSync, sign as nodeSign } from 'node:crypto';
import { test } from 'node:test';

import { keccak_256 } from '@noble/hashes/sha3.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import * as noble from '@noble/secp256k1';
import canonicalize from 'canonicalize';

import { decoded, encoded } from '../src/base85.js';
import { concat, hex, unhex, utf8 } from '../src/core/bytes.js';
import { ed25519Holds } from '../src/core/ed25519.js';
import { canonical, jsonRead } from '../src/core/json.js';
import { keccak256 } from '../src/core/keccak.js';
import { addressOfKey, recovered, signed } from '../src/core/secp256k1.js';
import { Sha256, sha512 } from '../src/core/sha2.js';
import { randoms } from './mutants.mjs';

noble.hashes.sha256 = nobleSha256;
noble.hashes.hmacSha256 = (key, message) => hmac(nobleSha256, key, message);

const random = randoms(20261126);
const bytes = (length) => Uint8Array.from({ length }, () => random(256));
const lengths = [...Array(300).keys(), 1000, 5000];
const digest = (name, data) => new Uint8Array(createHash(name).update(data).digest());

test('keccak256__any_length__as_noble', () => {
  for (const length of lengths) {
    const data = bytes(length);
    assert.deepEqual(keccak256(data), keccak_256(data), `${length} bytes`);
  }
});

test('sha256__any_length_in_any_pieces__as_node', () => {
  for (const length of lengths) {
    const data = bytes(length);
    const hash = new Sha256();
    for (let at = 0; at < length;) {
      const piece = 1 + random(200);
      hash.update(data.subarray(at, at + piece));
      at += piece;
    }
    assert.deepEqual(hash.digest(), digest('sha256', data), `${length} bytes`);
  }
});

test('sha512__any_length__as_node', () => {
  for (const length of lengths) {
    const data = bytes(length);
    assert.deepEqual(sha512(data), digest('sha512', data), `${length} bytes`);
  }
});

test('signed__any_key_and_hash__is_byte_for_byte_what_noble_signs_and_recovers', () => {
  for (let i = 0; i < 25; i++) {
    const [key, hash] = [bytes(32), i === 0 ? new Uint8Array(32).fill(255) : bytes(32)];
    const signature = signed(hash, key);
    const theirs = noble.sign(hash, key, { prehash: false, format: 'recovered' });
    assert.equal(hex(signature), hex(concat(theirs.subarray(1), [theirs[0] + 27])));
    assert.deepEqual(recovered(hash, signature), addressOfKey(key));
    const publicKey = noble.getPublicKey(key, false);
    assert.deepEqual(addressOfKey(key), keccak_256(publicKey.subarray(1)).subarray(12));
    const other = signature.slice();
    other[random(64)] ^= 1 << random(8);
    assert.notDeepEqual(recovered(hash, other), addressOfKey(key));
  }
});

test('recovered__signature_out_of_range__is_null', () => {
  const [key, hash] = [bytes(32), bytes(32)];
  const good = signed(hash, key);
  const order = unhex('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141');
  const zero = new Uint8Array(32);
  const [r, s] = [good.subarray(0, 32), good.subarray(32, 64)];
  const high = unhex(`0x${(BigInt(hex(order)) - BigInt(hex(s))).toString(16).padStart(64, '0')}`);
  const other = good[64] === 27 ? 28 : 27;
  const wrong = [
    concat(zero, s, [27]),
    concat(r, zero, [27]),
    concat(order, s, [27]),
    concat(r, order, [27]),
    concat(r, high, [other]),
    concat(r, s, [good[64] - 27]),
    concat(r, s, [29]),
    good.subarray(0, 64),
    concat(good, [0]),
  ];
  for (const signature of wrong) assert.equal(recovered(hash, signature), null, hex(signature));
});

test('addressOfKey__no_key__is_null', () => {
  for (const key of [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(31).fill(1)])
    assert.equal(addressOfKey(key), null);
});

test('ed25519Holds__signatures_of_node__and_nothing_else', () => {
  for (let i = 0; i < 8; i++) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const key = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32));
    const message = bytes(random(300));
    const signature = new Uint8Array(
      nodeSign(null, message, createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))),
    );
    assert.ok(ed25519Holds(key, message, signature));
    assert.ok(!ed25519Holds(key, concat(message, [0]), signature));
    const at = random(64);
    const changed = signature.slice();
    changed[at] ^= 1 << random(8);
    assert.ok(!ed25519Holds(key, message, changed), `byte ${at}`);
    // The same scalar plus the order of the group.
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(hex(signature.slice(32).reverse())) + order;
    const malleated = concat(signature.subarray(0, 32), unhex(`0x${s.toString(16).padStart(64, '0')}`).reverse());
    assert.ok(!ed25519Holds(key, message, malleated));
  }
});

test('canonical__numbers_texts_and_keys_of_every_plane__as_canonicalize', () => {
  const text = () =>
    String.fromCodePoint(
      ...Array.from({ length: random(6) }, () => {
        const point = [random(0x80), random(0xd800), 0xe000 + random(0x2000), 0x10000 + random(0x100000)][random(4)];
        return point;
      }),
    );
  const value = (depth) => {
    const kind = random(depth ? 7 : 5);
    if (kind === 0) return text();
    if (kind === 1) return random(2 ** 31) * (random(2) ? 1 : -1) || 0;
    if (kind < 5) return [null, true, false][kind - 2];
    const count = random(5);
    if (kind === 5) return Array.from({ length: count }, () => value(depth - 1));
    return Object.fromEntries(Array.from({ length: count }, () => [text(), value(depth - 1)]));
  };
  for (let i = 0; i < 500; i++) {
    const one = value(4);
    assert.equal(canonical(one), canonicalize(one));
    assert.equal(canonical(jsonRead(utf8(JSON.stringify(one)))), canonicalize(one));
  }
});

test('encoded__any_bytes__decode_to_themselves_and_contain_nothing_special', () => {
  for (const length of [0, 1, 2, 3, 4, 5, 100, 101]) {
    const data = bytes(length);
    assert.deepEqual(decoded(encoded(data)), data);
    assert.match(encoded(data), /^[^<>"'\\$`]*$/);
  }
});
