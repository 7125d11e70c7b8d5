"""A complaint's storage slot, and where it lies."""

from dataclasses import dataclass, replace
from typing import Any, Final

from eth_utils import keccak

from tests.support.spec import Status

# Of the mappings and of the registry's chain; the storage layout snapshot says so too.
COMPLAINTS_SLOT: Final = 5
EVIDENCE_SLOT: Final = 6
FILINGS_SLOT: Final = 7

_BITS: Final = {
    "head": 176,
    "event_count": 24,
    "sla_deadline": 32,
    "status": 8,
    "escalations": 8,
    "objections": 8,
}


@dataclass(frozen=True)
class Complaint:
    """The decoded slot. `sla_deadline`: Unix seconds while open, else the seconds that remain."""

    head: bytes
    event_count: int
    sla_deadline: int
    status: Status
    escalations: int
    objections: int

    @property
    def nonce(self) -> int:
        """How many links recorders have written."""
        return self.event_count - self.escalations - self.objections

    def but(self, **changes: Any) -> "Complaint":
        """The same with some fields changed."""
        return replace(self, **changes)

    def pack(self) -> int:
        """The slot's word: the first field lowest."""
        word, shift = 0, 0
        for name, bits in _BITS.items():
            value = getattr(self, name)
            number = int.from_bytes(value) if isinstance(value, bytes) else int(value)
            assert number < 1 << bits
            word |= number << shift
            shift += bits
        assert shift == 256
        return word

    @classmethod
    def unpack(cls, word: int) -> "Complaint":
        """From the slot's word. An unknown complaint has a head of zeros here."""
        values: dict[str, int] = {}
        for name, bits in _BITS.items():
            values[name] = word & (1 << bits) - 1
            word >>= bits
        head = values.pop("head").to_bytes(22)
        return cls(head=head, status=Status(values.pop("status")), **values)


def complaint_slot(complaint: bytes) -> int:
    """The one storage slot of a complaint."""
    return int.from_bytes(keccak(complaint + COMPLAINTS_SLOT.to_bytes(32)))


def evidence_slot(complaint: bytes, evidence_hash: bytes) -> int:
    """The slot of an anchor: a mapping in a mapping."""
    inner = keccak(complaint + EVIDENCE_SLOT.to_bytes(32))
    return int.from_bytes(keccak(evidence_hash + inner))
