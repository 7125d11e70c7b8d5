"""Calldata of what the relay sends, put together and read by hand: fixed words, and thousands of them.

An entry is `(bytes32 complaintId, bytes32 data, uint8 eventType, uint24 nonce)`, four words.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from eth_hash.auto import keccak

ENTRY_BYTES: Final = 128
# Selector, offset and length of the list.
BATCH_HEAD_BYTES: Final = 68
_WORD: Final = 64
_ENTRY: Final = 2 * ENTRY_BYTES


def _selector(signature: str) -> str:
    return "0x" + keccak(signature.encode())[:4].hex()


_SIGNATURES: Final = (
    "recordBatch((bytes32,bytes32,uint8,uint24)[])",
    "recordSigned((bytes32,bytes32,uint8,uint24),bytes22,address,uint40,bytes)",
    "batchCheckAndEscalate(bytes32[])",
    "logObjection(bytes32,address,bytes32,uint8,bytes)",
)
RECORD_BATCH, RECORD_SIGNED, ESCALATE, OBJECT = (_selector(signature) for signature in _SIGNATURES)
FUNCTIONS: Final = dict(zip((RECORD_BATCH, RECORD_SIGNED, ESCALATE, OBJECT), _SIGNATURES, strict=True))
"""The signature of each function that the relay calls, by its selector (`0x` hex)."""


class EntryLike(Protocol):
    """What an entry is made of; hashes as `0x` hex."""

    @property
    def complaint_id(self) -> str: ...

    @property
    def data(self) -> str: ...

    @property
    def event_type(self) -> int: ...

    @property
    def nonce(self) -> int: ...


def record_batch(entries: Sequence[EntryLike]) -> str:
    """`recordBatch(entries)`, `0x` hex."""
    return f"{RECORD_BATCH}{32:064x}{len(entries):064x}" + "".join(map(_entry, entries))


def record_signed(entry: EntryLike, *, head: str, actor: str, valid_until: int, signature: str) -> str:
    """`recordSigned(...)`, `0x` hex; `head` is 22 bytes of it, `valid_until` Unix seconds."""
    words = f"{head[2:].ljust(_WORD, '0')}{actor[2:].lower().rjust(_WORD, '0')}{valid_until:064x}{8 * 32:064x}"
    return f"{RECORD_SIGNED}{_entry(entry)}{words}{_bytes(signature)}"


def batch_check_and_escalate(complaint_ids: Sequence[str]) -> str:
    """`batchCheckAndEscalate(complaintIds)`, `0x` hex."""
    return f"{ESCALATE}{32:064x}{len(complaint_ids):064x}" + "".join(each[2:] for each in complaint_ids)


def log_objection(*, subject: str, complainant: str, data: str, number: int, signature: str) -> str:
    """`logObjection(...)`, `0x` hex; `number` is that of objections before it."""
    words = f"{subject[2:]}{complainant[2:].lower().rjust(_WORD, '0')}{data[2:]}{number:064x}{5 * 32:064x}"
    return f"{OBJECT}{words}{_bytes(signature)}"


def entries_of(data: str) -> Iterable[tuple[str, int]]:
    """Complaint id and nonce of each entry of `recordBatch` or `recordSigned`, in order; of other calldata nothing."""
    if data.startswith(RECORD_BATCH):
        body = data[2 + 2 * BATCH_HEAD_BYTES :]
    elif data.startswith(RECORD_SIGNED):
        body = data[10 : 10 + _ENTRY]
    else:
        return
    for start in range(0, len(body), _ENTRY):
        yield "0x" + body[start : start + _WORD], int(body[start + 3 * _WORD : start + _ENTRY], 16)


def _bytes(value: str) -> str:
    raw = value[2:]
    return f"{len(raw) // 2:064x}{raw.ljust(-(-len(raw) // _WORD) * _WORD, '0')}"


def _entry(entry: EntryLike) -> str:
    return f"{entry.complaint_id[2:]}{entry.data[2:]}{entry.event_type:064x}{entry.nonce:064x}"
