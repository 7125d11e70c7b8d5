"""Cases of section 3: headers, RLP, tries, accounts and slots that no chain has, under roots that are right."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import receipt as r
from tests.corpus.case import Case
from tests.corpus.story import (
    CONTRACT,
    LATER,
    Story,
    basic,
    case,
    header,
)

KEY = r.keccak(CONTRACT)
PATH = [nibble for byte in KEY for nibble in (byte >> 4, byte & 15)]


def cases() -> Iterator[Case]:
    """All cases of this module."""
    yield from _headers()
    yield from _accounts()
    yield from _canonical()
    yield from _paths()
    yield from _branches()


def _headers() -> Iterator[Case]:
    def with_item(place: int, to: Any) -> Story:
        return basic().prove(LATER, items=lambda items: [*items[:place], to, *items[place + 1 :]])

    for name, why, story in (
        ("of_14_items", "At least 15 items.", basic().prove(LATER, items=lambda items: items[:14])),
        ("of_65_items", "At most 64 items.", basic().prove(LATER, items=lambda items: [*items, *[b""] * 48])),
        ("with_a_short_parent", "The parent's hash has 32 bytes.", with_item(0, bytes(31))),
        ("with_a_list_for_its_parent", "The parent's hash is a string.", with_item(0, [b"\1"] * 32)),
        ("with_a_list_for_its_root", "The state root is a string.", with_item(3, [b"\1"] * 32)),
        ("with_a_short_root", "The state root has 32 bytes.", with_item(3, bytes(31))),
        ("with_a_number_of_9_bytes", "Numbers have at most 8 bytes.", with_item(8, b"\1" + bytes(8))),
        ("with_a_number_of_2_53", "Numbers are below 2^53.", with_item(8, 2**53)),
        ("with_a_time_of_2_53", "Numbers are below 2^53.", with_item(11, 2**53)),
        ("with_a_leading_zero", "Numbers have no leading zeros.", with_item(11, b"\0" + r.word(LATER)[-4:])),
        ("with_a_list_for_its_number", "A number is a string.", with_item(8, [b"\1"])),
        ("of_a_string", "A header is a list.", basic().prove(LATER, items=lambda _: b"\1" * 30)),  # type: ignore[arg-type, return-value]
    ):
        yield case(f"header_{name}_broken", why, story, "proof:header")
    longest = basic().prove(
        LATER,
        items=lambda items: [*items, *(b"x" * size for size in (55, 56)), b"x" * 300, [b"x" * 54], *[[b"x"]] * 43],
    )
    yield case("header_of_64_items_proved", "Forks append items, of whatever form.", longest, "complete:complete")
    shortest = basic().prove(LATER, items=lambda items: items[:15])
    yield case("header_of_15_items_proved", "The oldest form has no base fee.", shortest, "complete:complete")
    for name, why, more in (
        ("with_a_string_beyond_its_list", "An item ends where its list ends.", "c1820102"),
        ("with_55_bytes_in_the_long_form", "Up to 55 bytes have a short length.", "b837" + "11" * 55),
        ("with_a_list_in_the_long_form", "Up to 55 bytes have a short length.", "f801c0"),
        ("cut_off_in_a_length", "A length is whole.", "b9"),
    ):
        story = basic().prove(LATER)
        _reheaded(story, lambda raw, more=more: _with_items(raw, bytes.fromhex(more)))  # type: ignore[misc]
        yield case(f"header_{name}_broken", why, story, "proof:header")
    story = basic().prove(LATER)
    _reheaded(story, lambda _: b"\xc0")
    yield case("header_of_one_byte_broken", "It has the form of a header, and is none.", story, "proof:header")
    for depth, verdict in ((32, "proved"), (33, "broken")):
        nested: Any = []
        for _ in range(depth - 2):
            nested = [nested]
        story = basic().prove(LATER, items=lambda items, more=nested: [*items, more])  # type: ignore[misc]
        why = "Lists are nested at most 32 deep, and the header itself is the first."
        yield case(f"header_{depth}_lists_deep_{verdict}", why, story)
    unordered = basic().prove(LATER, number=200).prove(LATER, number=100, items=lambda items: items[:14])
    why = "A header that cannot be read has no number, so it does not count in the order of the proofs."
    yield case("header_without_number_out_of_order_broken", why, unordered, "proof:header", "complete:complete")


def _with_items(raw: bytes, more: bytes) -> bytes:
    """A header's RLP with other bytes among its items."""
    body = raw[3:] + more
    return b"\xf9" + len(body).to_bytes(2, "big") + body


def _reheaded(story: Story, change: Callable[[bytes], bytes]) -> None:
    """Gives the newest proof another header, and trusts it."""
    raw = change(story.last.header)
    story.last.receipt["block"]["header"] = r.hex0x(raw)
    story.trusted[-1] = r.hex0x(r.keccak(raw))


