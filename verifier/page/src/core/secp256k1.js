// secp256k1: the address that signed, and signing (RFC 6979, low s). As with every BigInt, the time that it takes
// depends on the key: nobody but the user can measure it here.

import { big, concat, keccak, word } from './bytes.js';
import { sha256 } from './sha2.js';

const P = 2n ** 256n - 2n ** 32n - 977n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const G = [
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
  1n,
];

const mod = (a, m) => ((a % m) + m) % m;

/** Points are in Jacobian coordinates; z is 0 at infinity. */
function doubled([x, y, z]) {
  const square = mod(y * y, P);
  const s = mod(4n * x * square, P);
  const m = mod(3n * x * x, P);
  const x3 = mod(m * m - 2n * s, P);
  return [x3, mod(m * (s - x3) - 8n * square * square, P), mod(2n * y * z, P)];
}

function added(one, two) {
  if (!one[2]) return two;
  if (!two[2]) return one;
  const [[x1, y1, z1], [x2, y2, z2]] = [one, two];
  const [zz1, zz2] = [mod(z1 * z1, P), mod(z2 * z2, P)];
  const [u1, u2] = [mod(x1 * zz2, P), mod(x2 * zz1, P)];
  const [s1, s2] = [mod(y1 * zz2 * z2, P), mod(y2 * zz1 * z1, P)];
  if (u1 === u2) return s1 === s2 ? doubled(one) : [0n, 1n, 0n];
  const [h, r] = [u2 - u1, s2 - s1];
  const hh = mod(h * h, P);
  const [hhh, v] = [mod(h * hh, P), mod(u1 * hh, P)];
  const x3 = mod(r * r - hhh - 2n * v, P);
  return [x3, mod(r * (v - x3) - s1 * hhh, P), mod(h * z1 * z2, P)];
}

function times(scalar, point) {
  let result = [0n, 1n, 0n];
  for (; scalar; scalar >>= 1n) {
    if (scalar & 1n) result = added(result, point);
    point = doubled(point);
  }
  return result;
}

function power(base, exponent, m) {
  let result = 1n;
  for (base = mod(base, m); exponent; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % m;
    base = (base * base) % m;
  }
  return result;
}

const inverse = (a, m) => power(a, m - 2n, m);

function affine([x, y, z]) {
  const i = inverse(z, P);
  return [mod(x * i * i, P), mod(y * i * i * i, P)];
}

const addressOf = (point) => keccak(...affine(point).map(word)).subarray(12);

/** The address whose key made the signature `r ‖ s ‖ v` of a hash, 20 bytes; null if it is no such signature. */
export function recovered(hash, signature) {
  const [r, s, v] = [big(signature.subarray(0, 32)), big(signature.subarray(32, 64)), signature[64]];
  const isSignature =
    signature.length === 65 && r > 0n && r < ORDER && s > 0n && s <= ORDER / 2n && (v === 27 || v === 28);
  if (!isSignature) return null;
  const square = mod(r * r * r + 7n, P);
  const root = power(square, (P + 1n) / 4n, P);
  if (mod(root * root, P) !== square) return null;
  const y = root % 2n === BigInt(v - 27) ? root : P - root;
  const i = inverse(r, ORDER);
  const key = added(times(mod(-big(hash) * i, ORDER), G), times(mod(s * i, ORDER), [r, y, 1n]));
  return key[2] ? addressOf(key) : null;
}

/** The address of a private key, 20 bytes; null if it is none. */
export function addressOfKey(key) {
  const secret = big(key);
  return key.length === 32 && secret > 0n && secret < ORDER ? addressOf(times(secret, G)) : null;
}

function hmac(key, ...parts) {
  const padded = (byte) => Uint8Array.from({ length: 64 }, (_, i) => (key[i] ?? 0) ^ byte);
  return sha256(concat(padded(0x5c), sha256(concat(padded(0x36), ...parts))));
}

/** `r ‖ s ‖ v`, 65 bytes. `key`: of `addressOfKey`. */
export function signed(hash, key) {
  const message = mod(big(hash), ORDER);
  let k = new Uint8Array(32);
  let v = k.map(() => 1);
  const step = (...parts) => {
    k = hmac(k, v, ...parts);
    v = hmac(k, v);
  };
  step([0], key, word(message));
  step([1], key, word(message));
  for (;;) {
    v = hmac(k, v);
    const nonce = big(v);
    if (nonce > 0n && nonce < ORDER) {
      const [x, y] = affine(times(nonce, G));
      const s = mod(inverse(nonce, ORDER) * (message + x * big(key)), ORDER);
      // Neither a zero nor an x beyond the order has ever been seen.
      if (x < ORDER && s) {
        const isHigh = s > ORDER / 2n;
        return concat(word(x), word(isHigh ? ORDER - s : s), [27 + (Number(y % 2n) ^ Number(isHigh))]);
      }
    }
    step([0]);
  }
}
