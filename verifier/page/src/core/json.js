// Strict JSON (docs/receipt.md, section 1) and its canonical form (RFC 8785).

import { BROKEN } from './names.js';
import { utf8 } from './bytes.js';

export const MAX_BYTES = 16 * 2 ** 20;
const MAX_DEPTH = 64;

/** The file as a whole can't be used. `at` is the path of the first offence; no verdict depends on it. */
export class Unusable extends Error {
  constructor(code, at = '', verdict = BROKEN) {
    super(code);
    Object.assign(this, { code, at, verdict });
  }
}

/** The value in a file's bytes. Objects have no prototype, so that no key means anything. Throws `Unusable`. */
export function jsonRead(bytes) {
  if (bytes.length > MAX_BYTES) throw new Unusable('encoding');
  const text = decoded(bytes);
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.space();
  if (parser.at < text.length) parser.fail();
  return value;
}

/** A text in UTF-8, or in UTF-16 with a mark. Throws `Unusable`. */
export function decoded(bytes) {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return utf16(bytes, 0);
  if (first === 0xfe && second === 0xff) return utf16(bytes, 1);
  const mark = first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(mark));
  } catch {
    throw new Unusable('encoding');
  }
}

function utf16(bytes, low) {
  let text = '';
  if (bytes.length % 2) throw new Unusable('encoding');
  for (let i = 2; i < bytes.length;) {
    const units = [];
    for (; i < bytes.length && units.length < 8192; i += 2) units.push(bytes[i + low] | (bytes[i + 1 - low] << 8));
    text += String.fromCharCode(...units);
  }
  if (!wellFormed(text)) throw new Unusable('encoding');
  return text;
}

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
export const wellFormed = (text) => !LONE.test(text);

const ESCAPES = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const WORDS = { t: ['true', true], f: ['false', false], n: ['null', null] };

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail() {
    throw new Unusable('json');
  }

  space() {
    while (' \t\n\r'.includes(this.text[this.at] ?? '-')) this.at++;
  }

  take(character) {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  value(depth) {
    this.space();
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === '{') return this.object(depth + 1);
    if (first === '[') return this.array(depth + 1);
    const known = WORDS[first];
    if (known && this.text.startsWith(known[0], this.at)) {
      this.at += known[0].length;
      return known[1];
    }
    return this.number();
  }

  number() {
    const form = /-?(?:0|[1-9][0-9]*)(?![0-9.eE])/y;
    form.lastIndex = this.at;
    const found = form.exec(this.text)?.[0];
    if (found === undefined || found === '-0' || !Number.isSafeInteger(Number(found))) this.fail();
    this.at += found.length;
    return Number(found);
  }

  string() {
    let text = '';
    this.at++;
    for (;;) {
      const plain = /[^"\\\u0000-\u001f]*/y;
      plain.lastIndex = this.at;
      const run = plain.exec(this.text)[0];
      text += run;
      this.at += run.length;
      if (this.take('"')) break;
      if (!this.take('\\')) this.fail();
      const escape = this.text[this.at++];
      if (escape === 'u') {
        const code = this.text.slice(this.at, this.at + 4);
        if (!/^[0-9a-fA-F]{4}$/.test(code)) this.fail();
        text += String.fromCharCode(parseInt(code, 16));
        this.at += 4;
      } else {
        text += ESCAPES[escape] ?? this.fail();
      }
    }
    return wellFormed(text) ? text : this.fail();
  }

  array(depth) {
    if (depth > MAX_DEPTH) this.fail();
    const items = [];
    this.at++;
    this.space();
    if (this.take(']')) return items;
    do items.push(this.value(depth));
    while (this.goesOn(']'));
    return items;
  }

  object(depth) {
    if (depth > MAX_DEPTH) this.fail();
    const found = Object.create(null);
    this.at++;
    this.space();
    if (this.take('}')) return found;
    do {
      this.space();
      if (this.text[this.at] !== '"') this.fail();
      const key = this.string();
      this.space();
      if (key in found || !this.take(':')) this.fail();
      found[key] = this.value(depth);
    } while (this.goesOn('}'));
    return found;
  }

  goesOn(end) {
    this.space();
    if (this.take(',')) return true;
    return this.take(end) ? false : this.fail();
  }
}

export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 8785 of a value without fractions; keys are sorted by UTF-16 code units, as `sort` does. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

export const jcs = (value) => utf8(canonical(value));
