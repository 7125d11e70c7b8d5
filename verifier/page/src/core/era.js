// Blocks in Ethereum's finalised history (docs/receipt.md, section 4, `era`).

import { concat, hex, unhex } from './bytes.js';
import { sha256 } from './sha2.js';

const PERIOD = 8192;
const PERIOD_DEPTH = 13;

// By chain id: from which slot on, and how a block's hash lies under its beacon block's root. Number and depth of the
// field in the payload, of the payload in the body, and of the body in the header.
const FORKS = {
  1: [
    [
      6_209_536,
      [
        [12, 4],
        [9, 4],
        [4, 3],
      ],
    ], // Capella
    [
      8_626_176,
      [
        [12, 5],
        [9, 4],
        [4, 3],
      ],
    ], // Deneb, Electra, Fulu
  ],
};

export const periodOf = (slot) => Math.floor(slot / PERIOD);

/** The root of the slot's period to which the siblings lead from a block's hash, `0x` hex; null if to none. */
export function eraRoot(block, chainId, { body, branch, slot }) {
  const fields = FORKS[chainId]?.findLast(([start]) => start <= slot)?.[1];
  if (!fields) return null;
  const siblings = [...body, ...branch];
  // The sides follow from the slot alone: bit i tells whether the node is on the right at height i.
  const sides = [...fields, [slot % PERIOD, PERIOD_DEPTH]].flatMap(([number, depth]) =>
    Array.from({ length: depth }, (_, bit) => (number >> bit) & 1),
  );
  if (siblings.length !== sides.length || branch.length !== PERIOD_DEPTH) return null;
  let root = unhex(block);
  siblings.forEach((sibling, i) => (root = sha256(sides[i] ? concat(sibling, root) : concat(root, sibling))));
  return hex(root);
}
