"""Checks an `eth_getProof` answer against a block's state root: what a storage slot holds, trusting the block only."""

from typing import Any

import rlp
from eth_utils import keccak
from trie import HexaryTrie
from trie.exceptions import BadTrieProof

EMPTY_CODE_HASH = keccak(b"")


class WrongProof(Exception):
    """The proof does not show what it is said to show."""


def proved_slot(state_root: bytes, address: str, slot: int, proof: dict[str, Any]) -> int:
    """The value of `slot` of the account at `address`; 0 if the proof shows that there is none."""
    account = _proved(state_root, bytes.fromhex(address[2:]), proof["accountProof"])
    if not account:
        raise WrongProof("no such account")
    _, _, storage_root, code_hash = rlp.decode(account)
    if code_hash == EMPTY_CODE_HASH:
        raise WrongProof("the account is no contract")
    (storage,) = proof["storageProof"]
    value = _proved(storage_root, slot.to_bytes(32), storage["proof"])
    return int.from_bytes(rlp.decode(value)) if value else 0


def _proved(root: bytes, key: bytes, nodes: list[str]) -> bytes:
    try:
        decoded = [rlp.decode(bytes.fromhex(node[2:])) for node in nodes]
        return HexaryTrie.get_from_proof(root, keccak(key), decoded)
    except (BadTrieProof, rlp.exceptions.DecodingError, ValueError) as error:
        raise WrongProof(str(error)) from error
