// Merkle-Patricia proofs (docs/receipt.md, section 3): exactly one list of nodes proves a value, or its absence.

import { digits, keccak, same } from './bytes.js';
import { Bad, isArray, rlpRead } from './rlp.js';

// The root of the trie without a value: the hash of the RLP of nothing.
const EMPTY = keccak([0x80]);

/** The value under `key` in the trie of `root`; null if it is proved that there is none. Throws `Bad`. */
export function trieValue(root, key, nodes) {
  if (same(root, EMPTY)) {
    if (nodes.length) throw new Bad('nodes of an empty trie');
    return null;
  }
  const walk = new Walk(nodes);
  const value = walk.from(walk.listed(root), digits(key));
  if (walk.used !== nodes.length) throw new Bad('nodes are left over');
  return value;
}

class Walk {
  constructor(nodes) {
    this.nodes = nodes;
    this.used = 0;
  }

  /** The next node of the list, which must have this hash. */
  listed(reference) {
    const raw = this.nodes[this.used];
    if (!raw || !same(keccak(raw), reference) || (this.used && raw.length < 32)) throw new Bad('another node');
    this.used++;
    return nodeOf(rlpRead(raw));
  }

  /** The node to which a branch or an extension leads. */
  child(item) {
    if (isArray(item)) {
      if (item.size >= 32) throw new Bad('a node that is too long to be embedded');
      return nodeOf(item);
    }
    if (item.length !== 32) throw new Bad('not a reference');
    return this.listed(item);
  }

  /** `path` is the rest of the key, a hex digit for each step. */
  from(node, path) {
    for (;;) {
      if (node.length === 17) {
        const next = node[path ? parseInt(path[0], 16) : 16];
        if (next.length === 0) {
          if (isArray(next)) throw new Bad('not a reference');
          return null;
        }
        if (!path) return valueOf(next);
        node = this.child(next);
        path = path.slice(1);
        continue;
      }
      const [isLeaf, own] = compact(node[0]);
      if (isLeaf) {
        const value = valueOf(node[1]);
        return own === path ? value : null;
      }
      if (!path.startsWith(own)) return null;
      node = this.child(node[1]);
      path = path.slice(own.length);
      if (node.length !== 17) throw new Bad('an extension that leads to no branch');
    }
  }
}

function nodeOf(item) {
  if (!isArray(item) || (item.length !== 2 && item.length !== 17)) throw new Bad('not a node');
  if (item.length === 17 && item.filter((each) => each.length).length < 2) throw new Bad('a branch of one item');
  return item;
}

function valueOf(item) {
  if (isArray(item) || !item.length) throw new Bad('not a value');
  return item;
}

function compact(item) {
  if (isArray(item) || !item.length) throw new Bad('not a path');
  const path = digits(item);
  const flag = Number(`0x${path[0]}`);
  const isOdd = flag % 2 === 1;
  if (flag > 3 || (!isOdd && path[1] !== '0')) throw new Bad('not a path');
  const own = path.slice(isOdd ? 1 : 2);
  if (flag < 2 && !own) throw new Bad('an extension without a path');
  return [flag >= 2, own];
}
