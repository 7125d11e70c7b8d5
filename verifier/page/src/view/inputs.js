// What the user trusts, from the fields and files of the page, as the JSON of docs/receipt.md, section 4.

import { lower } from '../core/bytes.js';
import { decoded, jsonRead } from '../core/json.js';
import { policyRead } from '../core/notes.js';
import { trustRead } from '../core/trust.js';
import { $, complain } from './dom.js';

const MEMBERS = ['blocks', 'deployment', 'policy', 'nodes', 'anchors'];

/** The trust in a file's bytes: a trust file, anchors, the operator's deployment file, a policy. Throws if it is none. */
export function trustOf(bytes) {
  const text = decoded(bytes);
  if (!/^\s*\{/.test(text)) {
    if (!policyRead(text)) throw new TypeError();
    return { policy: text };
  }
  const value = jsonRead(bytes);
  const isTrust = Object.keys(value).every((name) => MEMBERS.includes(name));
  if (!isTrust && !['contract', 'address', 'periods'].some((name) => name in value)) throw new TypeError();
  const trust = isTrust ? value : 'periods' in value ? { anchors: value } : { deployment: value };
  trustRead(trust);
  return trust;
}

/** The fields and the trust of files (and of nodes, if they were asked) together. A field that is wrong says so, and counts for nothing. */
export function trustGiven(files) {
  const given = Object.assign({}, ...files);
  const blocks = $('blocks')
    .value.toLowerCase()
    .split(/[\s,;]+/)
    .filter(Boolean);
  const isRight = blocks.every((each) => /^0x[0-9a-f]{64}$/.test(each));
  complain($('blocks'), isRight ? null : 'blocks-wrong');
  const fromFiles = files.flatMap((each) => each?.blocks ?? []);
  given.blocks = [...fromFiles, ...(isRight ? blocks : [])];
  const contract = $('contract').value.trim().toLowerCase();
  const isAddress = /^(?:0x[0-9a-f]{40})?$/.test(contract);
  complain($('contract'), isAddress ? null : 'contract-wrong');
  given.deployment = {};
  for (const each of [...files, contract && isAddress && { deployment: { contract } }]) {
    for (const [name, value] of Object.entries(each?.deployment ?? {})) {
      // Where two differ, no receipt is about both.
      const isOther = name in given.deployment && lower(given.deployment[name]) !== lower(value);
      given.deployment[name] = isOther ? null : value;
    }
  }
  try {
    return trustRead(given);
  } catch {
    complain($('blocks'), 'blocks-wrong');
    return trustRead({});
  }
}

export const requiredGiven = () => $('require').value.split(/\s+/).filter(Boolean);
