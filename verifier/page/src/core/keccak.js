// keccak-256 as Ethereum uses it. Lanes are pairs of 32 bits, low half first, as the bytes are.

const RATE = 136;
const ROUNDS = [];
const LANES = [];
const TURNS = [];
for (let round = 0, x = 1, y = 0, shift = 1; round < 24; round++) {
  [x, y] = [y, (2 * x + 3 * y) % 5];
  LANES.push(2 * (5 * y + x));
  TURNS.push((((round + 1) * (round + 2)) / 2) % 64);
  let constant = 0n;
  for (let j = 0; j < 7; j++) {
    shift = ((shift << 1) ^ ((shift >> 7) * 0x71)) % 256;
    if (shift & 2) constant ^= 1n << ((1n << BigInt(j)) - 1n);
  }
  ROUNDS.push(Number(BigInt.asIntN(32, constant)), Number(BigInt.asIntN(32, constant >> 32n)));
}

const column = new Int32Array(10);

function permute(state) {
  for (let round = 0; round < 48; round += 2) {
    for (let x = 0; x < 10; x++) column[x] = state[x] ^ state[x + 10] ^ state[x + 20] ^ state[x + 30] ^ state[x + 40];
    for (let x = 0; x < 10; x += 2) {
      const before = (x + 8) % 10;
      const after = (x + 2) % 10;
      const low = column[before] ^ ((column[after] << 1) | (column[after + 1] >>> 31));
      const high = column[before + 1] ^ ((column[after + 1] << 1) | (column[after] >>> 31));
      for (let y = x; y < 50; y += 10) {
        state[y] ^= low;
        state[y + 1] ^= high;
      }
    }
    let low = state[2];
    let high = state[3];
    for (let t = 0; t < 24; t++) {
      const lane = LANES[t];
      const turn = TURNS[t] % 32;
      if (TURNS[t] >= 32) [low, high] = [high, low];
      const [nextLow, nextHigh] = [state[lane], state[lane + 1]];
      state[lane] = turn ? (low << turn) | (high >>> (32 - turn)) : low;
      state[lane + 1] = turn ? (high << turn) | (low >>> (32 - turn)) : high;
      low = nextLow;
      high = nextHigh;
    }
    for (let y = 0; y < 50; y += 10) {
      for (let x = 0; x < 10; x++) column[x] = state[y + x];
      for (let x = 0; x < 10; x++) state[y + x] ^= ~column[(x + 2) % 10] & column[(x + 4) % 10];
    }
    state[0] ^= ROUNDS[round];
    state[1] ^= ROUNDS[round + 1];
  }
}

/** 32 bytes. */
export function keccak256(bytes) {
  const padded = new Uint8Array(RATE * (Math.floor(bytes.length / RATE) + 1));
  padded.set(bytes);
  padded[bytes.length] ^= 1;
  padded[padded.length - 1] ^= 0x80;
  const view = new DataView(padded.buffer);
  const state = new Int32Array(50);
  for (let start = 0; start < padded.length; start += RATE) {
    for (let i = 0; i < RATE / 4; i++) state[i] ^= view.getInt32(start + 4 * i, true);
    permute(state);
  }
  const digest = new DataView(new ArrayBuffer(32));
  for (let i = 0; i < 8; i++) digest.setInt32(4 * i, state[i], true);
  return new Uint8Array(digest.buffer);
}
