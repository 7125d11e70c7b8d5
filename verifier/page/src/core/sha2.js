// SHA-256, as a stream, and SHA-512 for the few hundred bytes of a signed note (FIPS 180-4).

/** The first 64 bits of the fraction of the root of each of the first `count` primes. */
function fractions(count, degree) {
  const found = [];
  for (let n = 2n; found.length < count; n++) {
    let isPrime = true;
    for (let d = 2n; d * d <= n; d++) if (n % d === 0n) isPrime = false;
    if (isPrime) found.push(BigInt.asUintN(64, root(n << (64n * degree), degree)));
  }
  return found;
}

function root(n, degree) {
  let low = 0n;
  for (let bit = 1n << 76n; bit; bit >>= 1n) if ((low + bit) ** degree <= n) low += bit;
  return low;
}

const LONG_ROUNDS = fractions(80, 3n);
const LONG_START = fractions(8, 2n);
const ROUNDS = Int32Array.from(LONG_ROUNDS.slice(0, 64), (each) => Number(each >> 32n));
const START = Int32Array.from(LONG_START, (each) => Number(each >> 32n));

/** `new Sha256().update(…).digest()` */
export class Sha256 {
  constructor() {
    this.state = START.slice();
    this.block = new Uint8Array(64);
    this.words = new Int32Array(64);
    this.length = 0;
  }

  update(bytes) {
    const { block } = this;
    let at = 0;
    while (at < bytes.length) {
      const filled = this.length % 64;
      if (!filled && bytes.length - at >= 64) {
        // Whole blocks are read where they are.
        const whole = (bytes.length - at) & -64;
        this.rounds(new DataView(bytes.buffer, bytes.byteOffset + at, whole));
        at += whole;
        this.length += whole;
        continue;
      }
      const part = bytes.subarray(at, at + 64 - filled);
      block.set(part, filled);
      at += part.length;
      this.length += part.length;
      if (this.length % 64 === 0) this.rounds(new DataView(block.buffer));
    }
    return this;
  }

  rounds(view) {
    const { state, words: w } = this;
    for (let start = 0; start < view.byteLength; start += 64) {
      for (let i = 0; i < 16; i++) w[i] = view.getInt32(start + 4 * i);
      for (let i = 16; i < 64; i++) {
        const x = w[i - 15];
        const y = w[i - 2];
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
      let a = state[0];
      let b = state[1];
      let c = state[2];
      let d = state[3];
      let e = state[4];
      let f = state[5];
      let g = state[6];
      let h = state[7];
      for (let i = 0; i < 64; i++) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i] + w[i]) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + t1) | 0;
        d = c;
        c = b;
        b = a;
        a = (t1 + t2) | 0;
      }
      state[0] += a;
      state[1] += b;
      state[2] += c;
      state[3] += d;
      state[4] += e;
      state[5] += f;
      state[6] += g;
      state[7] += h;
    }
  }

  digest() {
    const { length } = this;
    const end = new Uint8Array(((119 - (length % 64)) % 64) + 9);
    end[0] = 0x80;
    new DataView(end.buffer).setBigUint64(end.length - 8, 8n * BigInt(length));
    this.update(end);
    const digest = new Uint8Array(32);
    const view = new DataView(digest.buffer);
    this.state.forEach((each, i) => view.setInt32(4 * i, each));
    return digest;
  }
}

export const sha256 = (bytes) => new Sha256().update(bytes).digest();

const turned = (x, by) => BigInt.asUintN(64, (x >> by) | (x << (64n - by)));

/** SHA-512 of at most 2^32 bytes. */
export function sha512(bytes) {
  const padded = new Uint8Array(128 * Math.ceil((bytes.length + 17) / 128));
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, 8n * BigInt(bytes.length));
  const state = BigUint64Array.from(LONG_START);
  const w = new BigUint64Array(80);
  for (let start = 0; start < padded.length; start += 128) {
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 80; i++) {
      if (i < 16) {
        w[i] = view.getBigUint64(start + 8 * i);
      } else {
        const [x, y] = [w[i - 15], w[i - 2]];
        const s0 = turned(x, 1n) ^ turned(x, 8n) ^ (x >> 7n);
        const s1 = turned(y, 19n) ^ turned(y, 61n) ^ (y >> 6n);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
      }
      const choice = (e & f) ^ (~e & g);
      const t1 = h + (turned(e, 14n) ^ turned(e, 18n) ^ turned(e, 41n)) + choice + LONG_ROUNDS[i] + w[i];
      const t2 = (turned(a, 28n) ^ turned(a, 34n) ^ turned(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, BigInt.asUintN(64, d + t1), c, b, a, BigInt.asUintN(64, t1 + t2)];
    }
    [a, b, c, d, e, f, g, h].forEach((each, i) => (state[i] += each));
  }
  const digest = new DataView(new ArrayBuffer(64));
  state.forEach((each, i) => digest.setBigUint64(8 * i, each));
  return new Uint8Array(digest.buffer);
}
