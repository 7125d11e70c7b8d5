// Receipts with one thing changed, the same ones for a seed.

/** Numbers from 0 (inclusive) to `below`, from a seed (mulberry32). */
export function randoms(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Every place in a JSON value: its holder and its key. */
function places(value, found = []) {
  if (value === null || typeof value !== 'object') return found;
  for (const key of Object.keys(value)) {
    found.push([value, key]);
    places(value[key], found);
  }
  return found;
}

const flipped = (text, random) => {
  const at = 2 + random(Math.max(1, text.length - 2));
  const digit = '0123456789abcdef'[random(16)];
  return text.slice(0, at) + (text[at] === digit ? (digit === '0' ? '1' : '0') : digit) + text.slice(at + 1);
};

/** A copy of `receipt` (JSON) with one change. */
export function mutant(receipt, random) {
  const copy = structuredClone(receipt);
  const all = places(copy);
  const [holder, key] = all[random(all.length)];
  const value = holder[key];
  const kind = random(6);
  if (typeof value === 'string' && kind < 4)
    holder[key] = value.startsWith('0x') ? flipped(value, random) : `${value}x`;
  else if (typeof value === 'number' && kind < 4)
    holder[key] = [value + 1, value - 1, 0, 2 ** 32, -value, value * 2][random(6)];
  else if (Array.isArray(holder)) {
    const index = Number(key);
    if (kind === 4) holder.splice(index, 1);
    else if (kind === 5) holder.splice(index, 0, structuredClone(value));
    else holder.splice(random(holder.length), 0, ...holder.splice(index, 1));
  } else if (kind === 4) delete holder[key];
  else if (Array.isArray(value) && value.length > 1) value.reverse();
  else holder[`${key}x`] = value;
  return copy;
}
