"""Calldata that no compiler makes: dirty bits, offsets that overlap or lead nowhere, lengths without content."""

from collections.abc import Callable

import pytest

from tests.support.entries import Entry, data_hash
from tests.support.registry import Registry
from tests.support.spec import DAY, EventType

WORD = 32  # bytes
SELECTOR = 4  # bytes


def with_word(data: bytes, index: int, value: int) -> bytes:
    """The calldata with one word after the selector replaced."""
    start = SELECTOR + WORD * index
    return data[:start] + value.to_bytes(WORD) + data[start + WORD :]


def word(data: bytes, index: int) -> int:
    start = SELECTOR + WORD * index
    return int.from_bytes(data[start : start + WORD])


def batch_of(registry: Registry, complaint: bytes) -> bytes:
    """Two comments. Words: offset, length, then id, data, type and nonce of each."""
    entries = [Entry(complaint, EventType.COMMENTED, data_hash(n), n) for n in (1, 2)]
    return registry.codec.call("recordBatch", [entry.abi for entry in entries])


def sent(registry: Registry, data: bytes, sender: str | None = None) -> bool:
    """Whether it succeeded."""
    return registry.node.send(sender or registry.actors.operator, registry.address, data).succeeded


TRICKS: dict[str, Callable[[bytes], bytes]] = {
    "type with a high bit": lambda data: with_word(data, 4, word(data, 4) | 1 << 255),
    "type with the next bit": lambda data: with_word(data, 4, word(data, 4) | 1 << 8),
    "type 16": lambda data: with_word(data, 4, 16),
    "type of the second with a high bit": lambda data: with_word(data, 8, word(data, 8) | 1 << 200),
    "nonce with the next bit": lambda data: with_word(data, 5, word(data, 5) | 1 << 24),
    "nonce with the highest bit": lambda data: with_word(data, 5, word(data, 5) | 1 << 255),
    "nonce of the second with the next bit": lambda data: with_word(data, 9, word(data, 9) | 1 << 24),
    "offset behind the end": lambda data: with_word(data, 0, len(data)),
    "offset that wraps around": lambda data: with_word(data, 0, 2**256 - 32),
    "offset beyond 64 bits": lambda data: with_word(data, 0, 2**64),
    "length of one too many": lambda data: with_word(data, 1, 3),
    "length beyond 64 bits": lambda data: with_word(data, 1, 2**64),
    "length that wraps around": lambda data: with_word(data, 1, 2**251 + 2),
    "length that wraps around to nothing": lambda data: with_word(data, 1, 2**255),
    "longest length": lambda data: with_word(data, 1, 2**256 - 1),
    "last byte missing": lambda data: data[:-1],
    "no length": lambda data: data[: SELECTOR + WORD],
    "nothing": lambda data: data[:SELECTOR],
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_batch__malformed__fails_whole(trick: Callable[[bytes], bytes], registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    before = registry.complaint(complaint)
    assert not sent(registry, trick(batch_of(registry, complaint)))
    assert registry.complaint(complaint) == before


def test_batch__array_moved_to_another_offset__is_read_from_there(registry: Registry, complaint: bytes) -> None:
    """Unusual and lawful: what is recorded is what the offset points to, and what lies between is not read."""
    registry.create(complaint)
    data = batch_of(registry, complaint)
    moved = data[:SELECTOR] + (3 * WORD).to_bytes(WORD) + b"\xff" * 2 * WORD + data[SELECTOR + WORD :]
    assert sent(registry, moved + b"\xee" * 100)
    assert registry.nonce(complaint) == 3


def test_batch__offset_onto_itself__has_the_length_that_it_finds_there(registry: Registry, complaint: bytes) -> None:
    """The array's offset is its own length: zero entries, of none of which anything is believed."""
    registry.create(complaint)
    assert sent(registry, with_word(batch_of(registry, complaint), 0, 0))
    assert registry.nonce(complaint) == 1


def test_batch__entries_overlap_the_words_of_others__are_judged_as_read(registry: Registry, complaint: bytes) -> None:
    """One word on, each entry reads as id the data of another: unknown complaints, and a type that there is not."""
    registry.create(complaint)
    data = batch_of(registry, complaint)
    shifted = data[:SELECTOR] + (2 * WORD).to_bytes(WORD) + (1).to_bytes(WORD) + (1).to_bytes(WORD) + data[-7 * WORD :]
    assert not sent(registry, shifted)
    assert registry.nonce(complaint) == 1


FUNCTIONS = ("logComplaintEvent", "anchorEvidence", "setSLADeadline", "pauseSLA", "resumeSLA")


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("bit", [24, 31, 64, 255])
def test_single_call__dirty_nonce__is_refused(function: str, bit: int, registry: Registry, complaint: bytes) -> None:
    registry.create(complaint)
    arguments = {
        "logComplaintEvent": (complaint, EventType.NOTED, data_hash(1), 1),
        "anchorEvidence": (complaint, data_hash(1), 1),
        "setSLADeadline": (complaint, registry.node.time + DAY, 1),
        "pauseSLA": (complaint, 1),
        "resumeSLA": (complaint, 1),
    }[function]
    if function == "resumeSLA":
        registry.force(complaint, status=2)
    data = registry.codec.call(function, *arguments)
    dirty = with_word(data, len(arguments) - 1, 1 | 1 << bit)
    assert not sent(registry, dirty)
    assert sent(registry, data)


@pytest.mark.parametrize(
    ("index", "bit"),
    [(2, 8), (3, 24), (4, 79), (4, 0), (5, 160), (6, 40)],
    ids=["type", "nonce", "head_highest_spare_bit", "head_lowest_bit", "actor", "valid_until"],
)
def test_signed__dirty_bits_beside_a_value__are_refused(
    index: int, bit: int, registry: Registry, complaint: bytes
) -> None:
    """Two encodings of one entry would be two transactions for one signature; there is only one."""
    registry.create(complaint)
    signed = registry.signed(registry.entry(complaint, EventType.NOTED))
    data = registry.codec.call("recordSigned", *signed.arguments, registry.sign_entry(signed))
    assert not sent(registry, with_word(data, index, word(data, index) | 1 << bit), registry.actors.stranger)
    assert registry.nonce(complaint) == 1
    assert sent(registry, data, registry.actors.stranger)


@pytest.mark.parametrize(("index", "bit"), [(1, 160), (3, 8)], ids=["complainant", "number"])
def test_objection__dirty_bits_beside_a_value__are_refused(
    index: int, bit: int, registry: Registry, complaint: bytes
) -> None:
    registry.create(complaint)
    objection = registry.objection(1)
    data = registry.codec.call("logObjection", *objection.arguments, registry.sign_objection(objection))
    assert not sent(registry, with_word(data, index, word(data, index) | 1 << bit))
    assert sent(registry, data)


def test_call__address_appended_to_it__is_not_believed(registry: Registry, complaint: bytes) -> None:
    """ERC-2771: extra bytes at the end are nobody's address here."""
    actors = registry.actors
    data = registry.codec.call("logComplaintEvent", complaint, EventType.CREATED, data_hash(1), 0)
    assert not sent(registry, data + bytes.fromhex(actors.intake[2:]), actors.stranger)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 4, b"\x00" * 100], ids=["empty", "byte", "unknown", "zeros"])
def test_call__of_no_function__is_refused(data: bytes, registry: Registry) -> None:
    assert not sent(registry, data)
