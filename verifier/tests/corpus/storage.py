"""Cases of section 3 about slots: short nodes that lie in their parents, values in branches, and what is absent."""

from collections.abc import Callable, Iterator
from typing import Any

import receipt as r
from tests.corpus.case import Case
from tests.corpus.nodes import account_of_basic, leaf_of, rooted
from tests.corpus.story import INTAKE, LATER, STRANGER, Story, basic, case, evidence_slot, rehashed, role_slot

# Whose proof the cases are about, and the nibbles of its key.
KEY = r.keccak(r.slot_of(r._slot({**role_slot(INTAKE), "nodes": []}, "role"), bytes(32)))
NIBBLE = KEY[-1] & 15
Storage = Callable[[dict[bytes, bytes]], dict[bytes, bytes]]


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from _slots()
    yield from _embedded()
    yield from _in_branches()
    yield from _absent()


def _beside(*keys: bytes, value: bytes = b"\2", own: bytes | None = b"\1") -> Storage:
    """The storage with these keys too, and another value of the role, or none."""

    def made(held: dict[bytes, bytes]) -> dict[bytes, bytes]:
        kept = {key: each for key, each in held.items() if key != KEY}
        return {**kept, **dict.fromkeys(keys, value), **({} if own is None else {KEY: own})}

    return made


def _twins(**more: Any) -> Storage:
    """With a key that differs in the last nibble only."""
    return _beside(KEY[:-1] + bytes([KEY[-1] ^ 1]), **more)


def _proved(storage: Storage, slot: r.Json | None = None) -> Story:
    return basic().prove(LATER, slot or role_slot(INTAKE), storage=storage)


def _spoilt(story: Story, change: Callable[[list[Any]], list[bytes]]) -> Story:
    """With other nodes instead of the last one, under roots made anew: no other slot is damaged."""
    slots = story.last.receipt["slots"]
    raws = [bytes.fromhex(node[2:]) for node in slots[1]["nodes"]]
    items = r.rlp_read(raws[-1])
    assert isinstance(items, list)
    tail = change(items)
    upper, root = rehashed(raws, tail[0])
    renamed = {r.hex0x(old): new for old, new in zip(raws, upper, strict=True)}
    for slot in slots:
        slot["nodes"] = [renamed.get(node, node) for node in slot["nodes"]]
    slots[1]["nodes"] += [r.hex0x(raw) for raw in tail[1:]]
    fields = r.rlp_read(account_of_basic())
    assert isinstance(fields, list)
    leaf = r.rlp(leaf_of(r.rlp([*fields[:2], root, fields[3]])))
    return rooted(story, [r.hex0x(leaf)], r.keccak(leaf))


def _embedded() -> Iterator[Case]:
    """The slot of a role is short enough to lie in the branch above it."""
    story = _proved(_twins())
    assert "c22001" in story.last.receipt["slots"][1]["nodes"][-1], "the leaf lies in the branch"
    yield case("leaf_in_its_branch_proved", "A node of fewer than 32 bytes lies in its parent.", story, "role:held")
    story = _proved(_twins())
    story.last.receipt["slots"][1]["nodes"].append("0xc22001")
    yield case("leaf_in_its_branch_and_listed_broken", "It is never listed as well.", story, "role:proof")
    leaf = bytes.fromhex("c22001")

    def by_hash(items: list[Any]) -> list[bytes]:
        path, branch = items
        branch[NIBBLE] = r.keccak(leaf)
        return [r.rlp([path, r.keccak(r.rlp(branch))]), r.rlp(branch), leaf]

    why = "A node of fewer than 32 bytes is referred to by its hash, and listed."
    yield case(
        "short_node_by_its_hash_broken", why, _spoilt(_proved(_twins()), by_hash), "role:proof", "complete:complete"
    )
    longest = r.rlp(2 ** (8 * 27) - 1)
    story = _proved(_twins(own=longest))
    assert longest.hex() in story.last.receipt["slots"][1]["nodes"][-1]
    yield case("leaf_of_31_bytes_proved", "The longest node that lies in its parent.", story, "role:not-held")
    longer = r.rlp(2 ** (8 * 28) - 1)
    story = _proved(_twins(own=longer))
    assert len(story.last.receipt["slots"][1]["nodes"][-1]) == 2 + 2 * 32
    yield case("leaf_of_32_bytes_proved", "The shortest node that is listed.", story, "role:not-held")
    story.last.receipt["slots"][1]["nodes"].pop()

    def inside(items: list[Any]) -> list[bytes]:
        items[NIBBLE] = [b"\x20", longer]
        return [r.rlp(items)]

    why = "A node of 32 bytes does not lie in its parent."
    yield case("leaf_of_32_bytes_in_its_branch_broken", why, _spoilt(story, inside), "role:proof", "complete:complete")


def _in_branches() -> Iterator[Case]:
    """Keys that go on behind another one. No chain has them, since all keys are hashes."""
    longer = (KEY + b"\x10", KEY + b"\x20")
    yield case("value_of_a_branch_proved", "The key ends in a branch.", _proved(_beside(*longer)), "role:held")
    story = _proved(_beside(*longer, own=None))
    yield case("branch_without_a_value_proved", "The key ends in a branch that has none.", story, "role:not-held")

    def with_list(items: list[Any]) -> list[bytes]:
        branch = items if len(items) == 17 else items[1]
        branch[16] = [b"\1"]
        return [r.rlp(items)]

    story = _spoilt(_proved(_beside(*longer)), with_list)
    yield case("list_for_a_branch_value_broken", "A value is a string.", story, "role:proof", "complete:complete")

    def with_empty_list(items: list[Any]) -> list[bytes]:
        branch = items if len(items) == 17 else items[1]
        branch[16] = []
        return [r.rlp(items)]

    story = _spoilt(_proved(_beside(*longer, own=None)), with_empty_list)
    yield case("empty_list_for_a_branch_value_broken", "So is none.", story, "role:proof", "complete:complete")


