"""The trie verifier: right where py-trie is right, and strict where it is not."""

import pytest
import rlp
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

import receipt as r
from tests.tries import proof, trie_of

# Short keys share prefixes and get embedded nodes; long ones are as in the state.
keys = st.binary(min_size=1, max_size=3) | st.binary(min_size=32, max_size=32)
few = settings(max_examples=150, deadline=None)


@few
@given(st.dictionaries(keys, st.binary(min_size=1, max_size=40), max_size=30), keys)
def test_trie_value__any_trie__is_what_the_trie_holds(content: dict[bytes, bytes], other: bytes) -> None:
    trie = trie_of(content)
    for key in [*list(content)[:3], other]:
        assert r.trie_value(trie.root_hash, key, proof(trie, key)) == content.get(key)


@few
@given(st.dictionaries(keys, st.binary(min_size=1, max_size=40), min_size=1, max_size=30), keys, st.data())
def test_trie_value__any_change_of_the_nodes__is_refused(
    content: dict[bytes, bytes], other: bytes, data: st.DataObject
) -> None:
    trie = trie_of(content)
    key = data.draw(st.sampled_from([*content, other]))
    nodes = proof(trie, key)
    place = data.draw(st.integers(0, len(nodes) - 1))
    byte = data.draw(st.integers(0, len(nodes[place]) - 1))
    altered = bytearray(nodes[place])
    altered[byte] ^= 1 << data.draw(st.integers(0, 7))
    changes = [
        nodes[:place] + nodes[place + 1 :],
        nodes[:place] + nodes[place : place + 1] + nodes[place:],
        [*nodes[:place], bytes(altered), *nodes[place + 1 :]],
        [*nodes, b"\xc2\x01\x02"],
        [*nodes, nodes[0]],
        nodes[::-1] if len(nodes) > 1 else [],
    ]
    for changed in changes:
        with pytest.raises(r.Bad):
            r.trie_value(trie.root_hash, key, changed)


def test_trie_value__absence_of_each_kind__is_proved_and_truncated_is_refused() -> None:
    """Claim C5: empty branch item, diverging extension, diverging leaf, empty trie; and a branch without value."""
    word = b"v" * 40
    trie = trie_of({b"\x11\x11": word, b"\x11\x12": word, b"\x20\x00": word})
    for key in (b"\x30\x00", b"\x12\x00", b"\x20\x01", b"\x11"):
        nodes = proof(trie, key)
        assert r.trie_value(trie.root_hash, key, nodes) is None
        for short in range(len(nodes)):
            with pytest.raises(r.Bad):
                r.trie_value(trie.root_hash, key, nodes[:short])
    assert r.trie_value(r.EMPTY_TRIE, b"\x11", []) is None
    with pytest.raises(r.Bad):
        r.trie_value(r.EMPTY_TRIE, b"\x11", [b"\x80"])
    with pytest.raises(r.Bad):
        r.trie_value(trie.root_hash, b"\x30\x00", [])


def test_trie_value__reordered_or_surplus_nodes__are_refused_where_py_trie_accepts_them() -> None:
    trie = trie_of({bytes([i, j]): b"v" * 40 for i in range(20) for j in range(5)})
    key = b"\x07\x03"
    nodes = proof(trie, key)
    assert len(nodes) > 1
    for spoilt in (nodes[::-1], [*nodes, rlp.encode([b"\x01", b"\x02"])]):
        assert HexaryTrie.get_from_proof(trie.root_hash, key, [rlp.decode(node) for node in spoilt]) == b"v" * 40
        with pytest.raises(r.Bad):
            r.trie_value(trie.root_hash, key, spoilt)


@pytest.mark.parametrize(
    "node",
    [
        [b"\x40\x00", b"v"],  # a flag that does not exist
        [b"\x21", b"v"],  # an even path with padding
        [b"", b"v"],  # no path
        [b"\x20", b""],  # an empty value
        [b"\x00", b"\0" * 32],  # an extension without a path
        [b"\x20", b"v", b"w"],  # three items
        [b"v", *[b""] * 16],  # a branch with one item
        [[b"\x20", b"v"], b"v"],  # a list for a path
        [b"\x20", [b"v"]],  # a list for a value
        b"v" * 40,  # no list
    ],
)
def test_trie_value__malformed_root_node__is_refused(node: object) -> None:
    raw = r.rlp(node)  # type: ignore[arg-type]
    with pytest.raises(r.Bad):
        r.trie_value(r.keccak(raw), b"", [raw])


def test_trie_value__extension_that_leads_to_a_leaf__is_refused() -> None:
    leaf = [b"\x20", b"v"]
    raw = r.rlp([b"\x11", leaf])
    with pytest.raises(r.Bad):
        r.trie_value(r.keccak(raw), b"\x10", [raw])


def test_trie_value__long_node_embedded__is_refused() -> None:
    branch = [*[b""] * 16, b"v"]
    branch[3] = [b"\x20", b"x" * 40]  # type: ignore[call-overload]
    branch[4] = b"\0" * 32
    raw = r.rlp(branch)
    with pytest.raises(r.Bad):
        r.trie_value(r.keccak(raw), b"\x30", [raw])
