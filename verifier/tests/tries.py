"""Tries and their proofs, by py-trie."""

import rlp
from trie import HexaryTrie

import receipt as r


def trie_of(content: dict[bytes, bytes]) -> HexaryTrie:
    """The trie that holds this."""
    trie = HexaryTrie({})
    for key, value in content.items():
        trie[key] = value
    return trie


def proof(trie: HexaryTrie, key: bytes) -> list[bytes]:
    """The nodes on the way, as a node gives them: embedded ones are not listed."""
    if trie.root_hash == r.EMPTY_TRIE:
        return []
    nodes = [rlp.encode(node.raw if hasattr(node, "raw") else node) for node in trie.get_proof(key)]
    return [node for i, node in enumerate(nodes) if i == 0 or len(node) >= 32]
