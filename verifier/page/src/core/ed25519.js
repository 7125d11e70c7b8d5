// Ed25519, verification only (RFC 8032, cofactorless, canonical points and scalars). Nothing here is secret.

import { big, concat } from './bytes.js';
import { sha512 } from './sha2.js';

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const mod = (a) => ((a % P) + P) % P;

function power(base, exponent) {
  let result = 1n;
  for (base = mod(base); exponent; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  return result;
}

const inverse = (a) => power(a, P - 2n);
const D = mod(-121665n * inverse(121666n));
const ROOT = power(2n, (P - 1n) / 4n);

const little = (bytes) => big(bytes.slice().reverse());

/** The point of a canonical encoding as x, y, z, t; null for any other. */
function pointOf(y, sign) {
  if (y >= P) return null;
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if ((x * x) % P !== square) x = (x * ROOT) % P;
  if ((x * x) % P !== square || (!x && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, (x * y) % P];
}

function decoded(bytes) {
  const value = little(bytes);
  return pointOf(value & (2n ** 255n - 1n), value >> 255n);
}

function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function times(scalar, point) {
  let result = [0n, 1n, 1n, 0n];
  for (; scalar; scalar >>= 1n) {
    if (scalar & 1n) result = add(result, point);
    point = add(point, point);
  }
  return result;
}

const BASE = pointOf(mod(4n * inverse(5n)), 0n);

/** Whether `signature` (64 bytes) over `message` is by the key (32 bytes). */
export function ed25519Holds(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const [r, s] = [signature.subarray(0, 32), little(signature.subarray(32))];
  const [point, commitment] = [decoded(key), decoded(r)];
  if (!point || !commitment || s >= ORDER) return false;
  const h = little(sha512(concat(r, key, message))) % ORDER;
  const [x1, y1, z1] = times(s, BASE);
  const [x2, y2, z2] = add(commitment, times(h, point));
  return mod(x1 * z2 - x2 * z1) === 0n && mod(y1 * z2 - y2 * z1) === 0n;
}
