// Block headers, accounts and the contract's storage (docs/receipt.md, section 3).

import { concat, hex, keccak, left, same, unhex, utf8, word } from './bytes.js';
import { Bad, hashOf, isArray, numberOf, rlpRead } from './rlp.js';
import { trieValue } from './trie.js';

const EMPTY_CODE = keccak();
const SAFE = 2n ** 53n - 1n;

/** What is read of a header: `hash`, `parent`, `root`, `number`, `time` (Unix seconds). Throws `Bad`. */
export function headerRead(raw) {
  const items = rlpRead(raw);
  if (!isArray(items) || items.length < 15 || items.length > 64) throw new Bad('not a header');
  const [number, time] = [items[8], items[11]].map((item) => numberOf(item, 8));
  if (number > SAFE || time > SAFE) throw new Bad('not a header');
  return {
    hash: hex(keccak(raw)),
    parent: hex(hashOf(items[0])),
    root: hashOf(items[3]),
    number: Number(number),
    time: Number(time),
  };
}

/** Storage root and code hash of the contract at `address`. Throws `Bad` where there is none. */
export function accountOf(header, address, nodes) {
  const value = trieValue(header.root, keccak(address), nodes);
  const items = value && rlpRead(value);
  if (!isArray(items) || items.length !== 4) throw new Bad('no account');
  numberOf(items[0], 8);
  numberOf(items[1], 32);
  const account = { storage: hashOf(items[2]), code: hashOf(items[3]) };
  if (same(account.code, EMPTY_CODE)) throw new Bad('the account has no code');
  return account;
}

/** The number in a storage slot; 0 where there is none. Throws `Bad`. */
export function slotValue(account, slot, nodes) {
  const value = trieValue(account.storage, keccak(slot), nodes);
  // Some development nodes keep a slot that was set back to zero; the root commits to it, so it proves as much.
  return value ? numberOf(rlpRead(value), 32) : 0n;
}

/** Where a slot of the contract lies, 32 bytes. */
export function slotOf(slot, id) {
  if (slot.of === 'complaint') return keccak(id, word(5));
  if (slot.of === 'evidence') return keccak(slot.data, keccak(id, word(6)));
  if (slot.of === 'registry') return word(7);
  return keccak(left(slot.account), keccak(keccak(utf8(slot.role)), word(0)));
}

/** The fields of a complaint's slot. `deadline`: Unix seconds while OPEN, else the seconds left; 0 for none. */
export function complaintOf(value) {
  const part = (from, bits) => Number((value >> BigInt(from)) & ((1n << BigInt(bits)) - 1n));
  const [count, escalations, objections] = [part(176, 24), part(240, 8), part(248, 8)];
  return {
    head: hex(word(value).subarray(10)),
    count,
    deadline: part(200, 32),
    status: part(232, 8),
    escalations,
    objections,
    nonce: count - escalations - objections,
  };
}

const HISTORY = unhex('0x0000f90827f1c53a10cb7a02335b175320002935');
const HISTORY_BLOCKS = 8191;

/** Whether the state of the later block `header` has the hash of block `number` (EIP-2935). */
export function historyHolds(header, number, hash, account, nodes) {
  if (header.number <= number || header.number - number > HISTORY_BLOCKS) return false;
  return slotValue(accountOf(header, HISTORY, account), word(number % HISTORY_BLOCKS), nodes) === BigInt(hash);
}

/** The hash of each release's code with the parameters of `deployment`, and its version. */
export function codeHashes(deployment, releases) {
  const text = (value) => concat(utf8(value), new Uint8Array(31 - value.length), [value.length]);
  const words = {
    genesis: concat(deployment.genesis, new Uint8Array(10)),
    default_sla: word(deployment.default_sla),
    escalation_interval: word(deployment.escalation_interval),
    max_escalation_level: word(deployment.max_escalation_level),
    chain_id: word(deployment.chain_id),
    contract: left(deployment.contract),
    name: text(NAME),
    version: text(VERSION),
    name_hash: keccak(utf8(NAME)),
    version_hash: keccak(utf8(VERSION)),
    domain_separator: domainSeparator(deployment),
  };
  const found = {};
  for (const { version, code, immutables } of releases) {
    const filled = code.slice();
    for (const [name, places] of Object.entries(immutables)) for (const at of places) filled.set(words[name], at);
    found[hex(keccak(filled))] = version;
  }
  return found;
}

const NAME = 'ComplaintRegistry';
const VERSION = '2';
const DOMAIN = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';

/** The separator of EIP-712. */
export const domainSeparator = (deployment) =>
  keccak(
    keccak(utf8(DOMAIN)),
    keccak(utf8(NAME)),
    keccak(utf8(VERSION)),
    word(deployment.chain_id),
    left(deployment.contract),
  );