def _evidence(
    storage: Storage, is_right: Callable[[list[Any]], bool], fits: Callable[[bytes], bool] = lambda _: True
) -> Story:
    """A story with an evidence that was not anchored, whose key fits, and whose proof ends in a node of this kind."""
    own = basic().id
    for i in range(10_000):
        data = r.keccak(b"evidence %d" % i)
        if not fits(r.keccak(r.slot_of(r.Slot("evidence", (), data), own))):
            continue
        story = _proved(storage, evidence_slot(data))
        nodes = story.last.receipt["slots"][1]["nodes"]
        items = r.rlp_read(bytes.fromhex(nodes[-1][2:]))
        assert isinstance(items, list)
        if is_right(items):
            return story
    raise AssertionError("no such evidence")


def _absent() -> Iterator[Case]:
    """What proves that nothing is there."""
    shown = ("unanchored:unanchored", "complete:complete")
    damaged = ("anchored:proof", "complete:complete")
    with_leaf = _evidence(_beside(), lambda items: len(items) == 2)
    yield case("absent_by_another_leaf_proved", "A leaf of another key is there.", with_leaf, *shown)

    def emptied(items: list[Any]) -> list[bytes]:
        return [r.rlp([items[0], b""])]

    spoilt = _spoilt(_evidence(_beside(), lambda items: len(items) == 2), emptied)
    yield case("absent_by_a_leaf_of_nothing_broken", "Each leaf has a value.", spoilt, *damaged)

    def listed(items: list[Any]) -> list[bytes]:
        return [r.rlp([items[0], [items[1]]])]

    spoilt = _spoilt(_evidence(_beside(), lambda items: len(items) == 2), listed)
    yield case("absent_by_a_leaf_of_a_list_broken", "Each leaf has a string.", spoilt, *damaged)
    by_branch = _evidence(_beside(), lambda items: len(items) == 17)
    yield case("absent_by_an_empty_item_proved", "The branch has no child for the key.", by_branch, *shown)

    def all_lists(items: list[Any]) -> list[bytes]:
        return [r.rlp([each or [] for each in items[:16]] + items[16:])]

    spoilt = _spoilt(_evidence(_beside(), lambda items: len(items) == 17), all_lists)
    yield case("absent_by_an_empty_list_broken", "An empty list is no child, and not none.", spoilt, *damaged)
    by_extension = _evidence(
        _twins(),
        lambda items: len(items) == 2 and isinstance(items[1], list),
        # Beyond the extension the keys go on alike.
        lambda key: key[0] >> 4 == KEY[0] >> 4 and key[-1] & 15 == NIBBLE,
    )
    yield case("absent_by_another_extension_proved", "An extension of another key is there.", by_extension, *shown)


def _slots() -> Iterator[Case]:
    own = r.keccak(r.slot_of(r.Slot("complaint", ()), basic().id))

    def stored(value: bytes) -> Story:
        return basic().prove(LATER, storage=lambda held: {**held, own: value})

    for name, why, story in (
        ("of_33_bytes", "A slot has at most 32 bytes.", stored(r.rlp(b"\1" * 33))),
        ("with_a_leading_zero", "Numbers have no leading zeros.", stored(r.rlp(b"\0" + r.word(basic().word())[1:]))),
        ("of_a_list", "A slot is a number.", stored(r.rlp([basic().word()]))),
        ("with_bytes_behind_it", "Nothing follows.", stored(r.rlp(basic().word()) + b"\x80")),
    ):
        yield case(f"slot_{name}_broken", why, story, "state:proof")
    zero = Story().prove(LATER, storage=lambda held: {**held, own: b"\x80"})
    yield case(
        "slot_of_a_stored_zero_proved", "Some development nodes keep zeros.", zero, "state:nothing", "absent:absent"
    )
    for name, value, code in (("1", 1, "held"), ("2", 2, "not-held")):
        story = basic()
        story.grant(INTAKE, value=value)
        story.prove(LATER, role_slot(INTAKE))
        yield case(f"role_of_{name}_proved", "An account has a role if its slot is 1.", story, f"role:{code}")
    story = basic()
    story.grant(STRANGER)
    roles = (role_slot(INTAKE), role_slot(STRANGER), role_slot(STRANGER, "RECORDER_ROLE"))
    evidence = (evidence_slot(r.keccak(b"one")), evidence_slot(r.keccak(b"two")))
    story.prove(LATER, *roles, *evidence, {"of": "registry"})
    yield case(
        "slots_of_every_kind_proved",
        "Roles and evidence differ in a part each.",
        story,
        "role:held",
        "unanchored:unanchored",
    )
    story = basic()
    story.storage[r.word(7)] = 0
    story.prove(LATER, {"of": "registry"})
    yield case("registry_of_nothing_proved", "An empty registry: zeros, and no filing.", story, "registry:registry")
    story = basic().prove(LATER, {"of": "moon"}, {"of": "moon", "phase": 3})
    story.last.receipt["slots"][1:1] = [{"of": "moon"}]
    yield case("unknown_slots_twice_proved", "What is unknown may come twice.", story, "complete:complete")
