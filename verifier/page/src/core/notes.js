// Signed notes about block headers (C2SP signed-note), and the policy that says whose count (tlog-policy).

import { concat, digits, same, utf8 } from './bytes.js';
import { ed25519Holds } from './ed25519.js';
import { sha256 } from './sha2.js';

const ED25519 = 1;

/** The policy in a text; null if it can't be read or trusts nothing. */
export function policyRead(text) {
  const policy = { witnesses: new Map(), groups: new Map(), quorum: null };
  const isKnown = (name) => policy.witnesses.has(name) || policy.groups.has(name);
  const isNew = (name) => name !== 'none' && !isKnown(name);
  // What is no group's member yet: nobody counts in two ways.
  const free = new Set();
  for (const line of text.split('\n')) {
    const [word, name = '', third = '', ...rest] = line.replace(/^[ \t\r]+|[ \t\r]+$/g, '').split(/[ \t]+/);
    const count = rest.length + (third ? 3 : name ? 2 : 1);
    if (!word || word.startsWith('#') || (word === 'log' && (count === 2 || count === 3))) continue;
    if (word === 'witness' && (count === 3 || count === 4) && isNew(name)) {
      const key = keyRead(third);
      if (!key || [...policy.witnesses.values()].some((each) => same(each.key, key.key))) return null;
      policy.witnesses.set(name, key);
      free.add(name);
    } else if (word === 'group' && count >= 4 && isNew(name)) {
      // A name that comes twice is no longer there the second time.
      if (!rest.every((each) => free.delete(each))) return null;
      const least = { any: 1, all: rest.length }[third] ?? (/^[1-9][0-9]{0,3}$/.test(third) ? Number(third) : 0);
      if (least < 1 || least > rest.length) return null;
      policy.groups.set(name, { least, members: rest });
      free.add(name);
    } else if (word === 'quorum' && count === 2 && policy.quorum === null && isKnown(name)) {
      policy.quorum = name;
    } else {
      return null;
    }
  }
  return policy.quorum === null ? null : policy;
}

/** Name and key of `name+hash+base64(0x01 ‖ key)`. */
function keyRead(text) {
  const [, name, hash, encoded] = /^([^+]+)\+([^+]*)\+(.*)$/s.exec(text) ?? [];
  const raw = encoded && base64(encoded);
  if (!raw || raw.length !== 33 || raw[0] !== ED25519) return null;
  const key = raw.subarray(1);
  return digits(keyId(name, key)) === hash ? { name, key } : null;
}

const keyId = (name, key) => sha256(concat(utf8(`${name}\n`), [ED25519], key)).subarray(0, 4);

/** Canonical base64 only. */
function base64(text) {
  try {
    const raw = atob(text);
    return btoa(raw) === text ? Uint8Array.from(raw, (character) => character.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

/** Names of the witnesses that signed this block, sorted; empty unless they are a quorum of the policy. */
export function noteSigners(note, policy, chainId, header) {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const said = `complaint-registry/headers/v1\n${chainId}\n${header.number}\n${header.hash}\n`;
  const isNote = end >= 0 && text.startsWith(said) && /^(?:0|[1-9][0-9]*)\n$/.test(text.slice(said.length));
  if (!isNote || !note.endsWith('\n')) return [];
  const good = new Set();
  // The same line again says no more.
  for (const line of new Set(note.slice(end + 2, -1).split('\n'))) {
    const [, name, encoded] = /^— ([^ +]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    const raw = encoded && base64(encoded);
    if (!raw || raw.length < 5) return [];
    const isBy = (each) => each.name === name && same(keyId(each.name, each.key), raw.subarray(0, 4));
    const known = [...policy.witnesses].find(([, each]) => isBy(each));
    if (!known) continue;
    if (!ed25519Holds(known[1].key, utf8(text), raw.subarray(4))) return [];
    good.add(known[0]);
  }
  const holds = (name) => {
    const group = policy.groups.get(name);
    return group ? group.members.filter(holds).length >= group.least : good.has(name);
  };
  return holds(policy.quorum) ? [...good].sort() : [];
}
