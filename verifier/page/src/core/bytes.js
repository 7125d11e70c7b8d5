// Bytes, hex and keccak-256. Numbers that may exceed 2^53 are BigInt.

import { keccak256 } from './keccak.js';

/** keccak-256 of Ethereum. */
export const keccak = (...parts) => keccak256(concat(...parts));

export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Hex digits without `0x`. */
export function digits(bytes) {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

export const hex = (bytes) => `0x${digits(bytes)}`;

/** The bytes of `0x…`, whose form is checked already. */
export function unhex(text) {
  const bytes = new Uint8Array(text.length / 2 - 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i + 2, 2 * i + 4), 16);
  return bytes;
}

export const big = (bytes) => (bytes.length ? BigInt(hex(bytes)) : 0n);

/** A number as 32 bytes. */
export const word = (number) => unhex(`0x${BigInt(number).toString(16).padStart(64, '0')}`);

/** Padded on the left to 32 bytes, as `abi.encode` pads numbers and addresses. */
export const left = (bytes) => concat(new Uint8Array(32 - bytes.length), bytes);

/** Padded on the right to 32 bytes, as `abi.encode` pads `bytesN`. */
export const right = (bytes) => concat(bytes, new Uint8Array(32 - bytes.length));

export const same = (one, two) => one.length === two.length && one.every((byte, i) => byte === two[i]);

export const utf8 = (text) => new TextEncoder().encode(text);

export const min = (one, two) => (one < two ? one : two);

/** A text in lower case, and anything else as it is. */
export const lower = (value) => (typeof value === 'string' ? value.toLowerCase() : value);