def _accounts() -> Iterator[Case]:
    def with_item(place: int, to: Any) -> Story:
        return basic().prove(LATER, account=lambda items: [*items[:place], to, *items[place + 1 :]])

    for name, why, story in (
        ("of_five_items", "An account has four items.", basic().prove(LATER, account=lambda items: [*items, b"\1"])),
        ("of_three_items", "An account has four items.", basic().prove(LATER, account=lambda items: items[:3])),
        ("of_a_string", "An account is a list.", basic().prove(LATER, account=lambda _: b"\xb8\x40" + bytes(64))),
        ("with_a_nonce_of_9_bytes", "The nonce has at most 8 bytes.", with_item(0, b"\1" * 9)),
        ("with_a_nonce_of_a_list", "The nonce is a number.", with_item(0, [])),
        ("with_a_leading_zero", "Numbers have no leading zeros.", with_item(0, b"\0")),
        ("with_a_balance_of_33_bytes", "The balance has at most 32 bytes.", with_item(1, b"\1" * 33)),
        ("with_a_balance_of_a_list", "The balance is a number.", with_item(1, [])),
        ("with_a_root_of_33_bytes", "A root has 32 bytes.", with_item(2, bytes(33))),
        ("with_a_root_of_a_list", "A root is a string.", with_item(2, [b"\1"] * 32)),
        ("with_a_code_hash_of_a_list", "A hash is a string.", with_item(3, [b"\1"] * 32)),
        ("with_a_code_hash_of_31_bytes", "A hash has 32 bytes.", with_item(3, bytes(31))),
        ("without_code", "No contract is there.", basic().prove(LATER, code=r.EMPTY_CODE)),
        ("that_is_absent", "No contract is there.", basic().prove(LATER, account=lambda _: None)),
    ):
        yield case(f"account_{name}_broken", why, story, "state:proof")
    story = basic().prove(LATER)
    story.last.receipt["account"] = []
    yield case("account_of_no_nodes_broken", "No nodes show nothing.", story, "state:proof")
    story = Story().prove(LATER, storage=lambda _: {})
    yield case("nothing_stored_proved", "The contract stores nothing: no nodes show it.", story, "absent:absent")
    story = Story().prove(LATER, storage=lambda _: {})
    story.last.receipt["slots"][0]["nodes"] = ["0x80"]
    yield case("node_of_an_empty_trie_broken", "An empty trie has no nodes.", story, "state:proof")


def _under(nodes: list[bytes], *, code: bytes | None = None) -> Story:
    """A story whose account is proved by these nodes, the first of which is the state's root."""
    story = basic().prove(LATER)
    return rooted(story, [r.hex0x(node) for node in nodes], r.keccak(nodes[0]))


def rooted(story: Story, nodes: Sequence[str], root: bytes) -> Story:
    """The story with these nodes of its account, under a header with this state root."""
    raw = r.rlp(header(story.last.number, story.last.time, root))
    story.last.receipt["account"] = list(nodes)
    story.last.receipt["block"]["header"] = r.hex0x(raw)
    story.trusted[-1] = r.hex0x(r.keccak(raw))
    return story


def account_of_basic() -> bytes:
    """The account's RLP in the trie of `basic`."""
    story = basic().prove(LATER)
    value = r.trie_value(
        story.world.root_hash, KEY, [bytes.fromhex(each[2:]) for each in story.last.receipt["account"]]
    )
    assert value
    return value


def compact(nibbles: list[int], *, is_leaf: bool) -> bytes:
    flag = 2 * is_leaf + len(nibbles) % 2
    whole = [flag, *nibbles] if len(nibbles) % 2 else [flag, 0, *nibbles]
    return bytes(high << 4 | low for high, low in zip(whole[::2], whole[1::2], strict=True))


def leaf_of(value: Any, at: int = 0) -> list[Any]:
    return [compact(PATH[at:], is_leaf=True), value]


def _branch(at: int, child: Any, **other: Any) -> list[Any]:
    """A branch on the way; beside the way a child that is another one's hash."""
    items: list[Any] = [b""] * 17
    items[PATH[at]] = child
    items[(PATH[at] + 1) % 16] = other.get("beside", b"\x11" * 32)
    return items


