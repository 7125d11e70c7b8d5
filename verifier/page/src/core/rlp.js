// RLP, canonical only.

import { hex } from './bytes.js';

/** Bytes that prove nothing. The message is for people; no verdict depends on it. */
export class Bad extends Error {}

const MAX_DEPTH = 32;

/** Whether an item is a list of items, not bytes. */
export const { isArray } = Array;

/** The one item in `bytes`: bytes, or an array of items. `size` of an array is the length of its RLP. */
export function rlpRead(bytes) {
  const [item, end] = itemAt(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw new Bad('bytes behind the RLP');
  return item;
}

function itemAt(bytes, start, end, depth) {
  if (start >= end) throw new Bad('RLP is cut off');
  const first = bytes[start];
  if (first < 0x80) return [bytes.subarray(start, start + 1), start + 1];
  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  let begin = start + 1;
  let length = short;
  if (short > 55) {
    begin += short - 55;
    if (begin > end || bytes[start + 1] === 0) throw new Bad('RLP with a length that is not minimal');
    // A length beyond 2^53 is beyond every file.
    length = Number(hex(bytes.subarray(start + 1, begin)));
    if (length <= 55) throw new Bad('RLP with a length that is not minimal');
  }
  const stop = begin + length;
  if (stop > end) throw new Bad('RLP is cut off');
  if (!isList) {
    if (length === 1 && bytes[begin] < 0x80) throw new Bad('RLP of a small byte that is not itself');
    return [bytes.subarray(begin, stop), stop];
  }
  if (depth === MAX_DEPTH) throw new Bad('RLP is nested too deep');
  const items = [];
  items.size = stop - start;
  while (begin < stop) {
    const [item, next] = itemAt(bytes, begin, stop, depth + 1);
    items.push(item);
    begin = next;
  }
  return [items, stop];
}

/** A number of at most `most` bytes without leading zeros. */
export function numberOf(item, most) {
  if (isArray(item) || item.length > most || item[0] === 0) throw new Bad('not a number');
  return item.length ? BigInt(hex(item)) : 0n;
}

/** Exactly 32 bytes. */
export function hashOf(item) {
  if (isArray(item) || item?.length !== 32) throw new Bad('not a hash');
  return item;
}
