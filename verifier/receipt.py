#!/usr/bin/env python3
"""Verifies receipts of complaints: one file, Python 3.11 or later, standard library only.

    python3 -I -S receipt.py verify RECEIPT [--block 0x…] [--contract 0x…] [--file EVIDENCE …]

docs/receipt.md is the specification; the sections of this file follow it. `verify`, `show`, `redact` and `merge` open
no connection, unless `verify` is given nodes (`--rpc`), which are asked for block headers only. `prove`, `submit` and
`object` talk to one node. Exit status of `verify`: 0 proved, 1 contradicted or broken, 2 not decided.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import contextlib
import functools
import getpass
import hashlib
import hmac
import itertools
import json
import os
import re
import secrets
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

Json = dict[str, Any]

# ---------------------------------------------------------------------------------------------------------- keccak-256

_RATE: Final = 136  # bytes
_MASK: Final = 2**64 - 1
_ROUNDS: Final = (
    0x0000000000000001,
    0x0000000000008082,
    0x800000000000808A,
    0x8000000080008000,
    0x000000000000808B,
    0x0000000080000001,
    0x8000000080008081,
    0x8000000000008009,
    0x000000000000008A,
    0x0000000000000088,
    0x0000000080008009,
    0x000000008000000A,
    0x000000008000808B,
    0x800000000000008B,
    0x8000000000008089,
    0x8000000000008003,
    0x8000000000008002,
    0x8000000000000080,
    0x000000000000800A,
    0x800000008000000A,
    0x8000000080008081,
    0x8000000000008080,
    0x0000000080000001,
    0x8000000080008008,
)


def _permuted(lanes: list[int]) -> list[int]:  # noqa: PLR0915  # unrolled: three times as fast as with loops
    """Keccak-f[1600]. Lane (x, y) is number x + 5y."""
    mask = _MASK
    (
        a0,
        a1,
        a2,
        a3,
        a4,
        a5,
        a6,
        a7,
        a8,
        a9,
        a10,
        a11,
        a12,
        a13,
        a14,
        a15,
        a16,
        a17,
        a18,
        a19,
        a20,
        a21,
        a22,
        a23,
        a24,
    ) = lanes
    for constant in _ROUNDS:
        c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
        c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
        c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
        c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
        c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
        d0 = c4 ^ c1 << 1
        d1 = c0 ^ c2 << 1
        d2 = c1 ^ c3 << 1
        d3 = c2 ^ c4 << 1
        d4 = c3 ^ c0 << 1
        t = a0 ^ d0
        b0 = t & mask ^ t >> 64
        t = (a5 ^ d0) << 36
        b16 = t & mask ^ t >> 64
        t = (a10 ^ d0) << 3
        b7 = t & mask ^ t >> 64
        t = (a15 ^ d0) << 41
        b23 = t & mask ^ t >> 64
        t = (a20 ^ d0) << 18
        b14 = t & mask ^ t >> 64
        t = (a1 ^ d1) << 1
        b10 = t & mask ^ t >> 64
        t = (a6 ^ d1) << 44
        b1 = t & mask ^ t >> 64
        t = (a11 ^ d1) << 10
        b17 = t & mask ^ t >> 64
        t = (a16 ^ d1) << 45
        b8 = t & mask ^ t >> 64
        t = (a21 ^ d1) << 2
        b24 = t & mask ^ t >> 64
        t = (a2 ^ d2) << 62
        b20 = t & mask ^ t >> 64
        t = (a7 ^ d2) << 6
        b11 = t & mask ^ t >> 64
        t = (a12 ^ d2) << 43
        b2 = t & mask ^ t >> 64
        t = (a17 ^ d2) << 15
        b18 = t & mask ^ t >> 64
        t = (a22 ^ d2) << 61
        b9 = t & mask ^ t >> 64
        t = (a3 ^ d3) << 28
        b5 = t & mask ^ t >> 64
        t = (a8 ^ d3) << 55
        b21 = t & mask ^ t >> 64
        t = (a13 ^ d3) << 25
        b12 = t & mask ^ t >> 64
        t = (a18 ^ d3) << 21
        b3 = t & mask ^ t >> 64
        t = (a23 ^ d3) << 56
        b19 = t & mask ^ t >> 64
        t = (a4 ^ d4) << 27
        b15 = t & mask ^ t >> 64
        t = (a9 ^ d4) << 20
        b6 = t & mask ^ t >> 64
        t = (a14 ^ d4) << 39
        b22 = t & mask ^ t >> 64
        t = (a19 ^ d4) << 8
        b13 = t & mask ^ t >> 64
        t = (a24 ^ d4) << 14
        b4 = t & mask ^ t >> 64
        a0 = b0 ^ (~b1 & b2) ^ constant
        a1 = b1 ^ (~b2 & b3)
        a2 = b2 ^ (~b3 & b4)
        a3 = b3 ^ (~b4 & b0)
        a4 = b4 ^ (~b0 & b1)
        a5 = b5 ^ (~b6 & b7)
        a6 = b6 ^ (~b7 & b8)
        a7 = b7 ^ (~b8 & b9)
        a8 = b8 ^ (~b9 & b5)
        a9 = b9 ^ (~b5 & b6)
        a10 = b10 ^ (~b11 & b12)
        a11 = b11 ^ (~b12 & b13)
        a12 = b12 ^ (~b13 & b14)
        a13 = b13 ^ (~b14 & b10)
        a14 = b14 ^ (~b10 & b11)
        a15 = b15 ^ (~b16 & b17)
        a16 = b16 ^ (~b17 & b18)
        a17 = b17 ^ (~b18 & b19)
        a18 = b18 ^ (~b19 & b15)
        a19 = b19 ^ (~b15 & b16)
        a20 = b20 ^ (~b21 & b22)
        a21 = b21 ^ (~b22 & b23)
        a22 = b22 ^ (~b23 & b24)
        a23 = b23 ^ (~b24 & b20)
        a24 = b24 ^ (~b20 & b21)
    return [
        a0,
        a1,
        a2,
        a3,
        a4,
        a5,
        a6,
        a7,
        a8,
        a9,
        a10,
        a11,
        a12,
        a13,
        a14,
        a15,
        a16,
        a17,
        a18,
        a19,
        a20,
        a21,
        a22,
        a23,
        a24,
    ]


def keccak(data: bytes) -> bytes:
    """keccak-256 as Ethereum uses it (padding 0x01), 32 bytes."""
    padded = _padded(data)
    state = [0] * 25
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            place = start + 8 * lane
            state[lane] ^= int.from_bytes(padded[place : place + 8], "little")
        state = _permuted(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _padded(data: bytes) -> bytes:
    padded = bytearray(data)
    padded += bytes(_RATE - len(data) % _RATE)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    return bytes(padded)


# The distance by which each lane (number x + 5y) is rotated, and the number to which it then moves.
_ROTATIONS: Final = (0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14)
_MOVES_TO: Final = (0, 10, 20, 5, 15, 16, 1, 11, 21, 6, 7, 17, 2, 12, 22, 23, 8, 18, 3, 13, 14, 24, 9, 19, 4)
_TOGETHER: Final = 64  # messages


def keccak_many(messages: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each message with its keccak-256, in no order; ten times as fast as one after the other.

    The lanes of many messages stand side by side in one large integer, 64 bits each.
    """
    by_blocks: dict[int, list[bytes]] = {}
    for message in set(messages):
        by_blocks.setdefault(len(message) // _RATE, []).append(message)
    for group in by_blocks.values():
        for start in range(0, len(group), _TOGETHER):
            part = group[start : start + _TOGETHER]
            yield from zip(part, _keccak_together([_padded(message) for message in part]), strict=True)


def _keccak_together(padded: Sequence[bytes]) -> Iterator[bytes]:
    """The hashes of messages with equally many blocks."""
    count = len(padded)
    ones = int.from_bytes(b"\1\0\0\0\0\0\0\0" * count, "little")  # 1 in each lane
    low = [ones * (2**bits - 1) for bits in range(65)]
    state = [0] * 25
    for start in range(0, len(padded[0]), _RATE):
        for lane in range(_RATE // 8):
            place = start + 8 * lane
            state[lane] ^= int.from_bytes(b"".join(each[place : place + 8] for each in padded), "little")
        for constant in _ROUNDS:
            c = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
            r = [(each & low[63]) << 1 | each >> 63 & ones for each in c]
            d = [c[x - 1] ^ r[(x + 1) % 5] for x in range(5)]
            moved = [0] * 25
            for lane, each in enumerate(state):
                t, bits = each ^ d[lane % 5], _ROTATIONS[lane]
                moved[_MOVES_TO[lane]] = (t & low[64 - bits]) << bits | t >> 64 - bits & low[bits]
            for y in range(0, 25, 5):
                row = moved[y : y + 5]
                state[y : y + 5] = [row[x] ^ (row[(x + 2) % 5] & ~row[(x + 1) % 5]) for x in range(5)]
            state[0] ^= ones * constant
    lanes = [lane.to_bytes(8 * count, "little") for lane in state[:4]]
    for place in range(0, 8 * count, 8):
        yield b"".join(lane[place : place + 8] for lane in lanes)


_hashed: dict[bytes, bytes] = {}


def hash_once(data: bytes) -> bytes:
    """`keccak(data)`, remembered: the proofs of one receipt share most of their nodes."""
    found = _hashed.get(data)
    if found is None:
        if len(_hashed) > 100_000:
            _hashed.clear()
        found = _hashed[data] = keccak(data)
    return found


def hashes_forget() -> None:
    """Frees what `hash_once` remembers: for a process that lives long."""
    _hashed.clear()


def hash_ahead(messages: Iterable[bytes]) -> None:
    """Hashes what `hash_once` will be asked for."""
    _hashed.update(keccak_many(message for message in messages if message not in _hashed))


def word(number: int) -> bytes:
    """A number as 32 bytes."""
    return number.to_bytes(32, "big")


def hex0x(data: bytes) -> str:
    """`0x` and lower-case hex."""
    return "0x" + data.hex()


# ---------------------------------------------------------------------------------------------- 1. JSON, read strictly

MAX_BYTES: Final = 16 * 2**20
MAX_HEADER: Final = 4096  # bytes
MAX_NODE: Final = 1024  # bytes
MAX_NODES: Final = 64
MAX_PROOFS: Final = 64
MAX_SLOTS: Final = 256
MAX_PROMISES: Final = 1000
SAFE: Final = 2**53 - 1
_MAX_DEPTH: Final = 64
# Brackets outside of texts; a text without its end goes up to the end. Linear, whatever is read.
_BRACKETS: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|([\[\]{}])', re.DOTALL)
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class Unusable(Exception):
    """Of the file as a whole. `verdict` and `code` are those of the statement `receipt`, `at` is where it offends."""

    def __init__(self, code: str, at: str = "", verdict: str = "BROKEN") -> None:
        super().__init__(f"{code} {at}".strip())
        self.code, self.at, self.verdict = code, at, verdict


def text_read(data: bytes) -> str:
    """The text in a file's bytes, by rule 1 of section 1. Raises `Unusable`."""
    if len(data) > MAX_BYTES:
        raise Unusable("encoding")
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        raise Unusable("encoding") from None


def file_read(path: Path) -> bytes:
    """The bytes of a file; of one that is too long, one byte more than any reader takes. Raises `OSError`."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def json_read(data: bytes) -> Any:
    """The value in `data`, by the rules of section 1. Raises `Unusable`."""
    text = text_read(data)
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[1], 0)
        if depth > _MAX_DEPTH:
            raise Unusable("json")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_refused_number,
            parse_constant=_refused_number,
        )
        if _SURROGATE.search(text):
            _texts_check(value)
    except (ValueError, RecursionError):
        raise Unusable("json") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _integer(text: str) -> int:
    if len(text) > 17 or text == "-0" or abs(int(text)) > SAFE:
        raise ValueError("a number that implementations read differently")
    return int(text)


def _refused_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no integer")


def _texts_check(value: Any) -> None:
    """Raises `UnicodeEncodeError` (a `ValueError`) for a lone surrogate."""
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for key, each in value.items():
            key.encode()
            _texts_check(each)
    elif isinstance(value, list):
        for each in value:
            _texts_check(each)


def jcs(value: Any) -> bytes:
    """RFC 8785 of a value that `json_read` returned, which has neither floats nor lone surrogates."""
    return _jcs(value).encode()


def _jcs(value: Any) -> str:
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda pair: in_utf16(pair[0]))
        return "{" + ",".join(f"{_text(key)}:{_jcs(each)}" for key, each in ordered) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_jcs, value)) + "]"
    if isinstance(value, str):
        return _text(value)
    return (
        {None: "null", True: "true", False: "false"}[value]
        if value is None or value is True or value is False
        else str(value)
    )


def in_utf16(text: str) -> bytes:
    """The order in which RFC 8785 sorts."""
    return text.encode("utf-16-be")


def _text(text: str) -> str:
    # json escapes as RFC 8785 asks: the short forms, \u00xx in lower case, all else as it is.
    return json.dumps(text, ensure_ascii=False)


# ----------------------------------------------------------------------------------------------------------- 2. format

FORMAT: Final = "complaint-registry.receipt"
_MEMBERS: Final = (
    "format",
    "version",
    "critical",
    "deployment",
    "complaint",
    "links",
    "proofs",
    "promises",
    "headers",
    "openings",
)
_OPTIONAL: Final = ("promises", "headers", "openings")
KINDS: Final = (
    "CREATED",
    "ASSIGNED",
    "STATUS_UPDATED",
    "COMMENTED",
    "RESOLVED",
    "REJECTED",
    "CLOSED",
    "REOPENED",
    "EVIDENCE_ANCHORED",
    "SLA_DEADLINE_SET",
    "SLA_PAUSED",
    "SLA_RESUMED",
    "ESCALATED",
    "OBJECTED",
    "ERASED",
    "NOTED",
)
(
    CREATED,
    ASSIGNED,
    STATUS_UPDATED,
    COMMENTED,
    RESOLVED,
    REJECTED,
    CLOSED,
    REOPENED,
    EVIDENCE_ANCHORED,
    SLA_DEADLINE_SET,
    SLA_PAUSED,
    SLA_RESUMED,
    ESCALATED,
    OBJECTED,
    ERASED,
    NOTED,
) = range(16)
WITH_PAYLOAD: Final = frozenset(range(len(KINDS))) - {SLA_DEADLINE_SET, SLA_PAUSED, SLA_RESUMED, ESCALATED}
# The link says what the clock showed, and the entry nothing.
_BY_CLOCK: Final = (SLA_PAUSED, SLA_RESUMED)
ROLES: Final = ("INTAKE_ROLE", "RECORDER_ROLE", "SLA_MANAGER_ROLE")
_UINT24: Final = 2**24 - 1
NEVER: Final = 2**32 - 1
FOREVER: Final = 2**40 - 1
_HEX: Final = re.compile(r"0x(?:[0-9a-f]{2})*")


class Link(NamedTuple):
    """One link; `time` in Unix seconds."""

    sequence: int
    type: int
    actor: bytes
    time: int
    data: bytes


class Slot(NamedTuple):
    """A storage slot with its proof. `data` is that of an evidence; `role` and `account` are those of a role."""

    of: str
    nodes: Sequence[bytes]
    data: bytes = b""
    role: str = ""
    account: bytes = b""


class Header(NamedTuple):
    """What is read of a block's header."""

    hash: bytes
    parent: bytes
    state_root: bytes
    number: int
    time: int


class Proof(NamedTuple):
    """`position` from 1. `header` is None if it can't be read, or if the kind is unknown (`known` is false then)."""

    position: int
    known: bool
    header: Header | None = None
    account: Sequence[bytes] = ()
    slots: Sequence[Slot] = ()


class Promise(NamedTuple):
    """`signer` is the actor of an entry. `time` is `valid_until` of an entry, else `accepted_at`."""

    is_entry: bool
    type: int
    data: bytes
    signer: bytes
    time: int
    signature: bytes
    nonce: int = 0
    head: bytes = bytes(22)


class Opening(NamedTuple):
    """`data` is what salt and payload commit to."""

    payload: Json
    data: bytes


@dataclass(frozen=True)
class Deployment:
    """The contract; `genesis` has 22 bytes, durations are seconds."""

    chain_id: int
    contract: bytes
    genesis: bytes
    default_sla: int
    escalation_interval: int
    max_escalation_level: int


@dataclass
class Receipt:
    """A receipt whose form is right. `filing`: tracking id, salt and complainant if they are disclosed."""

    deployment: Deployment
    id: bytes
    links: list[Link]
    proofs: list[Proof]
    promises: list[Promise]
    attestations: list[Json]
    filing: tuple[str, bytes, bytes] | None
    opened: dict[int, Opening]
    opened_promises: dict[int, Opening]
    ignored: list[str]


def receipt_read(value: Any) -> Receipt:
    """The receipt in a value that `json_read` returned. Raises `Unusable`."""
    ignored = _outer(value)
    attestations, unknown_types = [], []

    deployment = deployment_read(value["deployment"], "deployment")
    complaint_id = _hex(_closed(value["complaint"], "complaint", "id")["id"], "complaint/id", 32)
    links = [_link(each, i) for i, each in enumerate(_list(value["links"], "links", _UINT24))]
    listed = _list(value["proofs"], "proofs", MAX_PROOFS)
    hash_ahead(_hashable(listed))
    proofs = [_proof(each, i, ignored) for i, each in enumerate(listed)]
    numbers = [proof.header.number for proof in proofs if proof.header]
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        raise Unusable("shape", "proofs")
    promises = [
        _promise(each, f"promises/{i}")
        for i, each in enumerate(_list(value.get("promises", []), "promises", MAX_PROMISES))
    ]
    for i, each in enumerate(_list(value.get("headers", []), "headers", 256)):
        attestation = _attestation(each, f"headers/{i}")
        if attestation:
            attestations.append(attestation)
        else:
            unknown_types.append(f"headers/{i + 1}")
    openings = _closed(
        value.get("openings", {}), "openings", optional=("tracking_id", "salt", "complainant", "links", "promises")
    )
    filing = None
    if names := [name for name in ("tracking_id", "salt", "complainant") if name in openings]:
        if len(names) != 3:
            raise Unusable("shape", "openings")
        tracking_id = _str(openings["tracking_id"], "openings/tracking_id")
        if not 1 <= len(tracking_id) <= 256:
            raise Unusable("shape", "openings/tracking_id")
        salt = _hex(openings["salt"], "openings/salt", 32)
        filing = (tracking_id, salt, _hex(openings["complainant"], "openings/complainant", 20))
    opened = _openings(openings.get("links", {}), "openings/links", len(links))
    opened_promises = _openings(openings.get("promises", {}), "openings/promises", len(promises))
    return Receipt(
        deployment=deployment,
        id=complaint_id,
        links=links,
        proofs=proofs,
        promises=promises,
        attestations=attestations,
        filing=filing,
        opened=opened,
        opened_promises=opened_promises,
        ignored=[*ignored, *unknown_types],
    )


def _outer(value: Any) -> list[str]:
    """Checks the outermost object; the names that are ignored."""
    if type(value) is not dict:
        raise Unusable("shape")
    if value.get("format") != FORMAT:
        raise Unusable("format", "format")
    if type(version := value.get("version")) is int and version != 1:
        raise Unusable("newer-version", "version", "UNKNOWN")
    critical = [_str(name, f"critical/{i}") for i, name in enumerate(_list(value.get("critical"), "critical", 64))]
    if any(name not in _MEMBERS for name in critical):
        raise Unusable("unknown-critical", "critical", "UNKNOWN")
    for name in _MEMBERS:
        if name not in value and name not in _OPTIONAL:
            raise Unusable("shape", name)
    if type(value["version"]) is not int:
        raise Unusable("shape", "version")
    return sorted((name for name in value if name not in _MEMBERS), key=in_utf16)


def deployment_read(value: Any, at: str) -> Deployment:
    """The member `deployment`. Raises `Unusable`."""
    names = ("chain_id", "contract", "genesis", "default_sla", "escalation_interval", "max_escalation_level")
    found = _closed(value, at, *names)
    return Deployment(
        _number(found["chain_id"], f"{at}/chain_id", 1, SAFE),
        _hex(found["contract"], f"{at}/contract", 20),
        _hex(found["genesis"], f"{at}/genesis", 22),
        _number(found["default_sla"], f"{at}/default_sla", 0, NEVER),
        _number(found["escalation_interval"], f"{at}/escalation_interval", 0, NEVER),
        _number(found["max_escalation_level"], f"{at}/max_escalation_level", 0, 255),
    )


def _link(value: Any, index: int) -> Link:
    at = f"links/{index}"
    found = _closed(value, at, "sequence", "type", "actor", "time", "data")
    return Link(
        _number(found["sequence"], f"{at}/sequence", index + 1, index + 1),
        _number(found["type"], f"{at}/type", 0, len(KINDS) - 1),
        _hex(found["actor"], f"{at}/actor", 20),
        _number(found["time"], f"{at}/time", 0, FOREVER),
        _hex(found["data"], f"{at}/data", 32),
    )


def _hashable(value: Any) -> Iterator[bytes]:
    """The nodes and headers in proofs of any form: all long hex."""
    if isinstance(value, str) and 66 < len(value) < 10_000 and _HEX.fullmatch(value):
        yield bytes.fromhex(value[2:])
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _hashable(each)


def _proof(value: Any, index: int, ignored: list[str]) -> Proof:
    at = f"proofs/{index}"
    if type(value) is not dict:
        raise Unusable("shape", at)
    if _str(value.get("kind"), f"{at}/kind") != "mpt":
        return Proof(index + 1, known=False)
    block = value.get("block")
    if type(block) is not dict:
        raise Unusable("shape", f"{at}/block")
    if _str(block.get("kind"), f"{at}/block/kind") != "rlp-keccak":
        return Proof(index + 1, known=False)
    _closed(value, at, "kind", "block", "account", "slots")
    raw = _hex(_closed(block, f"{at}/block", "kind", "header")["header"], f"{at}/block/header", 1, MAX_HEADER)
    account = _nodes(value["account"], f"{at}/account")
    slots = [_slot(each, f"{at}/slots/{i}") for i, each in enumerate(_list(value["slots"], f"{at}/slots", MAX_SLOTS))]
    known = [slot for slot in slots if slot.of in _SLOTS]
    names = [slot[0:1] + slot[2:] for slot in known]
    if not slots or slots[0].of != "complaint" or len(set(names)) != len(names):
        raise Unusable("shape", f"{at}/slots")
    ignored += [f"proof/{index + 1}/slot/{i}" for i, slot in enumerate(slots, 1) if slot.of not in _SLOTS]
    try:
        header = header_read(raw)
    except Bad:
        header = None
    return Proof(index + 1, known=True, header=header, account=account, slots=known)


_SLOTS: Final = {"complaint": (), "evidence": ("data",), "registry": (), "role": ("role", "account")}


def _slot(value: Any, at: str) -> Slot:
    if type(value) is not dict:
        raise Unusable("shape", at)
    of = _str(value.get("of"), f"{at}/of")
    if of not in _SLOTS:
        return Slot(of, ())
    found = _closed(value, at, "of", *_SLOTS[of], "nodes")
    role = _str(found.get("role", ""), f"{at}/role")
    if of == "role" and role not in ROLES:
        raise Unusable("shape", f"{at}/role")
    return Slot(
        of,
        _nodes(found["nodes"], f"{at}/nodes"),
        data=_hex(found["data"], f"{at}/data", 32) if of == "evidence" else b"",
        role=role,
        account=_hex(found["account"], f"{at}/account", 20) if of == "role" else b"",
    )


def _promise(value: Any, at: str) -> Promise:
    if type(value) is not dict:
        raise Unusable("shape", at)
    kind = _str(value.get("kind"), f"{at}/kind")
    if kind not in ("entry", "acknowledgement"):
        raise Unusable("shape", f"{at}/kind")
    is_entry = kind == "entry"
    own = ("nonce", "head", "actor", "valid_until") if is_entry else ("accepted_at", "signer")
    found = _closed(value, at, "kind", "type", "data", "signature", *own)
    signer, time = ("actor", "valid_until") if is_entry else ("signer", "accepted_at")
    promise = Promise(
        is_entry,
        _number(found["type"], f"{at}/type", 0, len(KINDS) - 1),
        _hex(found["data"], f"{at}/data", 32),
        _hex(found[signer], f"{at}/{signer}", 20),
        _number(found[time], f"{at}/{time}", 0, FOREVER),
        _hex(found["signature"], f"{at}/signature", 1, 1024),
        _number(found["nonce"], f"{at}/nonce", 0, _UINT24) if is_entry else 0,
        _hex(found["head"], f"{at}/head", 22) if is_entry else bytes(22),
    )
    # What no contract accepts as an entry, whoever signs it: so nothing can be contradicted by it either.
    is_late_filing = promise.type == CREATED and promise.nonce > 0
    is_worded_clock = promise.type in _BY_CLOCK and promise.data != bytes(32)
    if is_entry and (promise.type in (ESCALATED, OBJECTED) or is_late_filing or is_worded_clock):
        raise Unusable("shape", at)
    return promise


def _attestation(value: Any, at: str) -> Json | None:
    """With its bytes read; None for an unknown type."""
    if type(value) is not dict:
        raise Unusable("shape", at)
    kind = _str(value.get("type"), f"{at}/type")
    if kind == "signed":
        found = _closed(value, at, "block", "type", "note")
        if len(_str(found["note"], f"{at}/note")) > 65_536:
            raise Unusable("shape", f"{at}/note")
        return {**found, "block": _hex(found["block"], f"{at}/block", 32)}
    if kind == "ancestor":
        found = _closed(value, at, "block", "type", "headers")
        headers = [
            _hex(each, f"{at}/headers/{i}", 1, MAX_HEADER)
            for i, each in enumerate(_list(found["headers"], f"{at}/headers", 256))
        ]
        if not headers:
            raise Unusable("shape", f"{at}/headers")
        return {"type": kind, "block": _hex(found["block"], f"{at}/block", 32), "headers": headers}
    if kind == "era":
        found = _closed(value, at, "block", "type", "slot", "branch", "body")
        hashes = {
            name: [_hex(each, f"{at}/{name}/{i}", 32) for i, each in enumerate(_list(found[name], f"{at}/{name}", 64))]
            for name in ("branch", "body")
        }
        slot = _number(found["slot"], f"{at}/slot", 0, SAFE)
        return {"type": kind, "block": _hex(found["block"], f"{at}/block", 32), "slot": slot, **hashes}
    if kind == "history":
        found = _closed(value, at, "block", "type", "header", "account", "nodes")
        return {
            "type": kind,
            "block": _hex(found["block"], f"{at}/block", 32),
            "header": _hex(found["header"], f"{at}/header", 1, MAX_HEADER),
            "account": _nodes(found["account"], f"{at}/account"),
            "nodes": _nodes(found["nodes"], f"{at}/nodes"),
        }
    return None


def _openings(value: Any, at: str, most: int) -> dict[int, Opening]:
    if type(value) is not dict:
        raise Unusable("shape", at)
    preimages: dict[int, tuple[Json, bytes]] = {}
    for key, each in value.items():
        if not re.fullmatch(r"[1-9][0-9]{0,7}", key) or int(key) > most:
            raise Unusable("shape", f"{at}/{key}")
        members = _closed(each, f"{at}/{key}", "salt", "payload")
        if type(members["payload"]) is not dict:
            raise Unusable("shape", f"{at}/{key}/payload")
        salt = _hex(members["salt"], f"{at}/{key}/salt", 32)
        preimages[int(key)] = members["payload"], salt + jcs(members["payload"])
    hashes = dict(keccak_many(preimage for _, preimage in preimages.values()))
    return {number: Opening(payload, hashes[preimage]) for number, (payload, preimage) in sorted(preimages.items())}


def _nodes(value: Any, at: str) -> list[bytes]:
    return [_hex(each, f"{at}/{i}", 1, MAX_NODE) for i, each in enumerate(_list(value, at, MAX_NODES))]


def _closed(value: Any, at: str, *required: str, optional: tuple[str, ...] = ()) -> Json:
    if type(value) is not dict:
        raise Unusable("shape", at)
    for name in value:
        if name not in required and name not in optional:
            raise Unusable("shape", f"{at}/{name}")
    for name in required:
        if name not in value:
            raise Unusable("shape", f"{at}/{name}")
    return value


def _list(value: Any, at: str, most: int) -> list[Any]:
    if type(value) is not list or len(value) > most:
        raise Unusable("shape", at)
    return value


def _str(value: Any, at: str) -> str:
    if type(value) is not str:
        raise Unusable("shape", at)
    return value


def _number(value: Any, at: str, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise Unusable("shape", at)
    return value


def _hex(value: Any, at: str, low: int, high: int | None = None) -> bytes:
    if type(value) is not str or not _HEX.fullmatch(value) or not low <= len(value) // 2 - 1 <= (high or low):
        raise Unusable("shape", at)
    return bytes.fromhex(value[2:])


# ----------------------------------------------------------------------------------- 3. RLP and Merkle-Patricia proofs

EMPTY_TRIE: Final = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
EMPTY_CODE: Final = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")

Item = bytes | list["Item"]


class Bad(Exception):
    """Bytes that prove nothing. The message is for people; no verdict depends on it."""


def rlp_read(data: bytes) -> Item:
    """The one item in `data`, in canonical RLP. Raises `Bad`."""
    item, end = _rlp_item(data, 0, len(data), 0)
    if end != len(data):
        raise Bad("bytes behind the RLP")
    return item


def _rlp_item(data: bytes, start: int, end: int, depth: int) -> tuple[Item, int]:
    if start >= end:
        raise Bad("RLP is cut off")
    first = data[start]
    if first < 0x80:
        return data[start : start + 1], start + 1
    is_list = first >= 0xC0
    short = first - (0xC0 if is_list else 0x80)
    if short <= 55:
        begin, length = start + 1, short
    else:
        begin = start + 1 + short - 55
        digits = data[start + 1 : begin]
        length = int.from_bytes(digits, "big")
        if begin > end or digits[0] == 0 or length <= 55:
            raise Bad("RLP with a length that is not minimal")
    stop = begin + length
    if stop > end:
        raise Bad("RLP is cut off")
    if not is_list:
        if length == 1 and data[begin] < 0x80:
            raise Bad("RLP of a small byte that is not itself")
        return data[begin:stop], stop
    if depth == 32:
        raise Bad("RLP is nested too deep")
    items = []
    while begin < stop:
        item, begin = _rlp_item(data, begin, stop, depth + 1)
        items.append(item)
    return items, stop


def rlp(item: Item | int | Sequence[Any]) -> bytes:
    """RLP; numbers without leading zeros."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _rlp_length(len(item), 0x80) + item
    body = b"".join(map(rlp, item))
    return _rlp_length(len(body), 0xC0) + body


def _rlp_length(length: int, offset: int) -> bytes:
    if length <= 55:
        return bytes([offset + length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([offset + 55 + len(digits)]) + digits


def number_of(item: Item, most: int) -> int:
    """A number of at most `most` bytes without leading zeros. Raises `Bad`."""
    if not isinstance(item, bytes) or len(item) > most or item[:1] == b"\0":
        raise Bad("not a number")
    return int.from_bytes(item, "big")


def header_read(raw: bytes) -> Header:
    """A block's header. Raises `Bad`."""
    items = rlp_read(raw)
    if not isinstance(items, list) or not 15 <= len(items) <= 64:
        raise Bad("not a header")
    parent, root = items[0], items[3]
    if not (isinstance(parent, bytes) and isinstance(root, bytes) and len(parent) == len(root) == 32):
        raise Bad("not a header")
    number, time = number_of(items[8], 8), number_of(items[11], 8)
    if max(number, time) > SAFE:
        raise Bad("not a header")
    return Header(hash_once(raw), parent, root, number, time)


def trie_value(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes | None:
    """The value under `key` in the trie of `root`, None if it is proved that there is none. Raises `Bad`.

    Exactly one list of nodes proves it: each is used once, in order.
    """
    if root == EMPTY_TRIE:
        if nodes:
            raise Bad("nodes of an empty trie")
        return None
    walk = _Walk(nodes)
    value = _walked(walk, walk.listed(root), [nibble for byte in key for nibble in (byte >> 4, byte & 15)])
    if walk.used != len(nodes):
        raise Bad("nodes are left over")
    return value


class _Walk:
    """The nodes of a proof, taken one after the other."""

    def __init__(self, nodes: Sequence[bytes]) -> None:
        self.nodes, self.used = nodes, 0

    def listed(self, reference: bytes) -> list[Item]:
        """The next node, which must have this hash."""
        if self.used == len(self.nodes):
            raise Bad("a node is missing")
        raw = self.nodes[self.used]
        if hash_once(raw) != reference or (self.used and len(raw) < 32):
            raise Bad(f"node {self.used + 1} is another one")
        self.used += 1
        return _node(rlp_read(raw))

    def child(self, item: Item) -> list[Item]:
        """The node that a branch or an extension leads to."""
        if isinstance(item, list):
            if len(rlp(item)) >= 32:
                raise Bad("a node that is too long to be embedded")
            return _node(item)
        if len(item) != 32:
            raise Bad("not a reference")
        return self.listed(item)


def _node(item: Item) -> list[Item]:
    if not isinstance(item, list) or len(item) not in (2, 17):
        raise Bad("not a node")
    if len(item) == 17 and sum(1 for each in item if each) < 2:
        raise Bad("a branch with fewer than two items")
    return item


def _walked(walk: _Walk, node: list[Item], path: list[int]) -> bytes | None:
    while True:
        if len(node) == 17:
            if not path:
                value = node[16]
                if not isinstance(value, bytes):
                    raise Bad("not a value")
                return value or None
            if not node[path[0]]:
                if isinstance(node[path[0]], list):
                    raise Bad("not a reference")
                return None
            node, path = walk.child(node[path[0]]), path[1:]
            continue
        is_leaf, own = _compact(node[0])
        if is_leaf:
            value = node[1]
            if not isinstance(value, bytes) or not value:
                raise Bad("not a value")
            return value if own == path else None
        if path[: len(own)] != own:
            return None
        node, path = walk.child(node[1]), path[len(own) :]
        if len(node) != 17:
            raise Bad("an extension that leads to no branch")


def _compact(item: Item) -> tuple[bool, list[int]]:
    if not isinstance(item, bytes) or not item:
        raise Bad("not a path")
    nibbles = [nibble for byte in item for nibble in (byte >> 4, byte & 15)]
    flag = nibbles[0]
    if flag > 3 or (flag % 2 == 0 and nibbles[1] != 0):
        raise Bad("not a path")
    own = nibbles[1:] if flag % 2 else nibbles[2:]
    if flag < 2 and not own:
        raise Bad("an extension without a path")
    return flag >= 2, own


class Account(NamedTuple):
    """What is used of an account."""

    storage_root: bytes
    code_hash: bytes


def account_of(header: Header, address: bytes, nodes: Sequence[bytes]) -> Account:
    """The contract at `address`. Raises `Bad`."""
    value = trie_value(header.state_root, hash_once(address), nodes)
    if value is None:
        raise Bad("there is no such account")
    items = rlp_read(value)
    if not isinstance(items, list) or len(items) != 4:
        raise Bad("not an account")
    nonce, balance, root, code_hash = items
    number_of(nonce, 8)
    number_of(balance, 32)
    if not (isinstance(root, bytes) and isinstance(code_hash, bytes) and len(root) == len(code_hash) == 32):
        raise Bad("not an account")
    if code_hash == EMPTY_CODE:
        raise Bad("the account has no code")
    return Account(root, code_hash)


def slot_value(account: Account, slot: bytes, nodes: Sequence[bytes]) -> int:
    """The number in a storage slot, 0 if there is none. Raises `Bad`."""
    value = trie_value(account.storage_root, hash_once(slot), nodes)
    # Some development nodes keep a slot that was set back to zero. The root commits to it, so it proves as much.
    return 0 if value is None else number_of(rlp_read(value), 32)


def slot_of(slot: Slot, complaint_id: bytes) -> bytes:
    """Where a slot of the contract lies, as 32 bytes."""
    if slot.of == "complaint":
        return hash_once(complaint_id + word(5))
    if slot.of == "evidence":
        return hash_once(slot.data + hash_once(complaint_id + word(6)))
    if slot.of == "registry":
        return word(7)
    return hash_once(bytes(12) + slot.account + hash_once(hash_once(slot.role.encode()) + word(0)))


class Word(NamedTuple):
    """The slot of a complaint. `sla_deadline`: Unix seconds while OPEN, else the seconds left; 0 for none."""

    head: bytes
    event_count: int
    sla_deadline: int
    status: int
    escalations: int
    objections: int

    @property
    def nonce(self) -> int:
        """Number of links that recorders have written."""
        return self.event_count - self.escalations - self.objections


def word_read(value: int) -> Word:
    """The fields of a complaint's slot."""
    return Word(
        (value & 2**176 - 1).to_bytes(22, "big"),
        value >> 176 & _UINT24,
        value >> 200 & NEVER,
        value >> 232 & 255,
        value >> 240 & 255,
        value >> 248,
    )


# --------------------------------------------------------------------------------------------- 3. code of the contract

_CODE_2_0_0: Final = (
    "c-qxm349b)(obgykPsk&nGTW=1_%&9LP(fMkU$6lf*f|nkk%csUva5?$fDqh>+~@*3E<J)lLQo9qr!TuE~u+`e7LBHh<GcDCwQ*+!l$k-3+Ai$dS"
    ";SflAc8U`CHVXru&`s>iAc^8i_2EQZMONl;(njexf9w@JSwWI7?R+b4}0P>4Z^|D9DQw$1eU4(mA5MxCeo1C*%%AGUZQ0dpTib36idNHu6X&A(^x"
    "O<~y7);vpn+ZwVYgG7-sf<Bl$L!tmQDd5_uTgrO#qMb+z{aKextNKU%@>s3w|EF(GjjSnwDG8f6J6Y~ToWd9jS--~Bm?1Zc<kX#tP<`X9j{0_;*^"
    "TTgB;gn~PTyoQS&pIJv9g-KAZ{fHZ9wb*}IX`lO>ntQ!Pxu^{?p%%J+O*;uk?e(JK%FBxp}$7S?We4CLcdB%{_}?8NG2e;;mH^7c0&3JB(K~0yf5"
    "<f`u_7);M2R1yy3DVV<Qdpg?IEtl0(vXrJ~9SY1bin<HW*^NRB}Awy(BMc0%7qByZ0+aR|u^kbG#$8M~a2`WhvV4aYU~I)dbm_nzE=<Yh=cHu?D{"
    "k<3Q&iMy66PDt5<<nD!kzupNwlabtW!LS}q=<x!Q`~54oBY7z$1B>?}ITpzmk2^;>A?aHrUt0N395-n>l5fmfGuR2;4kCFV@zE1VmLmDqp?SDt#|"
    "KD$c*kG1Az6du$K|(<cS7P8aq;mvdzT|s#^hxJBsPkYzp3Lt$BVdrv>|bm(#pm3i9f;S53hK?@x^9<#0QFCv{LPp4At<-fiy^b4oA~)IGr}s4M;o"
    "?(1LJkQ?<_{c}Ws+dr7I}u7bob6&NR1`&{7ogGicWa3pKsaIC9cZ#9N-f3Nm|!&zIiu2pZDc3(h_Wbp?5&>f^nNe71@63!q^;Fw|ZI^=Dt_Jw_%Y"
    "3Pu+quS@6U$OS$j&_A(r;~18k|Uk)2`1rmaLlUi3KL139Q<|9r*or2x62Em?Dc9N;pD1Fr}igMc->e)8nc#K4SDGHfSBO(*M`10UUtr(-+po#_wE"
    "f3oqv5*%?-02e7d6OrDxKs?k1JVl6+f&wJuT`_qMxvAgLdWxwP7+xFD%aR3PbeNSXjirFD{5qN2o6Y2d2#YG0ua(=SAcnblbB!}Uyk`l+jIPQ07c"
    "X+0^8>>83@Bsgp2+v>LZXuOGB;&Ekdz7B-VaAla+ygYHMT<0Z%t7>ytzR&?ZIQp72DthdY^tKx-F4+a$zZZSb{dp0(H|o&+rZ!uW#3~+U6;}HMm~"
    "jDq#w97dz97LT_)pn)-s5&B5z)Ld6+K?}i&0^pI#nLpai_v)ug<Cx^jHdc^Q(Ok-k@d~T~$ec^(#YiHuo6&#mdiS8TXE!IBR<T%W3Z}8PMzEl&2m"
    "GW($vWRn`0LcO=C6#?ckH1jXtu_h)|vJni&qsmQY7V2!tU+LjNMH&n%HvfHCCi9C}{>(NJ^^P>&X08=~CbGKfklWrW0LGx?qVbouf<ap{yIsTVcg"
    "J;WHeFS5LYTqX4`E@N6+*a*F8BEzJhM?z<22)|BEFDq|QHSI=!=?erPS)O_2epVEm^;AL`3If({A)$2rJwgbQSn^G-w$7~?~@hlzo~j*@&6rpefR"
    "&ozVykE*OmeHwv?2HIPV5R@bfw%<0mBFc^zr2LH{uJzG@#&b_F<Z4LOXTcmf*zq{@t+3O0QixKb5Py{y_-sk?(v&>Oc3DVZWFQSw)M5dXmBfhg-8"
    "YY{ytNa4}O!nE6~eQLxF+U^cgDlJDl{U5keS#>}PqDDwQRPEFJJ0Je*>v8C$my~<S5~`X0`Dw%d6`vNb$3HM_ZI|4q|KAO7T{`#5KJ{-ryRR_+rG"
    "0OVs_=jI%E7O8Y}+GTcH-an{k5x#Y9}sT9rx$USZrqK^`nKQAhm}Ary^`IAk~GFgab^76wM2%LsaXH-6{_gcaRHnMS;^KpQ5Be>Sj?3QVmiKglC+"
    "NO60AS4a8y^XXueOvM30GL;uF7R=QjPZ?H}v?r?w$>n1`gj)T-os063pO*k_UY6Z$5^$APZD58VZy=pCtom}nHT`t{={pLr6fsnYlo8zJ0zjqpp*"
    "@GkYF1D2n#07Ea67*hHsD(l>=~Gk+U4h=eN5xWG0#n_8OStFaj>gb1KIkh7{)>X*j*i-?PUv$hwv+#}?P!PkjqO&6{#AX(_35Y?wki|-P`v7J9Jt"
    "1Iv}O%w>TS2iR?SuDb1(EcXhL~8p0O<-SYH_Z4Fb%bQG*f>A|Dd9DAei)pzj2=j#9cze#p`h^)vWSwr4pU6lK|;8(RmDo8Y6X=z_*eU9c31RWf-Q"
    "qj#4}hO{gZL!PvLVhafEBc*a><cq1HMKE=Pr)ug|bcOR#jT8h)(xLB>>Ig{cd#Jh#Xc{@tJtF6*VEB#FG73HAt6FJTE?z-YN^-MW0n_-WfwbKWv9"
    "swYMsFKX;t~wrT7jFeuT?ya8eOg!gNeIyTVpEhhIEOI)`6%j`kAnAG53C<+*Oa^`|;9OJ<A_|bnmOHq^I27A73t9k}+q@nm7526P8q!9lEM3<F<?"
    "0qj7jA1H%3zq2HfvT^G#$5KVKx*W+u5C)3}9>oK9<KWIV#J(?8oN=3?P_^>`y@9%3fN{yEs4%Tw`N%7a1&r#)rs)Ll)AmF0kW)c$Qy!k}NPl+_*r"
    "=~c_F8o`O1C^$xc+nvml21if*M9|db<Edkl|gT)UI;5(*i<-^`nmoKqsk?BLISDFN>eP5i-=bzOFSmCTztR+%std}8JrwOTm6qCkN=4tOJe{S;b3"
    "754l?K@kUlD|@=&KiR4M6ErBv!2wYPi@$<5?dFFBaiO3M#-V!v?&7*_BA&I8PgBSQ?5rbRdu@U$tl(M~idiAEf%^~7BVu2FRuiqs*i5rIDz@%J6A"
    "p|zTKF7@EL4#phB199yrv<>uF;9`$HTpt#q>`&w^@ZtLMR|Ov#+3|r7{_A+a2miNU7<@>bL?2Qs_>nQjf*+(;D`y_R&wz{-aOz7`)pkL~RrI{`w&"
    "G!D)S$@7CXC^#eO>WGOQT{eTT%-duUpAA$auF5W^az=9U$XNmWJSEE!_pDXrjQ}iU|Xz`HwoT9q>|M>&ofl-ahvIOmogPThk96p0u=k<BN|~)LwD"
    "jW-~IzqV5~zP#XQL8IVZ-8o=u?4Xu|R!5lK2l7R81KoaG4@<pUk(=)GZKb6C0ke35`rhT#}Ltk(*j4^c60ui^R!+?V{OBkmBl~InIBVO4)$8Fa`x"
    "GIz6XYvMafLq`T$}r$eJZ%4%!MA_4?UU~x{p{+2e@rbRpUimTfp_j1J7eeHHh=!zti0@JB>6Tt#fx#a?uc?Zz|zZcoeMj{dg}~2FFWlR#7LS324-"
    "85<S)GZo${RQ%Wrvk`LTy~)ZTIK)^B!Pp{*RH?|fkS=s9`k9Y9w*&<6wOS@H%07cfDyRuyNCH<Upd14@U2VdzGNZZ2p}GQz<9;z?Px+vCd&!@$S8"
    "0%sv}oMoXi&-ukHbY_rRXiu_bp);@lRV{QD{6-d<nb5425fhryMH7lga8e4ehzwJ?e$2tkq#O6s*EuTbks07P_Ej<@Q^J2uUoe2EAiGi2@U6;`9E"
    "J0cB`VhpsMeu1%?=}U8Z=B{n5kBAVl<V#9v@|2A^Jit81yM(I@<&Ge?NZV<sCIZgA9XiqVNy~8H6)n>?PJ+5@a2v>Jx4->jf0kvc^UGe^~SO-#$w"
    "`zU%z=50n?4yY$^HyBosW8ftfbI_lj?1`K+Y1Zr;NVC*7PK8ggjN|RzPY7uXTL17f!><MBVOSY3F81x4^)@s|449H$e0wHTjg$60F;XHcCf}M1Xj"
    "Y17%2Mbl}CS_0o8cf-RoE=;3+a!bqDJ*Y-K?5n4*Si>5r1im$ko`G{WJXDn;`JBg<>%#hux!S$Sn|rt5?BoKcP0K(m%h3FyO|F@b<vtTHm`hi$<2"
    "GOUiRkEZ9>76`Nd~I&S&2=gT>A!s|N41l2wEM@rzj_x07Y73g=kn$UW#+HAn6vzfrb|nIrd!h&f7bZH_wS5r#~QTo=kP)Q7fV$jzd!u${{d2Mk#w"
    "LQ<*0?hO6QHa<`g$666sM15SNs%N!#wdRstIt-m7(%X%p#ki88NfA|#9(kKFJBKklw*ZDT-%sgrT%hsIH)u<vyF<G<<TX^_7$C*(`|*3bxq^1M<b"
    ")x!qt3Z8Zap9RoRtK!;$VX`X}lbEL;}B)?~R5YZ*gyA>R}l6I%;YiafdiOQ>E<;Qjl*zsLl+7;)P+835ngcG|-E9x5DYR$rkmOxh29?ti$=~U672"
    "QL6i(!S0lRwBD<`01zM>s4EsX0(x)m*Q6<r^xX%ZoigIIWG7R5{A~SrkC>SvOY<gof9D_LnpZ73HZ^${r-_}xF{%Kgp3Md+C?KjBTY_PdOJ1sYGH"
    "&OR?E!m#M*M)-qM^_v>vM;}K_|ipFk3XCD{8jJu8Fuf%i60+OAMrkO_4NBcA;gO8%Xs+~YSyo{Y`T{*atlX<OrAyeM94z;uD4*^0!jV``7&P*btd"
    "cFJ8Do!lOZ^3ASWI9F4V@CFm8DZCTmU?<aF;6RvrF!t3rn1C)z7yfEllLC3uiqRo9F-BU)WE;%c02gajilHfaWh3I*e+7OA9x@h>Bbn)9Ko%tR-9"
    "(X#o+<j?pv?puM*F4+wuPQ;SLE%x6vWWk)f(gj2^a!sW8B^oi0yjAqIA1~9I1{$7@{Na}jPi34|i8nkQc{Cy)kehGa80wHaDRMCgxfRV<hO*|hy("
    "om-ORcV)bqhGEH)3Cl%zaCwm0Yqx0T@MI3cE5yP6s%Xi`*LKJ{-L@G{OS5r1ma%KjG?XD_IhStK$sL2!u_@y^CHS<{pLIFAzotYa(@CEbWr}AGL;"
    "E8G2z<cO}F~frDI)flU}SfaPjbwU*<&`1p!0VLzH7>DujrZVT07brFg`BiS`9p+h(ucIs#cMjb`NZrykI$Iq?_b&R?U0lSRO!7dt%LhS3ma_QT>;"
    "^`u?E~5uw7g{~qVSFGsv86!sNA}#&+6w~JlY&4q_CAnq!Q}u+%G4r3Aj#njodp7x2SjrcM_yN{#7N4j22r_6>#}UIm3Uy^OQ|~{3Rj7)RgDbXh~{"
    "4jvuX~N`e|%NYdY|6gTpy#Qn?)rWTo;@yA(1w5ZRjQF=G4Dtev<uCB)T7_GN*eMXmbNDOx|#?Jx2N6SrI^)8I#~@p7RMcb*hfLsSoVj-#C0g-Az9"
    "i!DY?&wx{Bqj&PgSNJ$B3LbSb*mgAr$G1OQOF5v=k}`>#i&%6x^&K=b7)VN_QBxH>0UFe)%;l>LJFzqI(vvWBDhp%#(h+F?cy>_`-GyAKMmoC<+M"
    "g|8iDyxZy9Io5@^`z9H(}VrYE0R1X;E1%_flO+i%1xLsnf%4%8(9uBW#6wQ$1akg^ehNz42P&zLvY0zZRYP1`bg^S%*?B*T%|^=p`3Vc2QYBOcCc"
    "{M4WlEfJ=x$VS3#e^=vK|hLCxGphgGsR=2!>)>%nk6}_aU$fzt`f;<T+R)?l?vdJ=_^k7<i!7cs8%AhN)phw<r>nY<fg@jBmRf;Ge?|sdR@tOjxf"
    ";WKRHyqC;P6Ld~s%7#+(P79-V*{KI_up(dNPu#OGK0cz*^IkVYTViul~OvMB3rS-FpyG~Zm2Ns1rdYPaZe!c5Lay#1&Y(gZ8HRGH?bvfPCe4w=`s"
    "Wf#%-qMZ7x%QarKma@stM}QE+VdAU{0{<HkQH+G2hf|1g_dqboQ4k#_Bh^wk~uv}<g_0*x~ve|vzz$A<N!X&s*?Ibr;hBIJLn+wM|_@@nkoyCAlJ"
    "^P{Vgm$%p?+t0OpJ-I83=XryaX7U*s^<*zYPG<13b`}}r>PRXTz#1xm7BUPlixadg&UJAFDTQ@gHrNVJVckjL3gq`h;g=d9ADuKJB0-?yu2XTh<q"
    "AQQq*68(^kgEY(+^WONEsA}VJOIkIjPj(AXfLEVs}1Xl1O!7C~nssfSEI?6ctFK&`v?J?mxI-_qTE88DbVtc0u6?Q6kA|8YKr})LQVZ$aEnUQF6f"
    "%(KZ!^Ta>5)5^PJnSSyM2R@0&2e<@nF%jMCb@#G`MNx`_gzRn1<$`FOu$q$;Ig^|yZppG)K9X}lo>JcU!5&@4j847O*F#U!KzJ-#zD0Z9hDh<jf+"
    ")aPEpwhFIp>SuwDu0`BBfd+MVS+9q-kqSa&x>i<&x8t5r{jJJ6N>A?Ar_3;swq$Q2K3C1m6gv3LU|w(*+pYz$|1WnT^%ihpk>_?)|NqDO|_3+Miw"
    "5xCzd5igF@7AL3QENeROYkpv|KhaR~~aq7&GK;gJazHT}pTy2M_8qP^@Q?|Q-NrkjQomg=;Y4u%y~$lxgpbx`8Nhj~-8j?%NhIz<yaKvIJ2Fq=`K"
    "!j5xdGCj`I-V<>)qxl^QgNKDTI(Y6eND6qikkW=)c5XF{;bug-D7V7`{v(B5P;>~@!1ID`9k9`Clk0*q6s@3B;pnypk8@Jrn9w0E=~ymE=_YC`!{"
    "pOUG);VlPEuNU2;2@HY0(wIjpoLa9hn1)9uX}e;L8*gilXgenc~o`-`ZHueRU`Xp2G}0KoLfFdc7d&gwvc*w4d&>=pH)$L8Cz^WA?sIf}%aNd5<a"
    "@@JEt#cC{)2t5&79Ioo&I=oZ;NgB;A_qO~H{FM$pkx)Hgu?l5tei|w*9NRI{fmU*w82HFoHWMzQo>3Ec;K@d(-8_%U3D#OGx<5Y%;iy|g%;zgvF%"
    "5))2l7iN$2beBQdb?Q{S|lb>7bb3R)`eazb%AgVQiEXB35E-b-$mh{xKFQPZ%igB0V;0wAsLF7(`tm@PWpTOMEZ*_4{b8Tn_7!MGOIWy{d$>-;$M"
    "8fD6}R2$oqGxqlRKC{|$m<p!65-qbw|@(qDX_rSuo?wxmDUS>a#TEc}y3{<jMM#9b{UdZNO9BVx8A(WejTP@)Y)=9WaCUQBwTrw+9~K_<zQdq<qK"
    ")}ruLjg-AgZd0qWqH$X63a5X7V<{1vO*rcXf=7-O9fzzMkO{^0q-WUQ;fY1CEF+>&K1@#$WiUfuU^#00d$yn2fYaxoJ{fvlSgLPznGm)(Hu<a?dy"
    "Y*j5MlDNpk)IluhJ|NV6?b@pp2U~oHDNT-=bBnM;$^>)QJ)i^*_*pms*UMa+Sp<#>$d0ILZEq1<);CYK)hQtmJ^j%7&lCM_;^*+$cmjNs@6BQ_jL"
    "o=!V%0+)6Hs0JkaAE#Nj~5`}D2#<I^$3fxMLiaL~RVX)2oMRA)CN`}V+)S`$;fGNW*q!vJ{RB}TUsRh!YWF3Cd5UG`DbTji}NUdZo{ef;PSTp5PR"
    "^d>>kf^mG-KZxi0jH_Cp!93er^!(IF`Dwy9ij`SK7!PgTXoCa*RvUGs1=oEm^ur&rqh8VXZmwYwk=n~tt`51z|<lttCWej9?LF=G4h_8k35(vtot"
    "dhnQFAcHB;C96xZkoq+!ba7O<HrQ{FIO6L7-Rt#rDnDjofP!;F}AY(DkYt^%9&&9=SN@!x9Or_@s^w!81YQ4nI<D1=Z{r);1loIz(8<vI`#G-}r7"
    "m|dJ4h$p0o+0*E+c4Y%C2^amQ#<E(|Ho>%8%;<F*^tsnc4l#>4_Ewrq!~i&K=w?`JnPKXXLv#d#H*FV*0#>#yj$#eO7-fH?<xamvwFYHTfL3fwyQ"
    "Pk?g<AEX-S2bSDQ=W>#p}PXAot<RzJKk7vcT5zsToHb#uR;IJeX4YK<U}DKi>G5^bm70y1R-r@h+G?tb-iJ2bF)AYM;Z1l@jYp<oXd0sGZ!u<>Dg"
    "0P{G-67lofYeRTF%hSViFp*#!E-8OB;@}IUzDVFv9Gz-}kvwYFKB$O|U{tptYEGND$UmG!edeocHv{P6&+Dor#5l}?e9!po6u{^kaae{qLc80VO?"
    "Px&p*08jl75oJQais0qJem!B-IkN<3Rq^my(=GjOAj+%YW+jYw)WD_kN@e#ZsGz7&X|NY1^-1<HRD5cqBtabhEp5ubfr_<POF>k73|P?Va8hwD{8"
    "01OdX-i%-@*?%=J(Y)h&vU4HagtqFAUMX-4O!;5MA>{v?iTs-V<B+?(jVMT4Io@z^yT$#E@O68ck~Qj&vzDWn`fgEib~p@3Rr-E0}ZJ7znIROuvx"
    "OVW9sRZYC4cfPb~)@l*)(cBA9x&Ug^hSQ%@A!lb@M4bd4qwJDl)**@x=Uynr-JQ<W$r>z;F7!Tj(G<<PLPd!vGzU9SF;S#BRKjkj5)sQ(oGl7aai"
    "#+E#xvfC0(~zLhw7AFF#86&?1~0FeW+MtHNwXgniy-^JUVfp6R9{8hoN7R=-`ji!SB_r!7Ki1&F!Ec-4R<>d`DkDZw*TYzv6w0nJV6~+I3@z?H0q"
    "M3$J($U-ZDfvqy@pXQusUXR-c~J$7SGe|CS0=V_0bEqidd*60>U3Vpq#)oTY$Ns~nSwikV?wtSmty=6@7gU~R>3qc}1Rb;}FSXCZ!VfKS!i~BSGM"
    "aTCDHqJA@h3%)Qew_?P*l|WbktXzEHu@N=Y=gMvfLBvELod=!)4X0f{DYNaQseN=vW-8}PV#5yc;<8$<LyO%H_F+Wf&{gS{urdqfeO+0_{Y`MreA"
    "YS(;)S;5no<8n|tNzD-zETMkbf$&nUgKaOv-ROY#<W1_EP#o8#EuqUAefn43z)e9js%F25Q@?Hg7<y=U_yKbBPH?VtPoIs301cI(=V&3%vUyZg?C"
    "-Z90ceO0eLBBsvDz7@Uop2=>#^P4LM=XQ@)3}OgCxnMiaOgzIm)I3bX@OG{w!rZe>f$qg);6gkm=aB}Yu2y24Z|a7{Sc4=|s*~c<X=$;Q6{U*rNL"
    "2n+Jowy#H}~8!de-OX_bMN?=AmNGD_=c(V#yan4$r!)I3qJEDy<9vH5v0}vkNrbr9d5+q5Dr>%0hAFYH^D&=+I~5W?qo#ZVaTuyu+eF++iY{q)Do"
    "$C8$9!AELL)Ryhg1IF!AF``s~|;0;l#YzNcg+vi1H(wXg`aU-K}yb?*BQlg*01E441z!UiK_9YjtTDJP^q5a&q4eGV?tI?J3&wsCB<m@@qPT!kz?"
    "8nT(%NAXDe(AXx;ie-?R{ws*;^_%Jvl9ycA8MxnR{"
)
RELEASES: Final[Mapping[str, tuple[str, Mapping[str, tuple[int, ...]]]]] = {
    "2.0.0": (
        _CODE_2_0_0,
        {
            "chain_id": (19471,),
            "contract": (19235,),
            "default_sla": (1052, 14195, 14960, 16460),
            "domain_separator": (19282,),
            "escalation_interval": (636, 12483),
            "genesis": (2408, 3020, 9102, 14262, 15027, 16527, 17402),
            "max_escalation_level": (958, 12253, 12761),
            "name": (4743,),
            "name_hash": (19361,),
            "version": (4784,),
            "version_hash": (19399,),
        },
    ),
}
NAME: Final = "ComplaintRegistry"
DOMAIN_VERSION: Final = "2"
_DOMAIN_TYPE: Final = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


@functools.cache
def _unpacked(packed: str) -> bytes:
    return zlib.decompress(base64.b85decode(packed))


def code_hashes(deployment: Deployment) -> dict[bytes, str]:
    """The hash of the runtime code of each release with the parameters of `deployment`, and its version."""
    immutables = {
        "genesis": deployment.genesis.ljust(32, b"\0"),
        "default_sla": word(deployment.default_sla),
        "escalation_interval": word(deployment.escalation_interval),
        "max_escalation_level": word(deployment.max_escalation_level),
        "chain_id": word(deployment.chain_id),
        "contract": deployment.contract.rjust(32, b"\0"),
        "name": NAME.encode().ljust(31, b"\0") + bytes([len(NAME)]),
        "version": DOMAIN_VERSION.encode().ljust(31, b"\0") + bytes([len(DOMAIN_VERSION)]),
        "name_hash": hash_once(NAME.encode()),
        "version_hash": hash_once(DOMAIN_VERSION.encode()),
        "domain_separator": domain_separator(deployment),
    }
    found = {}
    for version, (packed, places) in RELEASES.items():
        code = bytearray(_unpacked(packed))
        for name, offsets in places.items():
            for offset in offsets:
                code[offset : offset + 32] = immutables[name]
        found[hash_once(bytes(code))] = version
    return found


# ----------------------------------------------------------------------------------------- 3. secp256k1 and typed data

_P: Final = 2**256 - 2**32 - 977
ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_G: Final = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
    1,
)
_Point = tuple[int, int, int]  # Jacobian; z = 0 at infinity


def _doubled(point: _Point) -> _Point:
    x, y, z = point
    if not y or not z:
        return 0, 1, 0
    square = y * y % _P
    s = 4 * x * square % _P
    m = 3 * x * x % _P
    x3 = (m * m - 2 * s) % _P
    return x3, (m * (s - x3) - 8 * square * square) % _P, 2 * y * z % _P


def _added(one: _Point, two: _Point) -> _Point:
    if not one[2]:
        return two
    if not two[2]:
        return one
    (x1, y1, z1), (x2, y2, z2) = one, two
    zz1, zz2 = z1 * z1 % _P, z2 * z2 % _P
    u1, u2 = x1 * zz2 % _P, x2 * zz1 % _P
    s1, s2 = y1 * zz2 * z2 % _P, y2 * zz1 * z1 % _P
    if u1 == u2:
        return _doubled(one) if s1 == s2 else (0, 1, 0)
    h, r = u2 - u1, s2 - s1
    hh = h * h % _P
    hhh, v = h * hh % _P, u1 * hh % _P
    x3 = (r * r - hhh - 2 * v) % _P
    return x3, (r * (v - x3) - s1 * hhh) % _P, h * z1 * z2 % _P


def _times(scalar: int, point: _Point) -> _Point:
    result: _Point = (0, 1, 0)
    for bit in bin(scalar)[2:]:
        result = _doubled(result)
        if bit == "1":
            result = _added(result, point)
    return result


def _affine(point: _Point) -> tuple[int, int]:
    inverse = pow(point[2], -1, _P)
    return point[0] * inverse * inverse % _P, point[1] * pow(inverse, 3, _P) % _P


def _address(point: _Point) -> bytes:
    x, y = _affine(point)
    return keccak(word(x) + word(y))[12:]


def recovered(digest: bytes, signature: bytes) -> bytes | None:
    """The address whose key signed `digest`, as the contract recovers it; None for what is no such signature."""
    if len(signature) != 65:
        return None
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    if not 0 < r < ORDER or not 0 < s <= ORDER // 2 or v not in (27, 28):
        return None
    square = (pow(r, 3, _P) + 7) % _P
    y = pow(square, (_P + 1) // 4, _P)
    if y * y % _P != square:
        return None
    if y % 2 != v - 27:
        y = _P - y
    inverse = pow(r, -1, ORDER)
    z = int.from_bytes(digest, "big")
    key = _added(_times(-z * inverse % ORDER, _G), _times(s * inverse % ORDER, (r, y, 1)))
    return _address(key) if key[2] else None


def address_of(key: int) -> bytes:
    """The address of a private key."""
    return _address(_times(key, _G))


def signed(digest: bytes, key: int) -> bytes:
    """65 bytes `r ‖ s ‖ v`, deterministic (RFC 6979), with the low s."""
    secret, message = word(key), word(int.from_bytes(digest, "big") % ORDER)
    k, v = bytes(32), b"\1" * 32
    for step in (b"\0", b"\1"):
        k = hmac.digest(k, v + step + secret + message, "sha256")
        v = hmac.digest(k, v, "sha256")
    while True:
        v = hmac.digest(k, v, "sha256")
        nonce = int.from_bytes(v, "big")
        if 0 < nonce < ORDER:
            x, y = _affine(_times(nonce, _G))
            r = x % ORDER
            s = pow(nonce, -1, ORDER) * (int.from_bytes(message, "big") + r * key) % ORDER
            if r and s and x < ORDER:
                odd = y % 2
                if s > ORDER // 2:
                    s, odd = ORDER - s, 1 - odd
                return word(r) + word(s) + bytes([27 + odd])
        k = hmac.digest(k, v + b"\0", "sha256")
        v = hmac.digest(k, v, "sha256")


def domain_separator(deployment: Deployment) -> bytes:
    """Of EIP-712."""
    return hash_once(
        hash_once(_DOMAIN_TYPE)
        + hash_once(NAME.encode())
        + hash_once(DOMAIN_VERSION.encode())
        + word(deployment.chain_id)
        + deployment.contract.rjust(32, b"\0")
    )


ENTRY_TYPE: Final = (
    "Entry(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 eventType,uint24 nonce,"
    "bytes22 head,address actor,uint40 validUntil)"
)
ACKNOWLEDGEMENT_TYPE: Final = (
    "Acknowledgement(bytes22 genesis,bytes32 complaintId,uint8 eventType,bytes32 data,uint40 acceptedAt)"
)
OBJECTION_TYPE: Final = "Objection(bytes22 genesis,bytes32 complaintId,bytes32 data,uint8 number)"


def _digest(deployment: Deployment, kind: str, *words: bytes) -> bytes:
    struct = keccak(hash_once(kind.encode()) + deployment.genesis.ljust(32, b"\0") + b"".join(words))
    return keccak(b"\x19\x01" + domain_separator(deployment) + struct)


def promise_digest(deployment: Deployment, complaint_id: bytes, promise: Promise) -> bytes:
    """The 32 bytes that a promise signs."""
    if promise.is_entry:
        return _digest(
            deployment,
            ENTRY_TYPE,
            complaint_id,
            promise.data,
            word(promise.type),
            word(promise.nonce),
            promise.head.ljust(32, b"\0"),
            promise.signer.rjust(32, b"\0"),
            word(promise.time),
        )
    return _digest(deployment, ACKNOWLEDGEMENT_TYPE, complaint_id, word(promise.type), promise.data, word(promise.time))


def objection_digest(deployment: Deployment, complaint_id: bytes, data: bytes, number: int) -> bytes:
    """The 32 bytes that a complainant signs."""
    return _digest(deployment, OBJECTION_TYPE, complaint_id, data, word(number))


# ------------------------------------------------------------------------------------ 3. commitments, links, the clock

NONE, OPEN, ON_HOLD, RESOLVED_STATUS, CLOSED_STATUS = range(5)
STATUSES: Final = ("NONE", "OPEN", "ON_HOLD", "RESOLVED", "CLOSED")
_UNRESOLVED: Final = (OPEN, ON_HOLD)
_NOT_CLOSED: Final = (OPEN, ON_HOLD, RESOLVED_STATUS)
_ANY: Final = (*_NOT_CLOSED, CLOSED_STATUS)
# The statuses that allow a kind, and the status after it (None: the same).
_MOVES: Final[tuple[tuple[tuple[int, ...], int | None], ...]] = (
    ((NONE,), OPEN),
    (_UNRESOLVED, None),
    (_UNRESOLVED, None),
    (_NOT_CLOSED, None),
    (_UNRESOLVED, RESOLVED_STATUS),
    (_UNRESOLVED, RESOLVED_STATUS),
    (_NOT_CLOSED, CLOSED_STATUS),
    ((RESOLVED_STATUS, CLOSED_STATUS), OPEN),
    (_NOT_CLOSED, None),
    ((OPEN,), None),
    ((OPEN,), ON_HOLD),
    ((ON_HOLD,), OPEN),
    ((OPEN,), None),
    (_ANY, None),
    (_ANY, None),
    (_ANY, None),
)
_MAX_SLA: Final = 3650 * 86_400  # seconds
_MAX_COUNT: Final = 255  # of escalations, and of objections


def id_of(tracking_id: str, salt: bytes, complainant: bytes, created: bytes) -> bytes:
    """The complaint's id."""
    return keccak(subject_of(tracking_id, salt, created) + complainant.rjust(32, b"\0"))


def subject_of(tracking_id: str, salt: bytes, created: bytes) -> bytes:
    """What the id commits to, beside the complainant's address."""
    return keccak(keccak(salt + tracking_id.encode()) + created)


def heads_of(deployment: Deployment, complaint_id: bytes, links: Iterable[Link]) -> list[bytes]:
    """The head before the first link, and that after each."""
    heads = [deployment.genesis]
    for link in links:
        preimage = (
            heads[-1]
            + bytes(10)
            + complaint_id
            + word(link.sequence)
            + word(link.type)
            + bytes(12)
            + link.actor
            + word(link.time)
            + link.data
        )
        heads.append(keccak(preimage)[:22])
    return heads


class State(NamedTuple):
    """A complaint after a link. `deadline` as in `Word.sla_deadline`."""

    status: int = NONE
    deadline: int = 0
    escalations: int = 0
    objections: int = 0


def is_missed(deadline: int, at: int) -> bool:
    """Whether a running clock has passed its deadline."""
    return deadline not in (0, NEVER) and at > deadline


def states_of(deployment: Deployment, links: Iterable[Link]) -> list[State]:
    """The state before the first link and after each, up to the first link that is not lawful."""
    states = [State()]
    anchored: set[bytes] = set()
    time = 0
    for link in links:
        following = None if link.time < time else _after(states[-1], link, deployment)
        if following is None or (link.type == EVIDENCE_ANCHORED and link.data in anchored):
            break
        if link.type == EVIDENCE_ANCHORED:
            anchored.add(link.data)
        states.append(following)
        time = link.time
    return states


def _after(state: State, link: Link, deployment: Deployment) -> State | None:
    """None if the link is not lawful."""
    allowed, target = _MOVES[link.type]
    if state.status not in allowed:
        return None
    value = int.from_bytes(link.data, "big")
    is_due = state.status == OPEN and is_missed(state.deadline, link.time)
    if is_due != (link.type == ESCALATED):
        return None
    if link.type == ESCALATED:
        following = _breach(state, deployment)
        level = min(following.escalations, deployment.max_escalation_level)
        same = value == level << 64 | state.deadline << 32 | following.deadline
        return following if same and following.escalations <= _MAX_COUNT else None
    if link.type == OBJECTED:
        return state._replace(objections=state.objections + 1) if state.objections < _MAX_COUNT else None
    if link.type == SLA_DEADLINE_SET:
        in_range = 0 < value < NEVER and value <= link.time + _MAX_SLA and state.escalations < _MAX_COUNT
        return state._replace(deadline=value) if in_range else None
    if target is None:
        return state
    clock = deployment.default_sla if state.status == NONE else state.deadline
    if clock and state.status == OPEN:
        clock = max(1, clock - link.time)
    elif clock and target == OPEN:
        clock = min(link.time + clock, NEVER)
    if link.type in _BY_CLOCK and value != clock:
        return None
    return state._replace(status=target, deadline=clock)


def _breach(state: State, deployment: Deployment) -> State:
    level = min(state.escalations + 1, deployment.max_escalation_level)
    is_last = level >= deployment.max_escalation_level
    following = 0 if is_last else min(state.deadline + deployment.escalation_interval, NEVER)
    return state._replace(deadline=following, escalations=state.escalations + 1)


def breaches_due(state: State, at: int, deployment: Deployment) -> int:
    """How many links would be recorded at the time `at` for missed deadlines."""
    count = 0
    while state.status == OPEN and is_missed(state.deadline, at) and count <= _MAX_COUNT:
        state, count = _breach(state, deployment), count + 1
    return count


# ------------------------------------------------------------------------------------------------------------ 4. trust

_ED_P: Final = 2**255 - 19
_ED_L: Final = 2**252 + 27742317777372353535851937790883648493
_ED_D: Final = -121665 * pow(121666, -1, _ED_P) % _ED_P
_ED_I: Final = pow(2, (_ED_P - 1) // 4, _ED_P)
_EdPoint = tuple[int, int, int, int]


def _ed_point(data: bytes) -> _EdPoint | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & 2**255 - 1
    if y >= _ED_P:
        return None
    square = (y * y - 1) * pow(_ED_D * y * y + 1, -1, _ED_P) % _ED_P
    x = pow(square, (_ED_P + 3) // 8, _ED_P)
    if x * x % _ED_P != square:
        x = x * _ED_I % _ED_P
    if x * x % _ED_P != square or (not x and sign):
        return None
    if x % 2 != sign:
        x = _ED_P - x
    return x, y, 1, x * y % _ED_P


def _ed_added(one: _EdPoint, two: _EdPoint) -> _EdPoint:
    a = (one[1] - one[0]) * (two[1] - two[0]) % _ED_P
    b = (one[1] + one[0]) * (two[1] + two[0]) % _ED_P
    c = 2 * one[3] * two[3] * _ED_D % _ED_P
    d = 2 * one[2] * two[2] % _ED_P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _ED_P, g * h % _ED_P, f * g % _ED_P, e * h % _ED_P


def _ed_times(scalar: int, point: _EdPoint) -> _EdPoint:
    result: _EdPoint = (0, 1, 1, 0)
    for bit in bin(scalar)[2:]:
        result = _ed_added(result, result)
        if bit == "1":
            result = _ed_added(result, point)
    return result


_ED_Y: Final = 4 * pow(5, -1, _ED_P) % _ED_P
_ED_BASE: Final = _ed_point(_ED_Y.to_bytes(32, "little")) or (0, 1, 1, 0)


def ed25519_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8032, cofactorless, with canonical points and scalars only."""
    if len(key) != 32 or len(signature) != 64:
        return False
    point, commitment = _ed_point(key), _ed_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if point is None or commitment is None or s >= _ED_L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _ED_L
    one, two = _ed_times(s, _ED_BASE), _ed_added(commitment, _ed_times(h, point))
    same_x = (one[0] * two[2] - two[0] * one[2]) % _ED_P == 0
    return same_x and (one[1] * two[2] - two[1] * one[2]) % _ED_P == 0


class Policy(NamedTuple):
    """A tlog-policy: the key of each witness, the groups, and the one that must have signed."""

    witnesses: Mapping[str, tuple[str, bytes]]  # name in the policy → (name of the key, key)
    groups: Mapping[str, tuple[int, Sequence[str]]]
    quorum: str


def policy_read(text: str) -> Policy | None:
    """None for a policy that can't be read, or that trusts nothing."""
    witnesses: dict[str, tuple[str, bytes]] = {}
    groups: dict[str, tuple[int, Sequence[str]]] = {}
    free: set[str] = set()  # what is no group's member yet: nobody counts in two ways
    quorum = None
    for line in text.split("\n"):
        parts = re.split("[ \t]+", line.strip(" \t\r"))
        if parts == [""] or parts[0].startswith("#") or (parts[0] == "log" and len(parts) in (2, 3)):
            continue
        name = parts[1] if len(parts) > 1 else ""
        if parts[0] == "witness" and len(parts) in (3, 4) and _is_new(name, witnesses, groups):
            key = _vkey(parts[2])
            if key is None or key[1] in (known for _, known in witnesses.values()):
                return None
            witnesses[name] = key
            free.add(name)
        elif parts[0] == "group" and len(parts) >= 4 and _is_new(name, witnesses, groups):
            members = parts[3:]
            most = len(members)
            if len(set(members)) != most or not free.issuperset(members):
                return None
            least = {"any": 1, "all": most}.get(parts[2]) or (
                int(parts[2]) if re.fullmatch("[1-9][0-9]{0,3}", parts[2]) else 0
            )
            if not 1 <= least <= most:
                return None
            groups[name] = (least, members)
            free = free.difference(members) | {name}
        elif parts[0] == "quorum" and len(parts) == 2 and quorum is None and (name in witnesses or name in groups):
            quorum = name
        else:
            return None
    return None if quorum is None else Policy(witnesses, groups, quorum)


def _is_new(name: str, witnesses: Mapping[str, Any], groups: Mapping[str, Any]) -> bool:
    return name != "none" and name not in witnesses and name not in groups


def _vkey(text: str) -> tuple[str, bytes] | None:
    """Name and Ed25519 key of a verifier key `name+hash+base64(0x01 ‖ key)`."""
    name, _, rest = text.partition("+")
    digits, _, encoded = rest.partition("+")
    raw = _base64(encoded)
    if not name or raw is None or len(raw) != 33 or raw[0] != 1 or _key_id(name, raw[1:]).hex() != digits:
        return None
    return name, raw[1:]


def _key_id(name: str, key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]


def _base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


_NOTE: Final = re.compile(
    r"complaint-registry/headers/v1\n(0|[1-9][0-9]*)\n(0|[1-9][0-9]*)\n(0x[0-9a-f]{64})\n(0|[1-9][0-9]*)\n"
)
_SIGNATURE: Final = re.compile(r"— ([^ +]+) ([A-Za-z0-9+/]+={0,2})")


def note_signers(note: str, policy: Policy, *, chain_id: int, header: Header) -> list[str]:
    """The witnesses that signed this block; empty unless they are the policy's quorum."""
    text, separator, rest = note.rpartition("\n\n")
    found = _NOTE.fullmatch(text + "\n") if separator else None
    said = found and (found[1], found[2], found[3])
    if said != (str(chain_id), str(header.number), hex0x(header.hash)) or not rest.endswith("\n"):
        return []
    keys: dict[tuple[str, bytes], tuple[str, bytes]] = {}
    for witness, (key_name, key) in policy.witnesses.items():
        keys.setdefault((key_name, _key_id(key_name, key)), (witness, key))
    names = set()
    for line in dict.fromkeys(rest[:-1].split("\n")):  # the same line again says no more
        matched = _SIGNATURE.fullmatch(line)
        raw = _base64(matched[2]) if matched else None
        if matched is None or raw is None or len(raw) < 5:
            return []
        found_key = keys.get((matched[1], raw[:4]))
        if found_key is None:
            continue
        if not ed25519_holds(found_key[1], (text + "\n").encode(), raw[4:]):
            return []
        names.add(found_key[0])

    def holds(name: str) -> bool:
        if name in policy.witnesses:
            return name in names
        least, members = policy.groups[name]
        return sum(map(holds, members)) >= least

    return sorted(names, key=in_utf16) if holds(policy.quorum) else []


@dataclass
class Trust:
    """What the user trusts. `answers`: of nodes, each with name, chain id, finalized number and hashes by number."""

    blocks: frozenset[bytes] = frozenset()
    deployment: Json | None = None
    policy: Policy | None = None
    quorum: int = 2
    answers: list[tuple[str, int, int, dict[int, bytes | None]]] = field(default_factory=list)
    # The root of each period of 8,192 slots, by chain id and period.
    anchors: dict[tuple[int, int], bytes] = field(default_factory=dict)


def trust_read(value: Any) -> Trust:
    """The trust in a value that `json_read` returned. Raises `Unusable`."""
    found = _closed(value, "trust", optional=("blocks", "deployment", "policy", "nodes", "anchors"))
    blocks = frozenset(
        _hex(each, "trust/blocks", 32) for each in _list(found.get("blocks", []), "trust/blocks", 10_000)
    )
    deployment = found.get("deployment")
    if "deployment" in found and type(deployment) is not dict:
        raise Unusable("shape", "trust/deployment")
    trust = Trust(blocks, deployment, policy_read(_str(found.get("policy", ""), "trust/policy")))
    if "nodes" in found:
        nodes = _closed(found["nodes"], "trust/nodes", "quorum", "answers")
        trust.quorum = _number(nodes["quorum"], "trust/nodes/quorum", 1, 100)
        for each in _list(nodes["answers"], "trust/nodes/answers", 100):
            answer = _closed(each, "trust/nodes/answers", "node", "chain_id", "finalized", "blocks")
            if type(answer["blocks"]) is not dict:
                raise Unusable("shape", "trust/nodes/answers")
            hashes = {}
            for number, said in answer["blocks"].items():
                if not re.fullmatch("0|[1-9][0-9]{0,15}", number):
                    raise Unusable("shape", "trust/nodes/answers")
                hashes[int(number)] = None if said is None else _hex(said, "trust/nodes/answers", 32)
            name = _str(answer["node"], "trust/nodes/answers/node")
            if name in (known[0] for known in trust.answers):
                raise Unusable("shape", "trust/nodes/answers/node")
            chain_id = _number(answer["chain_id"], "trust/nodes/answers/chain_id", 0, SAFE)
            finalized = _number(answer["finalized"], "trust/nodes/answers/finalized", 0, SAFE)
            trust.answers.append((name, chain_id, finalized, hashes))
    if "anchors" in found:
        anchors = _closed(found["anchors"], "trust/anchors", "chain_id", "periods", optional=("source",))
        chain_id = _number(anchors["chain_id"], "trust/anchors/chain_id", 1, SAFE)
        if type(anchors["periods"]) is not dict:
            raise Unusable("shape", "trust/anchors/periods")
        for period, root in anchors["periods"].items():
            if not re.fullmatch("0|[1-9][0-9]{0,11}", period):
                raise Unusable("shape", "trust/anchors/periods")
            trust.anchors[chain_id, int(period)] = _hex(root, "trust/anchors/periods", 32)
    return trust


class Trusted(NamedTuple):
    """The verdict about a header, and why."""

    verdict: str
    code: str
    by: Sequence[str] = ()


def header_trusted(header: Header, receipt: Receipt, trust: Trust) -> Trusted:
    """Whether this is a block of the chain."""
    found = _directly(header, receipt, trust)
    if found.verdict == "PROVED":
        return found
    for attestation in receipt.attestations:
        if attestation["block"] != header.hash or attestation["type"] in ("signed", "era"):
            continue
        try:
            later = _later(header, attestation)
        except Bad:
            continue
        if _directly(later, receipt, trust).verdict == "PROVED":
            return Trusted("PROVED", "ancestor", [hex0x(later.hash)])
    return found


def _directly(header: Header, receipt: Receipt, trust: Trust) -> Trusted:
    if header.hash in trust.blocks:
        return Trusted("PROVED", "given")
    chain_id = receipt.deployment.chain_id
    said = [
        (name, hashes[header.number])
        for name, chain, finalized, hashes in trust.answers
        if chain == chain_id and finalized >= header.number and header.number in hashes
    ]
    agreeing = sorted((name for name, block in said if block == header.hash), key=in_utf16)
    if trust.answers and len(agreeing) >= trust.quorum:
        return Trusted("PROVED", "rpc", agreeing)
    if trust.policy:
        for attestation in receipt.attestations:
            if attestation["type"] == "signed" and attestation["block"] == header.hash:
                names = note_signers(attestation["note"], trust.policy, chain_id=chain_id, header=header)
                if names:
                    return Trusted("PROVED", "signed", names)
    for attestation in receipt.attestations:
        if attestation["type"] == "era" and attestation["block"] == header.hash:
            period = attestation["slot"] // PERIOD
            anchor = trust.anchors.get((chain_id, period))
            if anchor is not None and era_root(header.hash, chain_id, attestation) == anchor:
                return Trusted("PROVED", "era", [str(period)])
    others = [block for _, block in said if block != header.hash]
    if trust.answers and any(others.count(block) >= trust.quorum for block in others):
        return Trusted("CONTRADICTED", "other-block")
    return Trusted("UNKNOWN", "not-trusted")


PERIOD: Final = 8192  # slots
# By chain id: from which slot on, and how a block's hash lies under its beacon block's root. Number and depth
# of the field in the payload, of the payload in the body, and of the body in the header.
_FORKS: Final = {
    1: (
        (6_209_536, ((12, 4), (9, 4), (4, 3))),  # Capella
        (8_626_176, ((12, 5), (9, 4), (4, 3))),  # Deneb, Electra, Fulu
    )
}


def era_root(block: bytes, chain_id: int, attestation: Json) -> bytes | None:
    """The root of the period of 8,192 slots to which the attestation leads from a block's hash; None if to none."""
    slot = attestation["slot"]
    fields = [fields for start, fields in _FORKS.get(chain_id, ()) if start <= slot]
    if not fields:
        return None
    sides = [number >> bit & 1 for number, depth in fields[-1] for bit in range(depth)]
    sides += [slot % PERIOD >> bit & 1 for bit in range(13)]
    siblings = attestation["body"] + attestation["branch"]
    if len(siblings) != len(sides) or len(attestation["branch"]) != 13:
        return None
    root = block
    for sibling, is_right in zip(siblings, sides, strict=True):
        root = hashlib.sha256(sibling + root if is_right else root + sibling).digest()
    return root


_HISTORY: Final = bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935")
_HISTORY_BLOCKS: Final = 8191


def _later(header: Header, attestation: Json) -> Header:
    """The later block to which the attestation links `header`. Raises `Bad`."""
    if attestation["type"] == "ancestor":
        newest = header
        for raw in attestation["headers"]:
            following = header_read(raw)
            if following.parent != newest.hash or following.number != newest.number + 1:
                raise Bad("no chain of headers")
            newest = following
        return newest
    newest = header_read(attestation["header"])
    if not 1 <= newest.number - header.number <= _HISTORY_BLOCKS:
        raise Bad("not among the last 8,191 blocks")
    account = account_of(newest, _HISTORY, attestation["account"])
    if slot_value(account, word(header.number % _HISTORY_BLOCKS), attestation["nodes"]) != int.from_bytes(
        header.hash, "big"
    ):
        raise Bad("another block")
    return newest


# ------------------------------------------------------------------------------------------------------- 5. statements


class Statement(NamedTuple):
    """One statement; its facts are JSON."""

    id: str
    verdict: str
    code: str
    facts: Json


@dataclass
class Block:
    """One proof with what was found out about it. `word` is None unless `state@N` is PROVED."""

    header: Header
    is_trusted: bool
    has_known_code: bool = False
    word: Word | None = None
    # The number of links that `complete@N` or `prefix@N` proves.
    covers: int | None = None
    is_complete: bool = False
    # By the evidence's data: the slot's value, and which statement is about it.
    anchors: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    unanchored: set[bytes] = field(default_factory=set)
    roles: dict[tuple[str, bytes], bool] = field(default_factory=dict)


@dataclass
class Judge:
    """Makes the statements about one receipt, in their order."""

    receipt: Receipt
    trust: Trust
    files: Sequence[bytes | str]
    statements: list[Statement] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    covered: int = 0

    def __post_init__(self) -> None:
        receipt = self.receipt
        self.heads = heads_of(receipt.deployment, receipt.id, receipt.links)
        self.states = states_of(receipt.deployment, receipt.links)
        self.codes = code_hashes(receipt.deployment)

    def say(self, name: str, verdict: str, code: str, **facts: Any) -> Statement:
        """Adds a statement; facts that are None are left out."""
        known = {key: each for key, each in facts.items() if each is not None}
        self.statements.append(Statement(name, verdict, code, known))
        return self.statements[-1]

    @property
    def decisive(self) -> Block | None:
        """The newest block that is trusted."""
        return next((block for block in reversed(self.blocks) if block.is_trusted), None)

    def judge(self) -> None:
        """Makes all statements."""
        self._deployment()
        self._identity()
        for proof in self.receipt.proofs:
            self._proof(proof)
        self.covered = max((block.covers or 0 for block in self.blocks), default=0)
        self._anchors_compare()
        contents = [self._content(link) for link in self.receipt.links if link.type in WITH_PAYLOAD]
        fates = [self._promise(i, promise) for i, promise in enumerate(self.receipt.promises, 1)]
        for i, promise in enumerate(self.receipt.promises, 1):
            self._delay(i, promise, fates[i - 1])
        for i, file in enumerate(self.files, 1):
            self._file(i, file, {int(each.id.partition("/")[2]): each for each in contents})

    def _deployment(self) -> None:
        own, given = self.receipt.deployment, self.trust.deployment
        if given is None:
            self.say("deployment", "UNKNOWN", "not-given")
            return
        ours: dict[str, int | str] = {
            "address": hex0x(own.contract),
            "chain_id": own.chain_id,
            "contract": hex0x(own.contract),
            "genesis": hex0x(own.genesis),
            "default_sla": own.default_sla,
            "escalation_interval": own.escalation_interval,
            "max_escalation_level": own.max_escalation_level,
        }
        differing = [name for name, value in sorted(ours.items()) if name in given and not _is_same(given[name], value)]
        if differing:
            self.say("deployment", "CONTRADICTED", "differs", members=differing)
        elif "contract" not in given and "address" not in given:
            self.say("deployment", "UNKNOWN", "not-given")
        else:
            self.say("deployment", "PROVED", "as-published")

    def filed(self) -> bytes | None:
        """The commitment of the filing, as far as the receipt discloses it."""
        receipt = self.receipt
        if 1 in receipt.opened:
            return receipt.opened[1].data
        for i, opening in receipt.opened_promises.items():
            if receipt.promises[i - 1].type == CREATED:
                return opening.data
        if receipt.links:
            return receipt.links[0].data
        return next((each.data for each in receipt.promises if each.is_entry and each.type == CREATED), None)

    def gives_id(self, created: bytes) -> bool | None:
        """Whether this filing gives the id; None if the receipt does not disclose enough."""
        if self.receipt.filing is None:
            return None
        tracking_id, salt, complainant = self.receipt.filing
        return id_of(tracking_id, salt, complainant, created) == self.receipt.id

    @functools.cached_property
    def shows_filing(self) -> bool:
        """Whether some data in the receipt gives the id.

        Nobody signs tracking id, salt and complainant. If anything gives the id with them, they are the right ones.
        """
        receipt = self.receipt
        known = [each.data for each in receipt.promises]
        known += [each.data for each in receipt.links[:1]]
        known += [receipt.opened[1].data] if 1 in receipt.opened else []
        return any(map(self.gives_id, known))

    def _identity(self) -> None:
        created = self.filed()
        matches = None if created is None else self.gives_id(created)
        if matches is None:
            self.say("identity", "UNKNOWN", "not-disclosed")
        elif matches:
            self.say("identity", "PROVED", "id-matches")
        else:
            self.say("identity", "CONTRADICTED", "id-differs")

    def _proof(self, proof: Proof) -> None:
        if not proof.known:
            self.say(f"proof/{proof.position}", "UNKNOWN", "unknown-kind")
            return
        header = proof.header
        if header is None:
            self.say(f"proof/{proof.position}", "BROKEN", "header")
            return
        trusted = header_trusted(header, self.receipt, self.trust)
        at = f"@{header.number}"
        by = list(trusted.by) or None
        self.say(f"header{at}", trusted.verdict, trusted.code, hash=hex0x(header.hash), time=header.time, by=by)
        block = Block(header, trusted.verdict == "PROVED")
        self.blocks.append(block)
        try:
            account = account_of(header, self.receipt.deployment.contract, proof.account)
            value = slot_value(account, slot_of(proof.slots[0], self.receipt.id), proof.slots[0].nodes)
        except Bad:
            self.say(f"state{at}", "BROKEN", "proof")
            return
        version = self.codes.get(account.code_hash)
        code_hash = hex0x(account.code_hash)
        reason = None
        if not block.is_trusted:
            reason = "header-not-trusted"
            self.say(f"code{at}", "UNKNOWN", reason, code_hash=code_hash)
        elif version is None:
            reason = "unknown-code"
            self.say(f"code{at}", "UNKNOWN", reason, code_hash=code_hash)
        else:
            block.has_known_code = True
            self.say(f"code{at}", "PROVED", "release", version=version, code_hash=code_hash)
        if reason:
            self.say(f"state{at}", "UNKNOWN", reason)
        else:
            self._state(block, value, at)
        for slot in proof.slots[1:]:
            self._slot(block, slot, account, at, reason)

    def _state(self, block: Block, value: int, at: str) -> None:
        held = word_read(value)
        possible = not value or (held.event_count > 0 and NONE < held.status < 5 and held.nonce > 0)
        if not possible:
            self.say(f"state{at}", "CONTRADICTED", "impossible")
            return
        block.word = held
        shown = len(self.receipt.links)
        if not value:
            self.say(f"state{at}", "PROVED", "nothing")
            self.say(f"absent{at}", "PROVED", "absent", time=block.header.time)
            if not shown:
                block.covers, block.is_complete = 0, True
                self.say(f"complete{at}", "PROVED", "complete", links=0)
            return
        self.say(
            f"state{at}",
            "PROVED",
            "recorded",
            head=hex0x(held.head),
            event_count=held.event_count,
            sla_deadline=held.sla_deadline,
            status=STATUSES[held.status],
            escalations=held.escalations,
            objections=held.objections,
        )
        if held.event_count > shown:
            self.say(f"more{at}", "PROVED", "more", links=held.event_count, shown=shown)
        else:
            self._history(block, held, at)
        self._clock(block, held, at)

    def _history(self, block: Block, held: Word, at: str) -> None:
        count = held.event_count
        is_complete = count == len(self.receipt.links)
        name = ("complete" if is_complete else "prefix") + at
        if self.heads[count] != held.head:
            self.say(name, "CONTRADICTED", "links-differ", links=count)
        elif self.receipt.links[count - 1].time > block.header.time:
            self.say(name, "CONTRADICTED", "later-link", links=count)
        elif len(self.states) <= count:
            self.say(name, "CONTRADICTED", "unlawful", links=count)
        elif self.states[count] != State(held.status, held.sla_deadline, held.escalations, held.objections):
            self.say(name, "CONTRADICTED", "state-differs", links=count)
        else:
            block.covers, block.is_complete = count, is_complete
            self.say(name, "PROVED", "complete" if is_complete else "prefix", links=count)

    def _clock(self, block: Block, held: Word, at: str) -> None:
        deployment, time = self.receipt.deployment, block.header.time
        level = min(held.escalations, deployment.max_escalation_level)
        deadline = held.sla_deadline
        if held.status != OPEN:
            code = "held" if held.status == ON_HOLD else "stopped"
            self.say(f"clock{at}", "PROVED", code, level=level, seconds_left=deadline or None)
        elif deadline in (0, NEVER):
            self.say(f"clock{at}", "PROVED", "none", level=level)
        elif time <= deadline:
            self.say(f"clock{at}", "PROVED", "running", level=level, deadline=deadline)
        else:
            state = State(held.status, deadline, held.escalations, held.objections)
            unrecorded = breaches_due(state, time, deployment)
            self.say(f"clock{at}", "PROVED", "overdue", level=level, since=deadline, unrecorded=unrecorded)

    def _slot(self, block: Block, slot: Slot, account: Account, at: str, reason: str | None) -> None:
        name = {
            "evidence": f"anchored{at}/{hex0x(slot.data)}",
            "registry": f"registry{at}",
            "role": f"role{at}/{slot.role}/{hex0x(slot.account)}",
        }[slot.of]
        try:
            value = slot_value(account, slot_of(slot, self.receipt.id), slot.nodes)
        except Bad:
            self.say(name, "BROKEN", "proof")
            return
        if reason:
            # Nothing is known about the block, so nothing is said about its slots.
            return
        if slot.of == "role":
            block.roles[slot.role, slot.account] = value == 1
            self.say(name, "PROVED", "held" if value == 1 else "not-held")
        elif slot.of == "registry":
            chain = (value & 2**216 - 1).to_bytes(27, "big")
            self.say(name, "PROVED", "registry", chain=hex0x(chain), count=value >> 216)
        else:
            block.anchors[slot.data] = value, len(self.statements)
            if value:
                self.say(name, "PROVED", "anchored", time=value & FOREVER, sequence=value >> 40 & _UINT24)
            else:
                self.say("un" + name, "PROVED", "unanchored")

    def _anchors_compare(self) -> None:
        """Anchors must be those of the links that are known to be on the chain, and no other may name such a link."""
        links = self.receipt.links[: self.covered]
        anchoring = {link.data: link for link in links if link.type == EVIDENCE_ANCHORED}
        for block in self.blocks:
            count = block.word.event_count if block.word else 0
            for data, (value, place) in block.anchors.items():
                link = anchoring.get(data)
                if link and link.sequence <= count:
                    is_right = value == link.sequence << 40 | link.time
                else:
                    is_right = not value or min(count, self.covered) < value >> 40 <= count
                if block.word and not is_right:
                    said = self.statements[place]
                    self.statements[place] = said._replace(verdict="CONTRADICTED", code="anchor-differs")
                elif not value:
                    block.unanchored.add(data)

    def _content(self, link: Link) -> Statement:
        name = f"content/{link.sequence}"
        opening = self.receipt.opened.get(link.sequence)
        is_covered = link.sequence <= self.covered
        if opening is None:
            return self.say(name, "UNKNOWN", "not-disclosed")
        if opening.data != link.data:
            return self.say(name, "CONTRADICTED" if is_covered else "BROKEN", "payload-differs")
        if not is_covered:
            return self.say(name, "UNKNOWN", "not-covered")
        if opening.payload.get("type") != KINDS[link.type]:
            return self.say(name, "CONTRADICTED", "type-differs")
        occurred = seconds_of(opening.payload.get("occurred_at"))
        return self.say(
            name,
            "PROVED",
            "opened",
            witnessed=opening.payload.get("witnessed") is True,
            occurred_at=None if occurred is None else opening.payload["occurred_at"],
            recorded_after=None if occurred is None else link.time - occurred,
        )

    def _file(self, position: int, file: bytes | str, contents: Mapping[int, Statement]) -> None:
        digest = file if isinstance(file, str) else hashlib.sha256(file).hexdigest()
        evidence = [link.sequence for link in self.receipt.links if link.type == EVIDENCE_ANCHORED]
        proved = [each for each in evidence if contents[each].verdict == "PROVED"]
        named = [
            sequence
            for sequence, opening in self.receipt.opened.items()
            if sequence in evidence and opening.payload.get("sha256") == digest
        ]
        name, decisive = f"file/{position}", self.decisive
        matching = [each for each in named if each in proved]
        if matching:
            self.say(name, "PROVED", "of-link", sha256=digest, link=matching[0])
        elif named:
            self.say(name, "UNKNOWN", "not-covered", sha256=digest)
        elif proved == evidence and decisive and decisive.is_complete:
            promised = [
                opening.payload
                for position, opening in self.receipt.opened_promises.items()
                if self.receipt.promises[position - 1].type == EVIDENCE_ANCHORED
            ]
            if any(payload.get("sha256") == digest for payload in promised):
                self.say(name, "UNKNOWN", "not-covered", sha256=digest)
            else:
                self.say(name, "CONTRADICTED", "not-recorded", sha256=digest)
        else:
            self.say(name, "UNKNOWN", "not-disclosed", sha256=digest)

    # ----------------------------------------------------------------------------------------------------- 6. promises

    def _promise(self, position: int, promise: Promise) -> Statement:
        name = f"promise/{position}"
        opening = self.receipt.opened_promises.get(position)
        if opening is not None and opening.data != promise.data:
            return self.say(name, "BROKEN", "opening-differs")
        digest = promise_digest(self.receipt.deployment, self.receipt.id, promise)
        if recovered(digest, promise.signature) != promise.signer:
            return self.say(name, "UNKNOWN", "signature")
        block = self.decisive
        if block is None:
            return self.say(name, "UNKNOWN", "header-not-trusted")
        if not block.has_known_code:
            return self.say(name, "UNKNOWN", "unknown-code")
        if promise.is_entry:
            return self._entry(name, promise, block)
        return self._acknowledgement(name, promise, block)

    def _entry(self, name: str, promise: Promise, block: Block) -> Statement:
        link = self.recorded(promise.nonce)
        role = role_of(promise.type)
        gives_id = self.gives_id(promise.data) if promise.type == CREATED else None
        is_exchanged = gives_id is False and self.shows_filing
        if link and is_promised(link, promise) and not is_exchanged:
            return self.say(name, "PROVED", "kept", sequence=link.sequence, time=link.time)
        if link and gives_id:
            # Only a key with INTAKE_ROLE wrote that link, and it does not give the id, whoever signed the promise.
            return self.say(name, "CONTRADICTED", "contradicted", sequence=link.sequence, time=link.time, by_id=True)
        if not self.had(role, promise.signer, block):
            return self.say(name, "UNKNOWN", "role-not-shown")
        if is_exchanged:
            return self.say(name, "CONTRADICTED", "exchanged")
        number, time = block.header.number, block.header.time
        if link:
            if link.time > promise.time:
                return self.say(name, "PROVED", "expired", block=number, time=time)
            if promise.head not in (bytes(22), self.heads[link.sequence - 1]):
                return self.say(name, "UNKNOWN", "other-head")
            return self.say(name, "CONTRADICTED", "contradicted", sequence=link.sequence, time=link.time, by_id=False)
        if gives_id is False:
            return self.say(name, "UNKNOWN", "id-differs")
        if block.word is None or block.word.nonce > promise.nonce:
            return self.say(name, "UNKNOWN", "incomplete")
        if block.roles.get((role, promise.signer)) is False:
            return self.say(name, "PROVED", "void", block=number, time=time)
        return self.say(name, "PROVED", "expired" if time > promise.time else "open", block=number, time=time)

    def _acknowledgement(self, name: str, promise: Promise, block: Block) -> Statement:
        link = self.acknowledged(promise)
        if link:
            after = link.time - promise.time
            return self.say(name, "PROVED", "recorded", sequence=link.sequence, time=link.time, after=after)
        if not self.had("INTAKE_ROLE", promise.signer, block):
            return self.say(name, "UNKNOWN", "role-not-shown")
        if block.is_complete or self._lacks_anchor(promise, block):
            number, time = block.header.number, block.header.time
            return self.say(name, "PROVED", "not-recorded", block=number, time=time, since=time - promise.time)
        return self.say(name, "UNKNOWN", "incomplete")

    def recorded(self, nonce: int) -> Link | None:
        """The covered link that a recorder wrote with this nonce."""
        own = [link for link in self.receipt.links[: self.covered] if link.type not in (ESCALATED, OBJECTED)]
        return own[nonce] if nonce < len(own) else None

    def acknowledged(self, promise: Promise) -> Link | None:
        """The covered link that is the one acknowledged: the first since then, otherwise the last."""
        same = [link for link in self.receipt.links[: self.covered] if is_promised(link, promise)]
        return next((link for link in same if link.time >= promise.time), same[-1] if same else None)

    def had(self, role: str, account: bytes, until: Block) -> bool:
        """Whether the account is shown to have had the role at a block up to this one."""
        blocks = [block for block in self.blocks if block.header.number <= until.header.number]
        return any(block.roles.get((role, account)) for block in blocks)

    def _delay(self, position: int, promise: Promise, fate: Statement) -> None:
        accepted = self._accepted(position, promise)
        if fate.verdict in ("UNKNOWN", "BROKEN") or accepted is None:
            return
        times = [block.header.time for block in self.blocks if self._was_missing(promise, block)]
        if not times or max(times) <= accepted:
            return
        recorded_at = fate.facts["time"] if fate.code in ("kept", "recorded") else None
        least = max(times) - accepted
        name = f"delay/{position}"
        self.say(
            name, "PROVED", "delay", accepted=accepted, absent_at=max(times), recorded_at=recorded_at, at_least=least
        )

    def _accepted(self, position: int, promise: Promise) -> int | None:
        """When the operator accepted it, by its own clock and signature."""
        if not promise.is_entry:
            return promise.time
        opening = self.receipt.opened_promises.get(position)
        filing = self.receipt.opened.get(1)
        if opening is None and filing is not None and filing.data == promise.data:
            opening = filing
        if promise.type != CREATED or opening is None or opening.data != promise.data:
            return None
        return seconds_of(opening.payload.get("occurred_at"))

    def _lacks_anchor(self, promise: Promise, block: Block) -> bool:
        """Whether an empty anchor shows that the evidence was not on the chain."""
        return promise.type == EVIDENCE_ANCHORED and promise.data in block.unanchored

    def _was_missing(self, promise: Promise, block: Block) -> bool:
        if promise.is_entry:
            return block.word is not None and block.word.nonce <= promise.nonce
        if self._lacks_anchor(promise, block) or (block.word and not block.word.event_count):
            return True
        shown = self.receipt.links[: block.covers or 0]
        return block.covers is not None and not any(is_promised(link, promise) for link in shown)


def is_promised(link: Link, promise: Promise) -> bool:
    """Whether the link is of the kind and the content promised."""
    return link.type == promise.type and (link.data == promise.data or link.type in _BY_CLOCK)


def _is_same(given: Any, own: int | str) -> bool:
    """Whether the user's value is the receipt's: a text without regard to case, and `true` is not 1."""
    return type(given) is type(own) and (given.lower() if isinstance(given, str) else given) == own


def role_of(kind: int) -> str:
    """The role that an entry of this kind needs."""
    if kind == CREATED:
        return "INTAKE_ROLE"
    return "SLA_MANAGER_ROLE" if SLA_DEADLINE_SET <= kind <= SLA_RESUMED else "RECORDER_ROLE"


_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


def seconds_of(moment: Any) -> int | None:
    """Whole Unix seconds of a time as payloads have it; None for anything else."""
    if not isinstance(moment, str) or not _MOMENT.fullmatch(moment):
        return None
    try:
        return int(datetime.fromisoformat(moment[:19]).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


# ---------------------------------------------------------------------------------------------------------- 7. verdict

EXITS: Final = {"PROVED": 0, "CONTRADICTED": 1, "BROKEN": 1, "UNKNOWN": 2}


def verdict_on(
    data: bytes, *, trust: Trust | None = None, files: Sequence[bytes | str] = (), required: Sequence[str] = ()
) -> Json:
    """The verdict on the receipt in `data`: a function of its arguments, without any I/O. Never raises.

    `files`: the bytes of each evidence file, or its SHA-256 in hex digits.
    """
    try:
        receipt = receipt_read(json_read(data))
    except Unusable as error:
        facts = {"at": error.at} if error.at else {}
        return _verdict([Statement("receipt", error.verdict, error.code, facts)], verdict=error.verdict)
    judge = Judge(receipt, trust or Trust(), files)
    judge.judge()
    block = judge.decisive
    shown = judge.statements
    return _verdict(
        shown,
        verdict=_overall(shown, block, required),
        block=block.header.number if block else None,
        chain_id=receipt.deployment.chain_id,
        contract=hex0x(receipt.deployment.contract),
        complaint=hex0x(receipt.id),
        timeline=_timeline(judge),
        stops=_stops(judge),
        ignored=receipt.ignored,
    )


def _verdict(statements: Sequence[Statement], *, verdict: str, **more: Any) -> Json:
    return {
        "format": "complaint-registry.verdict",
        "version": 1,
        "verdict": verdict,
        "exit": EXITS[verdict],
        "block": None,
        "chain_id": None,
        "contract": None,
        "complaint": None,
        "timeline": [],
        "stops": [],
        "ignored": [],
        **more,
        "statements": [each._asdict() for each in statements],
    }


def _overall(statements: Sequence[Statement], block: Block | None, required: Sequence[str]) -> str:
    # A block that fell out of the chain is no matter once a newer one is trusted.
    newest = block.header.number if block else 0
    verdicts = {
        each.verdict for each in statements if each.code != "other-block" or int(each.id.partition("@")[2]) > newest
    }
    for word_ in ("BROKEN", "CONTRADICTED"):
        if word_ in verdicts:
            return word_
    proved = {each.id for each in statements if each.verdict == "PROVED"}
    at = f"@{block.header.number}" if block else ""
    wanted = [f"code{at}", f"state{at}", f"complete{at}"]
    wanted += [each.id for each in statements if each.id.startswith("file/")]
    for name in required:
        same = [each.id for each in statements if re.split("[@/]", each.id)[0] == name]
        wanted += same or [name]
    return "PROVED" if block and proved.issuperset(wanted) else "UNKNOWN"


def _timeline(judge: Judge) -> list[Json]:
    return [
        {
            "sequence": link.sequence,
            "type": KINDS[link.type],
            "actor": hex0x(link.actor),
            "time": link.time,
            "status": STATUSES[state.status],
            "sla_deadline": state.deadline,
            "escalations": state.escalations,
            "objections": state.objections,
            "covered": link.sequence <= judge.covered,
        }
        for link, state in zip(judge.receipt.links, judge.states[1:], strict=False)
    ]


def _stops(judge: Judge) -> list[Json]:
    stops: list[Json] = []
    before = NONE
    begun = 0
    for link, state in zip(judge.receipt.links, judge.states[1:], strict=False):
        if state.status != before:
            if stops and stops[-1]["to"] is None:
                stops[-1] |= {"to": link.sequence, "seconds": link.time - begun}
            if state.status != OPEN:
                stops.append({"status": STATUSES[state.status], "from": link.sequence, "to": None, "seconds": None})
                begun = link.time
        before = state.status
    return stops


# ------------------------------------------------------------------------------------------------------------ in words

_WORDS: Final = {
    "receipt:encoding": "The file is neither UTF-8 nor UTF-16 with a byte order mark, or it is longer than 16 MiB.",
    "receipt:json": "The file is not JSON that every reader reads alike.",
    "receipt:format": "The file is not a receipt. `prove` makes one from an audit trail or an answer of the API.",
    "receipt:shape": "The file does not have the form of a receipt, first at: {at}.",
    "receipt:newer-version": "This receipt needs a newer verifier.",
    "receipt:unknown-critical": "This receipt needs a newer verifier.",
    "deployment:as-published": "Chain and contract are those that you expect.",
    "deployment:differs": "Another contract than you expect: {members} differ.",
    "deployment:not-given": "Compare the contract's address with the published one, or give it with --contract.",
    "identity:id-matches": "The complaint's id is that of this tracking id and this filing.",
    "identity:id-differs": "The complaint's id is not that of this tracking id and filing: one of them is another.",
    "identity:not-disclosed": "The receipt does not disclose the tracking id.",
    "header:given": "The block of {time} is the one that you named.",
    "header:rpc": "The block of {time} is final, as these nodes say now: {by}.",
    "header:signed": "The block of {time} is on the chain, as these witnesses signed: {by}.",
    "header:era": "The block of {time} is in the finalised history that your anchor of period {by} stands for.",
    "header:ancestor": "The block of {time} comes before block {by}, which you trust.",
    "header:other-block": "The nodes that you named know another block under this number.",
    "header:not-trusted": "Nothing that you trust shows that the block is on the chain. Compare its hash: {hash}",
    "code:release": "The contract has the code of release {version}.",
    "code:unknown-code": "No release has the contract's code with these parameters.",
    "state:recorded": "The contract held this complaint with status {status} ({event_count} links).",
    "state:nothing": "The contract held nothing under this id.",
    "state:proof": "The proof of the contract's state is damaged.",
    "state:impossible": "The contract held what its code never writes.",
    "absent:absent": "On {time} nothing was recorded under this id.",
    "complete:complete": "All links are shown ({links}): none is missing, added, altered, moved or back-dated.",
    "complete:links-differ": "The links shown are not those on the chain.",
    "complete:unlawful": "The contract's code never writes such links.",
    "complete:state-differs": "The links shown do not lead to the state on the chain.",
    "complete:later-link": "A link is later than the block that should contain it.",
    "prefix:prefix": "The links up to number {links} were all there were then.",
    "prefix:links-differ": "The first {links} links are not those on the chain.",
    "prefix:unlawful": "The contract's code never writes such links.",
    "prefix:state-differs": "The first {links} links do not lead to the state on the chain.",
    "prefix:later-link": "A link is later than the block that should contain it.",
    "more:more": "The chain held {links} links, and this file shows {shown}: the others are newer, or withheld.",
    "clock:running": "The deadline was {deadline}; level {level}.",
    "clock:overdue": "Overdue since {since}; {unrecorded} missed deadlines not yet on record; level {level}.",
    "clock:held": "The clock was on hold; level {level}.",
    "clock:stopped": "The clock was stopped; level {level}.",
    "clock:none": "No deadline was set; level {level}.",
    "anchored:anchored": "This evidence was anchored on {time}, as link {sequence}.",
    "anchored:anchor-differs": "The anchor is not that of a link.",
    "anchored:proof": "The proof of the anchor is damaged.",
    "unanchored:unanchored": "This evidence was not anchored.",
    "unanchored:anchor-differs": "A link anchored this evidence, and the contract held no anchor.",
    "registry:registry": "The registry held {count} filings.",
    "registry:proof": "The proof of the registry is damaged.",
    "role:held": "The account had the role.",
    "role:not-held": "The account did not have the role.",
    "role:proof": "The proof of the role is damaged.",
    "content:opened": "Link {sequence} commits to the disclosed content.",
    "content:payload-differs": "Link {sequence} does not commit to the disclosed content.",
    "content:type-differs": "The content of link {sequence} is of another type.",
    "content:not-disclosed": "The content of link {sequence} is not disclosed.",
    "content:not-covered": "Nothing shows that link {sequence} is on the chain.",
    "promise:kept": "Kept: recorded on {time} as link {sequence}.",
    "promise:open": "Open: not recorded by {time}.",
    "promise:expired": "Not recorded by {time}, after the promise had expired.",
    "promise:void": "Void: not recorded by {time}, and the key that signed had lost its role.",
    "promise:contradicted": "Contradicted: link {sequence} of {time} is another one than was promised.",
    "promise:exchanged": "Contradicted: the complaint's id is that of another filing than was promised.",
    "promise:recorded": "Acknowledged, and recorded on {time} as link {sequence}, {after} s later.",
    "promise:not-recorded": "Acknowledged, and not recorded by {time}, {since} s later.",
    "promise:signature": "No key of the named account signed this; a contract may have.",
    "promise:role-not-shown": "Nothing shows that the key belongs to the operator.",
    "promise:opening-differs": "The disclosed content is not what was promised.",
    "promise:id-differs": "The complaint's id is not that of this tracking id and the filing that was promised.",
    "promise:other-head": "Signed for other links before it than those on the chain.",
    "promise:incomplete": "Links that decide this are not shown.",
    "delay:delay": "Accepted {accepted}, and not on record on {absent_at}: a delay of at least {at_least} s.",
    "file:of-link": "The file is the evidence of link {link}.",
    "file:not-recorded": "The file is no evidence of this complaint.",
    "file:not-disclosed": "No disclosed evidence is this file.",
    "file:not-covered": "Nothing shows that the link with this file is on the chain.",
    "proof:header": "The header of a block is damaged.",
    "proof:unknown-kind": "A proof of a kind that this verifier does not know.",
}
_SHARED: Final = {
    "header-not-trusted": "Unknown as long as the block is not trusted.",
    "unknown-code": "Unknown, since no release has the contract's code with these parameters.",
}
_TIMES: Final = ("time", "deadline", "since", "accepted", "absent_at")
_SUMMARY: Final = {
    "PROVED": "PROVED. At block {block} the contract {contract} on chain {chain_id} held what this file says.",
    "absent": "PROVED. At block {block} the contract {contract} on chain {chain_id} held nothing under this id.",
    "CONTRADICTED": "CONTRADICTED. Sound proofs say something else than this file, or than what you expect.",
    "BROKEN": "BROKEN. The file is damaged or forged, which says nothing about the operator.",
    "UNKNOWN": "UNKNOWN. It cannot be decided with what is given.",
}


def shown_time(seconds: int) -> str:
    """A time in UTC for people."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s"


def in_words(verdict: Json) -> str:
    """The verdict for people: a line for each statement, then the summary."""
    lines = []
    for statement in verdict["statements"]:
        name = re.split("[@/]", statement["id"])[0]
        facts = dict(statement["facts"])
        if name == "content":
            facts["sequence"] = statement["id"].partition("/")[2]
        for key, value in facts.items():
            if key in _TIMES and (key, name) != ("since", "promise"):
                facts[key] = shown_time(value)
            elif isinstance(value, list):
                facts[key] = ", ".join(value)
        text = _WORDS.get(f"{name}:{statement['code']}") or _SHARED[statement["code"]]
        # What is missing is shown as nothing; braces in the receipt's own texts are not read.
        text = re.sub(r"\{(\w+)\}", lambda found, facts=facts: str(facts.get(found[1], "")), text)  # type: ignore[misc]
        short = re.sub(r"0x([0-9a-f]{8})[0-9a-f]{56}", r"0x\1…", statement["id"])
        lines.append(f"{statement['verdict']:<13}{short:<24} {text}")
    for stop in verdict["stops"]:
        length = "until now" if stop["seconds"] is None else f"for {stop['seconds']} s, until link {stop['to']}"
        lines.append(f"{'':<13}{'clock':<24} Stopped by link {stop['from']} ({stop['status']}) {length}.")
    # Names are the file's own texts, so nothing of them may reach a terminal as a control sequence.
    lines += [f"{'':<13}{json.dumps(name):<24} Not understood, and ignored." for name in verdict["ignored"]]
    is_absent = any(each["id"] == f"absent@{verdict['block']}" for each in verdict["statements"])
    summary = _SUMMARY["absent" if verdict["verdict"] == "PROVED" and is_absent else verdict["verdict"]]
    return "\n".join([*lines, re.sub(r"\{(\w+)\}", lambda found: str(verdict[found[1]]), summary)])


# --------------------------------------------------------------------------------------------------------------- nodes

_TIMEOUT: Final = 30  # seconds
_ANSWER_BYTES: Final = 64 * 2**20


class Stop(Exception):
    """The command cannot go on; the message is one line for its user."""

    # What a contract said when it reverted, `0x` hex.
    data = ""


class Node:
    """A node's JSON-RPC. `name` is its host: its URL may contain a secret."""

    def __init__(self, url: str) -> None:
        # Imported here only, since they are a third of the memory that a verification takes.
        import http.client
        import urllib.parse
        import urllib.request

        class NoRedirect(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: Any) -> None:
                return None

        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Stop("a node's URL begins with http:// or https://")
        self.url = url
        is_local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        self.name = f"{parts.hostname}:{parts.port}" if is_local else parts.hostname
        self._open = urllib.request.build_opener(NoRedirect).open
        self._request = urllib.request.Request
        self._failures = (OSError, ValueError, RecursionError, http.client.HTTPException)

    def ask(self, method: str, *params: Any) -> Any:
        """The result. Raises `Stop`."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "complaint-registry-receipt/1"}
        try:
            request = self._request(self.url, data=body, headers=headers)
            with self._open(request, timeout=_TIMEOUT) as response:
                raw = response.read(_ANSWER_BYTES + 1)
            answer = json.loads(raw)
        except self._failures as error:
            raise Stop(f"{self.name} does not answer {method}: {type(error).__name__}") from None
        if not isinstance(answer, dict) or "result" not in answer or answer.get("error"):
            said = answer.get("error") if isinstance(answer, dict) else None
            text = " ".join(str(said.get("message") if isinstance(said, dict) else said).split())[:300]
            # Nothing that a node says reaches a terminal as a control sequence.
            shown = "".join(each if each.isprintable() else "?" for each in text)
            stop = Stop(f"{self.name} refuses {method}: {shown}")
            stop.data = str(said.get("data")) if isinstance(said, dict) else ""
            raise stop
        return answer["result"]

    def number(self, method: str, *params: Any) -> int:
        """A result that is a number. Raises `Stop`."""
        return _quantity(self.ask(method, *params), f"{self.name}: {method}")

    def call(self, contract: bytes, data: bytes, block: str = "latest") -> bytes:
        """The bytes that a view returns. Raises `Stop`."""
        result = self.ask("eth_call", {"to": hex0x(contract), "data": hex0x(data)}, block)
        return _bytes(result, f"{self.name}: eth_call")


def _quantity(value: Any, what: str, most: int = 2**256 - 1) -> int:
    if not isinstance(value, str) or not re.fullmatch("0x[0-9a-fA-F]{1,64}", value) or int(value, 16) > most:
        raise Stop(f"{what} is no number")
    return int(value, 16)


def _bytes(value: Any, what: str, length: int | None = None) -> bytes:
    if not isinstance(value, str) or not re.fullmatch("0x(?:[0-9a-fA-F]{2})*", value):
        raise Stop(f"{what} is not hex")
    if length is not None and len(value) != 2 + 2 * length:
        raise Stop(f"{what} has not {length} bytes")
    return bytes.fromhex(value[2:])


def selector(signature: str) -> bytes:
    """The first four bytes of a function's calldata."""
    return keccak(signature.encode())[:4]


def nodes_asked(nodes: Sequence[Node], numbers: Iterable[int], quorum: int) -> tuple[Json, list[str]]:
    """The member `nodes` of a trust, and what kept nodes from answering. It asks for headers only."""
    answers, troubles = [], []
    wanted = list(numbers)
    for node in nodes:
        try:
            chain_id = _quantity(node.ask("eth_chainId"), f"{node.name}: the chain id", SAFE)
            final = node.ask("eth_getBlockByNumber", "finalized", False)
            finalized = _quantity(final["number"], f"{node.name}: the number of the final block", SAFE)
            hashes: dict[str, str | None] = {}
            for number in wanted:
                block = node.ask("eth_getBlockByNumber", hex(number), False)
                what = f"{node.name}: the hash of block {number}"
                hashes[str(number)] = None if block is None else hex0x(_bytes(block["hash"], what, 32))
            answers.append({"node": node.name, "chain_id": chain_id, "finalized": finalized, "blocks": hashes})
        except Stop as error:
            troubles.append(str(error))
        except (TypeError, KeyError):
            troubles.append(f"{node.name} does not answer usably")
    return {"quorum": quorum, "answers": answers}, troubles


# --------------------------------------------------------------------------------------- receipts made: prove, merge …

_BLANK: Final[Json] = {"format": FORMAT, "version": 1, "critical": []}
_HEADER_FIELDS: Final = (  # with a plus sign: a number
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "+difficulty",
    "+number",
    "+gasLimit",
    "+gasUsed",
    "+timestamp",
    "extraData",
    "mixHash",
    "nonce",
    "+baseFeePerGas",
    "withdrawalsRoot",
    "+blobGasUsed",
    "+excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
    "blockAccessListHash",
    "+slotNumber",
)
_LINK_APPENDED: Final = "LinkAppended(bytes32,uint8,address,uint24,uint40,bytes32)"


def header_rebuilt(block: Json) -> bytes | None:
    """The RLP of a block's header from its fields, if its hash proves it, None for unknown fields. Raises `Stop`."""
    wanted = _bytes(block.get("hash"), "the block's hash")
    items: list[bytes] = []
    for name in _HEADER_FIELDS:
        value = block.get(name.lstrip("+"))
        if value is not None:
            raw = _quantity(value, name) if name.startswith("+") else _bytes(value, name)
            items.append(raw.to_bytes((raw.bit_length() + 7) // 8, "big") if isinstance(raw, int) else raw)
            if len(items) >= 15 and keccak(header := rlp(items)) == wanted:
                return header
    return None


def header_of(node: Node, block: Json) -> bytes:
    """The RLP of a block's header, which its hash proves. Raises `Stop`."""
    if (rebuilt := header_rebuilt(block)) is not None:
        return rebuilt
    header = _bytes(node.ask("debug_getRawHeader", hex(_quantity(block.get("number"), "number"))), "debug_getRawHeader")
    if hex0x(keccak(header)) != block["hash"].lower():
        raise Stop(f"{node.name} gives a header with another hash")
    return header


def proof_made(node: Node, deployment: Deployment, complaint_id: bytes, more: Sequence[Json]) -> tuple[Json, Header]:
    """A proof of the complaint's slot, and of `more`, at the node's newest block. Raises `Stop`."""
    slots: list[Json] = [{"of": "complaint"}, *more]
    read = [
        Slot(
            each["of"],
            (),
            *(bytes.fromhex(each["data"][2:]) if "data" in each else b"",),
            each.get("role", ""),
            bytes.fromhex(each.get("account", "0x")[2:]),
        )
        for each in slots
    ]
    keys = [hex0x(slot_of(slot, complaint_id)) for slot in read]
    for _ in range(3):  # a reorganisation between the two questions gives a proof of another block
        block = node.ask("eth_getBlockByNumber", "latest", False)
        if not isinstance(block, dict):
            raise Stop(f"{node.name} has no newest block")
        raw = header_of(node, block)
        answer = node.ask("eth_getProof", hex0x(deployment.contract), keys, block["number"])
        try:
            header = header_read(raw)
            proved = answer_read(answer, header, deployment.contract, keys)
        except Bad:
            continue
        made = [{**each, "nodes": list(map(hex0x, own))} for each, own in zip(slots, proved.nodes, strict=True)]
        block_made = {"kind": "rlp-keccak", "header": hex0x(raw)}
        return {
            "kind": "mpt",
            "block": block_made,
            "account": list(map(hex0x, proved.account_nodes)),
            "slots": made,
        }, header
    raise Stop(f"{node.name} gives no proof that holds for its newest block; does it have the contract?")


class Answer(NamedTuple):
    """A verified answer to `eth_getProof`: the contract with its nodes; nodes and value of each slot, in order."""

    contract: Account
    account_nodes: list[bytes]
    nodes: list[list[bytes]]
    values: list[int]


def answer_read(answer: Any, header: Header, contract: bytes, keys: Sequence[str]) -> Answer:
    """Verifies what a node answered to `eth_getProof` for these slots (32 bytes of `0x` hex). Raises `Bad`."""
    try:
        account_nodes = _listed(answer["accountProof"])
        nodes = [_listed(each["proof"]) for each in answer["storageProof"]]
    except (Stop, KeyError, TypeError, AttributeError) as error:
        raise Bad(f"no proof: {error}") from None
    if any(len(own) > MAX_NODES or any(len(each) > MAX_NODE for each in own) for own in (account_nodes, *nodes)):
        raise Bad("more than a receipt may contain")
    hash_ahead(itertools.chain(account_nodes, *nodes))
    account = account_of(header, contract, account_nodes)
    if account.storage_root == EMPTY_TRIE:
        nodes = [[] for _ in nodes]
    if len(nodes) != len(keys):
        raise Bad("another number of slots")
    values = [slot_value(account, bytes.fromhex(key[2:]), own) for key, own in zip(keys, nodes, strict=True)]
    return Answer(account, account_nodes, nodes, values)


def _listed(nodes: Any) -> list[bytes]:
    raw = [_bytes(each, "eth_getProof") for each in nodes]
    # Some nodes list embedded nodes too.
    return [each for i, each in enumerate(raw) if i == 0 or len(each) >= 32]


def links_read(node: Node, contract: bytes, complaint_id: bytes, first: int, last: int) -> list[Json]:
    """The complaint's links from the logs of these blocks. Halves the range while the node refuses. Raises `Stop`."""
    topics = [hex0x(keccak(_LINK_APPENDED.encode())), hex0x(complaint_id)]
    request = {"address": hex0x(contract), "topics": topics, "fromBlock": hex(first), "toBlock": hex(last)}
    try:
        logs = node.ask("eth_getLogs", request)
    except Stop:
        if last - first < 100:
            raise
        middle = (first + last) // 2
        earlier = links_read(node, contract, complaint_id, first, middle)
        return earlier + links_read(node, contract, complaint_id, middle + 1, last)
    links = []
    for log in logs:
        data = _bytes(log["data"], "a log")
        links.append(
            {
                "sequence": int.from_bytes(data[:32], "big"),
                "type": _quantity(log["topics"][2], "a log"),
                "actor": hex0x(_bytes(log["topics"][3], "a log")[12:]),
                "time": int.from_bytes(data[32:64], "big"),
                "data": hex0x(data[64:96]),
            }
        )
    return links


@dataclass
class Material:
    """What was found in files: receipts, audit trails, and answers of the API, in any mixture."""

    deployment: Json = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    links: dict[int, Json] = field(default_factory=dict)
    filing: Json | None = None
    promises: list[Json] = field(default_factory=list)
    openings: dict[bytes, Json] = field(default_factory=dict)
    proofs: dict[int, Json] = field(default_factory=dict)
    headers: list[Json] = field(default_factory=list)
    # Hashes of blocks whose proofs are left out, and of those the ones that were found.
    without: frozenset[bytes] = frozenset()
    left_out: set[bytes] = field(default_factory=set)

    def take(self, value: Any) -> None:
        """Looks for everything that a receipt can use in `value`."""
        if isinstance(value, list):
            for each in value:
                self.take(each)
        if not isinstance(value, dict):
            return
        if value.get("format") == FORMAT:
            self._take_receipt(value)
            return
        if isinstance(value.get("payload"), dict) and isinstance(value.get("salt"), str):
            opening = {"salt": value["salt"].lower(), "payload": value["payload"]}
            self.openings[keccak(bytes.fromhex(opening["salt"][2:]) + jcs(opening["payload"]))] = opening
        if isinstance(value.get("complaint_id"), str):
            self.ids.add(value["complaint_id"].lower())
        if "tracking_id" in value and "complaint_salt" in value:
            complainant = value.get("complainant_address") or value.get("complainant") or hex0x(bytes(20))
            self.filing = {
                "tracking_id": value["tracking_id"],
                "salt": value["complaint_salt"].lower(),
                "complainant": complainant.lower(),
            }
        if value.get("type") in ("entry", "acknowledgement") and "signature" in value:
            self._take_promise(value)
        if "genesis" in value and "default_sla" in value and "contract" in value:
            self._deployed({name: value[name] for name in _DEPLOYMENT} | {"contract": value["contract"].lower()})
        if "block_timestamp" in value and value.get("event_type") in KINDS:
            self._linked(
                {
                    "sequence": value["sequence"],
                    "type": KINDS.index(value["event_type"]),
                    "actor": value["actor"].lower(),
                    "time": value["block_timestamp"],
                    "data": value["data"].lower(),
                }
            )
        for each in value.values():
            self.take(each)

    def _take_receipt(self, value: Json) -> None:
        receipt = receipt_read(value)
        self._deployed(value["deployment"])
        self.ids.add(value["complaint"]["id"])
        for each in value["links"]:
            self._linked(each)
        for proof, raw in zip(receipt.proofs, value["proofs"], strict=True):
            if proof.header is None:
                continue
            number, block_hash = proof.header.number, proof.header.hash
            if block_hash in self.without:
                self.left_out.add(block_hash)
                continue
            known = self.proofs.setdefault(number, raw)
            if known["block"] != raw["block"]:
                other = hex0x(keccak(bytes.fromhex(known["block"]["header"][2:])))
                raise Stop(
                    f"the files have two different blocks {number}, {other} and {hex0x(block_hash)}: "
                    "name the one that is not on the chain with --without"
                )
            self.proofs[number] = _proofs_joined(known, raw)
        self.promises += [each for each in value.get("promises", []) if each not in self.promises]
        self.headers += [each for each in value.get("headers", []) if each not in self.headers]
        openings = value.get("openings", {})
        if "tracking_id" in openings:
            self.filing = {name: openings[name] for name in ("tracking_id", "salt", "complainant")}
        for name, read in (("links", receipt.opened), ("promises", receipt.opened_promises)):
            for number, opening in read.items():
                self.openings[opening.data] = openings[name][str(number)]

    def _deployed(self, members: Json) -> None:
        if differing := [name for name in members if self.deployment.get(name, members[name]) != members[name]]:
            raise Stop(f"the files are about different contracts: {', '.join(sorted(differing))}")
        self.deployment = self.deployment | members

    def _linked(self, link: Json) -> None:
        if self.links.setdefault(link["sequence"], link) != link:
            raise Stop(f"the files have two different links {link['sequence']}: `verify` tells which file is right")

    def _take_promise(self, value: Json) -> None:
        domain, message = value["typed_data"]["domain"], value["typed_data"]["message"]
        contract = domain["verifyingContract"].lower()
        self._deployed({"chain_id": domain["chainId"], "contract": contract, "genesis": message["genesis"]})
        common = {"type": KINDS.index(value["event_type"]), "data": value["data"].lower()}
        own: Json
        if value["type"] == "entry":
            own = {"kind": "entry", **common, "nonce": value["nonce"], "head": value["head"]}
            own |= {"actor": value["actor"].lower(), "valid_until": value["valid_until"]}
        else:
            own = {"kind": "acknowledgement", **common, "accepted_at": value["accepted_at"]}
            own |= {"signer": value["signer"].lower()}
        own["signature"] = value["signature"].lower()
        if own not in self.promises:
            self.promises.append(own)

    def receipt(self) -> Json:
        """The receipt. Raises `Stop` for what belongs to several complaints, or to none."""
        if len(self.ids) != 1:
            raise Stop("the files are about different complaints" if self.ids else "the files name no complaint")
        links = [self.links[sequence] for sequence in sorted(self.links)]
        openings: Json = dict(self.filing or {})
        for name, things in (("links", links), ("promises", self.promises)):
            opened = {}
            for i, thing in enumerate(things, 1):
                opening = self.openings.get(bytes.fromhex(thing["data"][2:]))
                is_recorded = name == "promises" and thing["data"] in (link["data"] for link in links)
                if opening is not None and not is_recorded:
                    opened[str(i)] = opening
            openings[name] = opened
        return {
            **_BLANK,
            "deployment": self.deployment,
            "complaint": {"id": next(iter(self.ids))},
            "links": links,
            "proofs": [self.proofs[number] for number in sorted(self.proofs)],
            "promises": self.promises,
            "headers": self.headers,
            "openings": openings,
        }


_DEPLOYMENT: Final = ("chain_id", "contract", "genesis", "default_sla", "escalation_interval", "max_escalation_level")


def _proofs_joined(one: Json, two: Json) -> Json:
    """Two proofs at one block, with the slots of both."""
    return {**one, "slots": one["slots"] + [slot for slot in two["slots"] if slot not in one["slots"]]}


def material_of(paths: Sequence[Path], without: frozenset[bytes] = frozenset()) -> Material:
    """What the files contain, but for the proofs at the blocks `without`. Raises `Stop`."""
    material = Material(without=without)
    for path in paths:
        try:
            material.take(json_read(file_read(path)))
        except (Unusable, OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise Stop(f"{path}: not usable ({error})") from None
    if missing := without - material.left_out:
        raise Stop(f"no file has a proof at block {', '.join(sorted(map(hex0x, missing)))}")
    return material


def prove(material: Material, node: Node, *, first: int, with_logs: bool, with_registry: bool) -> tuple[Json, Header]:
    """A receipt with a proof at the node's newest block, and the header of that block. Raises `Stop`."""
    deployment_complete(material, node)
    deployment = deployment_read(material.deployment, "deployment")
    base = material.receipt()
    complaint_id = bytes.fromhex(base["complaint"]["id"][2:])
    more: list[Json] = [{"of": "registry"}] if with_registry else []
    for promise in base["promises"]:
        role = role_of(promise["type"]) if promise["kind"] == "entry" else "INTAKE_ROLE"
        slot = {"of": "role", "role": role, "account": promise.get("actor") or promise.get("signer")}
        if slot not in more:
            more.append(slot)
        evidence = {"of": "evidence", "data": promise["data"]}
        if promise["kind"] == "acknowledgement" and promise["type"] == EVIDENCE_ANCHORED and evidence not in more:
            more.append(evidence)
    proof, header = proof_made(node, deployment, complaint_id, more[:255])
    if with_logs:
        found = links_read(node, deployment.contract, complaint_id, first, header.number)
        material.links |= {link["sequence"]: link for link in found}
    material.proofs[header.number] = proof
    return material.receipt(), header


def deployment_complete(material: Material, node: Node) -> None:
    """Asks the contract for what the files do not say about it, and checks what they do. Raises `Stop`."""
    known = material.deployment
    if "contract" not in known:
        raise Stop("the files do not name the contract: give it with --contract")
    chain_id = node.number("eth_chainId")
    if known.setdefault("chain_id", chain_id) != chain_id:
        raise Stop(f"{node.name} is on chain {chain_id}, and the contract is on chain {known['chain_id']}")
    contract = bytes.fromhex(known["contract"][2:])
    genesis = node.call(contract, selector("GENESIS()"))
    if len(genesis) != 32 or known.setdefault("genesis", hex0x(genesis[:22])) != hex0x(genesis[:22]):
        raise Stop("the contract at this address is another one: its GENESIS differs")
    views = {"default_sla": "defaultSLA()", "escalation_interval": "escalationInterval()"}
    for name, view in {**views, "max_escalation_level": "maxEscalationLevel()"}.items():
        if name not in known:
            known[name] = int.from_bytes(node.call(contract, selector(view)), "big")


# --------------------------------------------------------------------------------------------- sending: submit, object


_REVERTS: Final = {
    "StaleNonce(bytes32,uint24,uint24)": "StaleNonce, something is recorded under its number, probably this",
    "StaleHead(bytes32,bytes22,bytes22)": "StaleHead, the links before it are others than those that were signed",
    "InvalidTransition(bytes32,uint8,uint8)": "InvalidTransition, the complaint's status does not allow it",
    "InvalidSignature(address)": "InvalidSignature, the signature is not the signer's",
    "SignatureExpired(uint40)": "SignatureExpired",
    "AccessControlUnauthorizedAccount(address,bytes32)": "the signer no longer has the role",
    "EvidenceAlreadyAnchored(bytes32,bytes32)": "EvidenceAlreadyAnchored, the complaint has this evidence",
    "DeadlineOutOfRange(bytes32,uint256)": "DeadlineOutOfRange",
}


@dataclass
class Sender:
    """An account that pays. The key never leaves this process."""

    node: Node
    key: int
    is_confirmed: bool

    def send(self, deployment: Deployment, data: bytes, what: str) -> str:
        """Sends a call to the contract, and waits for it; the transaction's hash. Raises `Stop`."""
        node, own = self.node, address_of(self.key)
        request = {"from": hex0x(own), "to": hex0x(deployment.contract), "data": hex0x(data)}
        try:
            gas = node.number("eth_estimateGas", request) * 6 // 5
        except Stop as error:
            reason = next(
                (text for name, text in _REVERTS.items() if error.data.startswith(hex0x(selector(name)))), error
            )
            raise Stop(f"the contract would refuse it: {reason}") from None
        head = node.ask("eth_getBlockByNumber", "latest", False)
        base = head.get("baseFeePerGas") if isinstance(head, dict) else None
        if base is None:
            tip = price = node.number("eth_gasPrice")
        else:
            try:
                tip = node.number("eth_maxPriorityFeePerGas")
            except Stop:
                tip = 10**9
            price = 2 * _quantity(base, "the base fee") + tip
        balance = node.number("eth_getBalance", hex0x(own), "latest")
        say(f"{what}\nchain {deployment.chain_id}, contract {hex0x(deployment.contract)}")
        say(f"sender {hex0x(own)}, which has {_ether(balance)}; it costs at most {_ether(gas * price)}")
        if balance < gas * price:
            raise Stop("the sender has not enough for it")
        if not self.is_confirmed and input("send it? [y/N] ").strip().lower() != "y":
            raise Stop("nothing was sent")
        nonce = node.number("eth_getTransactionCount", hex0x(own), "pending")
        raw = self._signed(deployment, data, nonce=nonce, gas=gas, price=price, tip=None if base is None else tip)
        tx_hash = hex0x(keccak(raw))
        node.ask("eth_sendRawTransaction", hex0x(raw))
        return self._mined(tx_hash)

    def _signed(
        self, deployment: Deployment, data: bytes, *, nonce: int, gas: int, price: int, tip: int | None
    ) -> bytes:
        chain_id = deployment.chain_id
        if tip is None:  # EIP-155
            call = [nonce, price, gas, deployment.contract, 0, data]
            signature = signed(keccak(rlp([*call, chain_id, 0, 0])), self.key)
            return rlp([*call, 2 * chain_id + 8 + signature[64], *_halves(signature)])
        fields = [chain_id, nonce, tip, price, gas, deployment.contract, 0, data, []]
        signature = signed(keccak(b"\2" + rlp(fields)), self.key)
        return b"\2" + rlp([*fields, signature[64] - 27, *_halves(signature)])

    def _mined(self, tx_hash: str) -> str:
        say(f"sent as {tx_hash}; waiting until it is in a block")
        import time

        for _ in range(300):
            receipt = self.node.ask("eth_getTransactionReceipt", tx_hash)
            if isinstance(receipt, dict):
                if _quantity(receipt.get("status"), "the status") != 1:
                    raise Stop(f"{tx_hash} was mined, and the contract refused it")
                say(f"in block {_quantity(receipt.get('blockNumber'), 'the block')}")
                return tx_hash
            time.sleep(1)
        raise Stop(f"{tx_hash} is not in a block after five minutes; it may still be mined")


def _halves(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")


def _ether(wei: int) -> str:
    return f"{wei // 10**18}.{wei % 10**18:018d}".rstrip("0").rstrip(".") + " ether"


def record_signed_calldata(complaint_id: bytes, promise: Promise) -> bytes:
    """`recordSigned` with the entry that was promised."""
    name = "recordSigned((bytes32,bytes32,uint8,uint24),bytes22,address,uint40,bytes)"
    entry = complaint_id + promise.data + word(promise.type) + word(promise.nonce)
    rest = promise.head.ljust(32, b"\0") + promise.signer.rjust(32, b"\0") + word(promise.time) + word(8 * 32)
    return selector(name) + entry + rest + _dynamic(promise.signature)


def objection_calldata(subject: bytes, complainant: bytes, data: bytes, number: int, signature: bytes) -> bytes:
    """`logObjection`."""
    words = subject + complainant.rjust(32, b"\0") + data + word(number) + word(5 * 32)
    return selector("logObjection(bytes32,address,bytes32,uint8,bytes)") + words + _dynamic(signature)


def _dynamic(data: bytes) -> bytes:
    return word(len(data)) + data + bytes(-len(data) % 32)


def key_read(path: Path | None, variable: str) -> int:
    """A private key from a file, or else from an environment variable, or else typed in. Raises `Stop`.

    The file has the key's digits, or it is one that a page has saved: a key file, or a receipt with its key.
    """
    text = text_read(file_read(path)).strip() if path else os.environ.get(variable, "")
    if text.startswith("{"):
        try:
            saved = json_read(text.encode())
            text = str(saved.get("complainant_key", saved)["private_key"])
        except (Unusable, KeyError, TypeError, AttributeError):
            raise Stop(f"{path} has no private key") from None
    if not text:
        text = getpass.getpass(f"private key ({variable} is not set): ")
    if not re.fullmatch("(?:0x)?[0-9a-fA-F]{64}", text) or not 0 < int(text, 16) < ORDER:
        raise Stop("a private key has 64 hex digits")
    return int(text, 16)


# ------------------------------------------------------------------------------------------------------------ commands


def say(text: str) -> None:
    """A line for the user, apart from the command's result."""
    with contextlib.suppress(OSError):  # it can't be said that it can't be said
        print(text, file=sys.stderr, flush=True)


def receipt_text(receipt: Json) -> bytes:
    """A receipt as a file."""
    return json.dumps(receipt, ensure_ascii=False, indent=1).encode() + b"\n"


def _verify(arguments: argparse.Namespace) -> int:
    given = _trust_given(arguments)
    if "policy" in given and policy_read(given["policy"]) is None:
        say("receipt.py: the policy does not parse, or has no quorum: it trusts nobody")
    files = []
    for path in arguments.file:
        with path.open("rb") as file:
            files.append(hashlib.file_digest(file, "sha256").hexdigest())
    nodes = [Node(url) for url in arguments.rpc]
    if len({node.name for node in nodes}) != len(nodes):
        raise Stop("give nodes of different hosts: two answers of one host are one")
    status = 0
    for path in arguments.receipt:
        try:
            data = file_read(path)
        except OSError as error:
            say(f"receipt.py: {error}")
            found = EXITS["UNKNOWN"]
        else:
            found = _verified(path, data, given, nodes, files, arguments)
        # Contradicted or broken decides, then what is unknown.
        status = max(status, found, key=lambda each: (0, 2, 1)[each])
    return status


def _verified(
    path: Path,
    data: bytes,
    given: Json,
    nodes: Sequence[Node],
    files: Sequence[str],
    arguments: argparse.Namespace,
) -> int:
    """Prints the verdict on one receipt; its exit status."""
    if nodes:
        answers, troubles = nodes_asked(nodes, _numbers(data), arguments.quorum)
        given = {**given, "nodes": answers}
        for trouble in troubles:
            say(trouble)
    verdict = verdict_on(data, trust=trust_read(given), files=files, required=arguments.require)
    if arguments.json:
        sys.stdout.buffer.write(jcs(verdict) + b"\n")
    else:
        print(f"{path}\n{in_words(verdict)}")
    return int(verdict["exit"])


def _trust_given(arguments: argparse.Namespace) -> Json:
    """The trust in the arguments, as JSON that `trust_read` takes. Raises `Stop` and `Unusable`."""
    given: Json = json_read(file_read(arguments.trust)) if arguments.trust else {}
    trust_read(given)
    if arguments.block:
        given["blocks"] = [*given.get("blocks", []), *(block.lower() for block in arguments.block)]
    expected = [given["deployment"]] if "deployment" in given else []
    if arguments.deployment:
        published = json_read(file_read(arguments.deployment))
        if type(published) is not dict or not {"contract", "address"} & published.keys():
            raise Stop(f"{arguments.deployment} names no contract")
        expected.append(published)
    if arguments.contract:
        expected.append({"contract": _address_given(arguments.contract)})
    if expected:
        given["deployment"] = deployments_joined(expected)
    if arguments.policy:
        given["policy"] = text_read(file_read(arguments.policy))
    if arguments.anchors:
        given["anchors"] = json_read(file_read(arguments.anchors))
    trust_read(given)
    return given


def deployments_joined(expected: Sequence[Json]) -> Json:
    """What several sources say about the contract that is expected. Raises `Stop` where they differ."""
    joined: Json = {}
    for each in expected:
        for name in (name for name in (*_DEPLOYMENT, "address") if name in each):
            for other in ("contract", "address") if name in ("contract", "address") else (name,):
                if other in joined and not _is_same(each[name], _lower(joined[other])):
                    raise Stop(f"two contracts are expected: {name} {joined[other]!r} and {each[name]!r}")
        joined |= each
    return joined


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _address_given(text: str) -> str:
    if not re.fullmatch("0x[0-9a-fA-F]{40}", text):
        raise Stop(f"an address has 0x and 40 hex digits, and not the form of {text!r}")
    return text.lower()


def _numbers(data: bytes) -> list[int]:
    try:
        return [proof.header.number for proof in receipt_read(json_read(data)).proofs if proof.header]
    except Unusable:
        return []


_EXPIRES: Final = "The promise of a filing should never expire, and this one does: put it on the chain before."


def expires(promise: Promise) -> bool:
    """Whether it is the promise of a filing that is not valid for ever, as it should be."""
    return promise.is_entry and promise.type == CREATED and promise.time != FOREVER


def _show(arguments: argparse.Namespace) -> int:
    for path in arguments.receipt:
        try:
            receipt = receipt_read(json_read(file_read(path)))
        except Unusable as error:
            raise Stop(f"{path}: {error}") from None
        print(f"{path}\ncomplaint {hex0x(receipt.id)}")
        print(f"contract  {hex0x(receipt.deployment.contract)}, chain {receipt.deployment.chain_id}")
        if receipt.filing:
            print(f"tracking  {receipt.filing[0]!r}")
        for link in receipt.links:
            print(f"{link.sequence:>6}  {shown_time(link.time)}  {KINDS[link.type]:<18} by {hex0x(link.actor)}")
            if link.sequence in receipt.opened:
                print(f"{'':>8}{json.dumps(receipt.opened[link.sequence].payload, ensure_ascii=True)}")
        for i, promise in enumerate(receipt.promises, 1):
            kind = f"acknowledgement of {shown_time(promise.time)}"
            if promise.is_entry:
                kind = "entry" if promise.time == FOREVER else f"entry valid until {shown_time(promise.time)}"
            print(f"promise {i}: {KINDS[promise.type]}, {kind}, signed by {hex0x(promise.signer)}")
            if expires(promise):
                print(f"{'':>8}{_EXPIRES}")
        for proof in receipt.proofs:
            if proof.header:
                number, time = proof.header.number, shown_time(proof.header.time)
                print(f"proof at block {number} of {time}, {hex0x(proof.header.hash)}")
    print("Nothing of this was verified.")
    return 0


def redacted(receipt: Json, keep: Iterable[str]) -> Json:
    """The receipt without its openings, except those of `keep`: sequences, `id`, `promise/i`. Promises stay if kept."""
    openings, kept = receipt.get("openings", {}), set(keep)
    left: Json = {}
    if "id" in kept and "tracking_id" in openings:
        left = {name: openings[name] for name in ("tracking_id", "salt", "complainant")}
    left["links"] = {name: each for name, each in openings.get("links", {}).items() if name in kept}
    left["promises"] = {name: each for name, each in openings.get("promises", {}).items() if f"promise/{name}" in kept}
    known = {name: each for name, each in receipt.items() if name in _MEMBERS}
    return {**known, "openings": left}


def _redact(arguments: argparse.Namespace) -> int:
    value = json_read(file_read(arguments.receipt))
    receipt = receipt_read(value)
    known = {*map(str, receipt.opened), *(f"promise/{i}" for i in receipt.opened_promises)}
    known |= {"id"} if receipt.filing else set()
    keep = [each.strip() for each in arguments.keep.split(",") if each.strip()]
    for name in keep:
        if name not in known:
            raise Stop(f"the receipt discloses nothing under {name!r}: name each link, as 1,2,3,id,promise/1")
    made = redacted(value, keep)
    if arguments.public:
        made = {**made, "promises": [], "openings": {}}
    _write(arguments.output, made)
    return 0


def _hash_given(text: str) -> bytes:
    if not re.fullmatch("0x[0-9a-fA-F]{64}", text):
        raise Stop(f"a block's hash has 0x and 64 hex digits, and not the form of {text!r}")
    return bytes.fromhex(text[2:])


def _merge(arguments: argparse.Namespace) -> int:
    without = frozenset(_hash_given(each) for each in arguments.without)
    _write(arguments.output, material_of(arguments.receipt, without).receipt())
    return 0


def _prove(arguments: argparse.Namespace) -> int:
    material = material_of(arguments.file)
    if arguments.contract:
        material.deployment["contract"] = _address_given(arguments.contract)
    node = Node(arguments.rpc)
    receipt, header = prove(
        material,
        node,
        first=arguments.from_block,
        with_logs=not arguments.no_logs,
        with_registry=arguments.registry,
    )
    verdict = verdict_on(receipt_text(receipt), trust=Trust(frozenset([header.hash])))
    _write(arguments.output, receipt)
    say(f"proved at block {header.number}, {hex0x(header.hash)}")
    say("the newest block may still fall out of the chain: if it does, prove again")
    say(f"with this block trusted: {verdict['verdict']}")
    return 0


def _write(path: Path | None, receipt: Json) -> None:
    data = receipt_text(receipt)
    receipt_read(json_read(data))  # never writes what it would not read
    if path is None:
        sys.stdout.buffer.write(data)
    else:
        path.write_bytes(data)


def _submit(arguments: argparse.Namespace) -> int:
    node = Node(arguments.rpc)
    material = material_of([arguments.receipt])
    deployment_complete(material, node)
    receipt = receipt_read(material.receipt())
    entries = [promise for promise in receipt.promises if promise.is_entry]
    if not 1 <= arguments.promise <= len(entries):
        raise Stop(f"the receipt has {len(entries)} signed entries")
    promise = entries[arguments.promise - 1]
    digest = promise_digest(receipt.deployment, receipt.id, promise)
    if recovered(digest, promise.signature) != promise.signer:
        say("the signature is not by a key of the named account; a contract may have signed")
    if expires(promise):
        say(f"valid until {shown_time(promise.time)}. {_EXPIRES}")
    sender = Sender(node, key_read(arguments.key_file, "RECEIPT_KEY"), arguments.yes)
    data = record_signed_calldata(receipt.id, promise)
    print(sender.send(receipt.deployment, data, f"record {KINDS[promise.type]} of complaint {hex0x(receipt.id)}"))
    return 0


def _object_(arguments: argparse.Namespace) -> int:
    material = material_of([arguments.receipt])
    node = Node(arguments.rpc)
    deployment_complete(material, node)
    receipt = receipt_read(material.receipt())
    created = Judge(receipt, Trust(), ()).filed()
    if receipt.filing is None or created is None:
        raise Stop("the receipt does not disclose tracking id and filing, which an objection needs")
    tracking_id, salt, complainant = receipt.filing
    key = key_read(arguments.complainant_key_file, "RECEIPT_COMPLAINANT_KEY")
    if address_of(key) != complainant:
        raise Stop("this is not the key that the complaint's id contains")
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    payload = {"v": 2, "type": "OBJECTED", "occurred_at": moment, "by": hex0x(complainant), "witnessed": True}
    payload |= {"objection": arguments.text}
    own_salt = secrets.token_bytes(32)
    data = keccak(own_salt + jcs(payload))
    slot = node.call(receipt.deployment.contract, selector("getComplaint(bytes32)") + receipt.id)
    number = int.from_bytes(slot[5 * 32 : 6 * 32], "big") if arguments.number is None else arguments.number
    if not 0 <= number < _MAX_COUNT:
        raise Stop(f"a complaint takes {_MAX_COUNT} objections, numbered from 0")
    signature = signed(objection_digest(receipt.deployment, receipt.id, data, number), key)
    subject = subject_of(tracking_id, salt, created)
    objection = {
        "complaint_id": hex0x(receipt.id),
        "subject": hex0x(subject),
        "complainant": hex0x(complainant),
        "data": hex0x(data),
        "number": number,
        "signature": hex0x(signature),
        "salt": hex0x(own_salt),
        "payload": payload,
    }
    arguments.output.write_bytes(receipt_text(objection))
    say(f"{arguments.output} has the objection and its salt: keep it, nobody else can open it")
    if not arguments.only_sign:
        sender = Sender(node, key_read(arguments.key_file, "RECEIPT_KEY"), arguments.yes)
        calldata = objection_calldata(subject, complainant, data, number, signature)
        print(sender.send(receipt.deployment, calldata, f"object, number {number}, complaint {hex0x(receipt.id)}"))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="receipt.py", description="Verifies receipts of complaints, and makes them.")
    commands = parser.add_subparsers(required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=text)
        one.set_defaults(run=run)
        return one

    verify = command("verify", _verify, "Verify receipts: 0 proved, 1 contradicted or broken, 2 not decided.")
    verify.add_argument("receipt", nargs="+", type=Path)
    verify.add_argument("--trust", type=Path, help="JSON file with blocks, deployment, policy, nodes and anchors")
    verify.add_argument("--block", action="append", default=[], metavar="HASH", help="hash of a block that you trust")
    verify.add_argument("--rpc", action="append", default=[], metavar="URL", help="ask this node for block headers")
    verify.add_argument("--quorum", type=int, default=2, metavar="K", help="how many nodes must agree (2)")
    verify.add_argument("--policy", type=Path, help="tlog-policy with the witnesses whose notes you trust")
    verify.add_argument("--anchors", type=Path, help="JSON file with roots of finalised periods: anchors/1.json")
    verify.add_argument("--contract", metavar="ADDRESS", help="the operator's published contract")
    verify.add_argument("--deployment", type=Path, help="the operator's published deployment file")
    verify.add_argument("--file", action="append", default=[], type=Path, help="evidence file to look for")
    verify.add_argument(
        "--require", action="append", default=[], metavar="ID", help="statement that must be proved too"
    )
    verify.add_argument("--json", action="store_true", help="print the verdict as JSON")

    show = command("show", _show, "Show what receipts say, without verifying it.")
    show.add_argument("receipt", nargs="+", type=Path)

    redact = command("redact", _redact, "Remove openings. The links can still be verified.")
    redact.add_argument("receipt", type=Path)
    redact.add_argument("--keep", default="", help="what stays open: link numbers, id, promise/1; with commas")
    redact.add_argument("--public", action="store_true", help="remove the promises too")
    redact.add_argument("-o", "--output", type=Path)

    merge = command("merge", _merge, "Join receipts, audit trails and answers of the API about one complaint.")
    merge.add_argument("receipt", nargs="+", type=Path)
    merge.add_argument(
        "--without", action="append", default=[], metavar="HASH", help="block that fell out of the chain"
    )
    merge.add_argument("-o", "--output", type=Path)

    make = command(
        "prove", _prove, "Make a receipt with a proof at the newest block of a node. The node learns the id."
    )
    make.add_argument("file", nargs="+", type=Path, help="receipts, audit trails, answers of the API")
    make.add_argument("--rpc", required=True, metavar="URL")
    make.add_argument("--contract", metavar="ADDRESS", help="if the files do not name it")
    make.add_argument("--from-block", type=int, default=0, metavar="N", help="where the logs begin (0)")
    make.add_argument("--no-logs", action="store_true", help="use the links in the files only")
    make.add_argument("--registry", action="store_true", help="prove the registry's number of filings too")
    make.add_argument("-o", "--output", type=Path)

    for one, text in (
        (command("submit", _submit, "Put a promised entry on the chain."), "pays; else RECEIPT_KEY"),
        (command("object", _object_, "Sign an objection and put it on the chain."), "pays; else RECEIPT_KEY"),
    ):
        one.add_argument("receipt", type=Path)
        one.add_argument("--rpc", required=True, metavar="URL")
        one.add_argument("--key-file", type=Path, help=f"file with the private key that {text}")
        one.add_argument("--yes", action="store_true", help="do not ask before sending")
        if one.prog.endswith("submit"):
            one.add_argument("--promise", type=int, default=1, metavar="I", help="which signed entry (1)")
        else:
            one.add_argument("--text", required=True, help="the objection")
            one.add_argument("--number", type=int, metavar="N", help="earlier objections, if some are not recorded yet")
            one.add_argument("--complainant-key-file", type=Path, help="else RECEIPT_COMPLAINANT_KEY")
            one.add_argument("--only-sign", action="store_true", help="write the signed objection, send nothing")
            one.add_argument("-o", "--output", type=Path, default=Path("objection.json"))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; its exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        status = int(parsed.run(parsed))
        if sys.stdout:
            sys.stdout.flush()  # what could not be written was not said
        return status
    except Unusable as error:
        say(f"receipt.py: not usable: {error.at or 'the file'} ({error.code})")
    except EOFError:
        say("receipt.py: nobody answered")
    except KeyboardInterrupt:
        say("receipt.py: interrupted")
    except (Stop, OSError, ValueError) as error:
        say(f"receipt.py: {error}")
    except (MemoryError, RecursionError) as error:
        say(f"receipt.py: a file or an answer is too large or too deep ({type(error).__name__})")
    except (LookupError, TypeError, AttributeError, OverflowError, Bad) as error:
        say(f"receipt.py: an answer or a file has an unexpected form ({error!r})")
    return 2


def program(run: Callable[[], int]) -> NoReturn:
    """Runs a command as a program. Its exit status stands, also where nobody takes its output any more."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console that lacks a character shows an escape instead
            stream.reconfigure(errors="backslashreplace")
    status = run()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # Python would try to write it again, and change the exit status.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(status)


if __name__ == "__main__":
    program(main)