def _canonical() -> Iterator[Case]:
    """RLP that other readers accept."""
    account = account_of_basic()
    items = r.rlp_read(account)
    assert isinstance(items, list)
    leaf = r.rlp(leaf_of(account))
    body = account[2:]
    one = r.rlp(items[0])
    for name, why, value in (
        ("length_with_a_leading_zero", "A length has no leading zeros.", b"\xf9\0" + account[1:2] + body),
        (
            "byte_that_is_not_itself",
            "A small byte stands for itself.",
            b"\xf8" + bytes([len(body) + 1]) + b"\x81" + body,
        ),
        ("bytes_behind_the_account", "Nothing follows.", account + b"\x80"),
        ("account_cut_off", "Nothing is missing.", account[:-1]),
    ):
        assert one == body[:1]
        yield case(f"{name}_broken", why, _under([r.rlp(leaf_of(value))]), "state:proof")
    long_string = b"\xf8" + bytes([len(body) + 1]) + body[:2] + b"\xb8\x20" + body[3:]
    yield case(
        "length_that_is_not_shortest_broken",
        "Up to 55 bytes have a short length.",
        _under([r.rlp(leaf_of(long_string))]),
        "state:proof",
    )
    yield case("bytes_behind_a_node_broken", "Nothing follows.", _under([leaf + b"\x80"]), "state:proof")
    yield case("leaf_as_the_root_proved", "The state has one account.", _under([leaf]), "complete:complete")


def _paths() -> Iterator[Case]:
    account = account_of_basic()
    whole = compact(PATH, is_leaf=True)
    deep = r.rlp(_branch(2, r.keccak(r.rlp(leaf_of(account, 3)))))
    extension = [compact(PATH[:2], is_leaf=False), r.keccak(deep)]
    rest = r.rlp(leaf_of(account, 3))
    first = r.rlp(leaf_of(account, 1))
    branch = r.rlp(_branch(0, r.keccak(first)))
    yield case(
        "extension_proved",
        "An extension leads to a branch, and that to the leaf.",
        _under([r.rlp(extension), deep, rest]),
        "complete:complete",
    )
    lower = r.rlp(leaf_of(account, 2))
    two = r.rlp([compact(PATH[1:2], is_leaf=False), r.keccak(r.rlp(_branch(2, r.keccak(rest))))])
    for name, why, nodes in (
        ("flag_4", "A flag is 0 to 3.", [r.rlp([bytes([0x40]) + whole[1:], account])]),
        (
            "padding_that_is_not_zero",
            "The padding of an even path is 0.",
            [r.rlp([bytes([0x21]) + whole[1:], account])],
        ),
        ("path_of_a_list", "A path is a string.", [r.rlp([[whole], account])]),
        ("empty_extension", "An extension has a path.", [r.rlp([b"\0", r.keccak(branch)]), branch, first]),
        ("extension_to_a_leaf", "An extension leads to a branch.", [r.rlp([extension[0], r.keccak(lower)]), lower]),
        (
            "extension_to_an_extension",
            "An extension leads to a branch.",
            [r.rlp([compact(PATH[:1], is_leaf=False), r.keccak(two)]), two, r.rlp(_branch(2, r.keccak(rest))), rest],
        ),
        ("leaf_of_a_list", "A value is a string.", [r.rlp([whole, [account]])]),
        ("leaf_of_nothing", "A value is not empty.", [r.rlp([whole, b""])]),
        ("node_of_three_items", "A node has 2 or 17 items.", [r.rlp([whole, account, b""])]),
        (
            "node_of_18_items",
            "A node has 2 or 17 items.",
            [r.rlp([*_branch(0, r.keccak(r.rlp(leaf_of(account, 1)))), b""]), r.rlp(leaf_of(account, 1))],
        ),
        ("node_of_a_string", "A node is a list.", [r.rlp(b"\1" * 17)]),
        ("path_of_nothing", "A path has a flag.", [r.rlp([b"", account])]),
    ):
        yield case(f"{name}_broken", why, _under(nodes), "state:proof")


def _branches() -> Iterator[Case]:
    rest = r.rlp(leaf_of(account_of_basic(), 1))
    alone: list[Any] = [b""] * 17
    alone[PATH[0]] = r.keccak(rest)
    for name, why, branch in (
        ("of_one_item", "A branch has at least two items that are not empty.", alone),
        ("to_31_bytes", "A reference has 32 bytes.", _branch(0, r.keccak(rest)[:31])),
        ("to_33_bytes", "A reference has 32 bytes.", _branch(0, r.keccak(rest) + b"\0")),
        ("to_an_empty_list", "A child is a reference or a node.", _branch(0, [])),
        ("to_a_list_that_is_too_long", "A node of 32 bytes and more is not embedded.", _branch(0, r.rlp_read(rest))),
    ):
        nodes = [r.rlp(branch)] if "list" in name else [r.rlp(branch), rest]
        yield case(f"branch_{name}_broken", why, _under(nodes), "state:proof")
    why = "Rules 3 and 4 are about the nodes on the way. What lies beside it is in the root, and proves nothing."
    for name, beside in (("short_reference", b"\7" * 31), ("leaf_without_a_value", [b"\x31", b""])):
        story = _under([r.rlp(_branch(0, r.keccak(rest), beside=beside)), rest])
        yield case(f"{name}_beside_the_way_proved", why, story, "complete:complete")
    with_value = [*_branch(0, r.keccak(rest))[:16], [b"\1"]]
    yield case("list_for_a_value_beside_the_way_proved", why, _under([r.rlp(with_value), rest]), "complete:complete")
