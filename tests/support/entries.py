"""What is put on record: entries by recorders, signed or not, and objections by complainants."""

from dataclasses import dataclass, replace
from typing import Any, Final

from eth_abi import encode
from eth_utils import keccak

from tests.support.spec import ANY_HEAD, ZERO_ADDRESS


def subject(number: int) -> bytes:
    """What a complaint's id commits to besides its complainant; looks like a real one."""
    return keccak(text=f"subject {number}")


def bound_id(subject: bytes, complainant: str) -> bytes:
    """The id of a complaint: of its filing and its author."""
    return keccak(encode(["bytes32", "address"], [subject, complainant]))


def complaint_id(number: int, complainant: str = ZERO_ADDRESS) -> bytes:
    """An id that looks like a real one; without a complainant nobody can object."""
    return bound_id(subject(number), complainant)


def data_hash(number: int) -> bytes:
    """A payload's commitment that looks like a real one."""
    return keccak(text=f"payload {number}")


@dataclass(frozen=True)
class Entry:
    """One link that a recorder means to write."""

    complaint_id: bytes
    event_type: int
    data: bytes
    nonce: int

    def but(self, **changes: Any) -> "Entry":
        """The same with some fields changed."""
        return replace(self, **changes)

    @property
    def abi(self) -> tuple[Any, ...]:
        """The struct as the contract declares it."""
        return (self.complaint_id, self.data, self.event_type, self.nonce)


@dataclass(frozen=True)
class SignedEntry:
    """What an officer signs. `head`: zero for any; `valid_until`: Unix seconds, inclusive."""

    entry: Entry
    actor: str
    valid_until: int
    head: bytes = ANY_HEAD

    def but(self, **changes: Any) -> "SignedEntry":
        """The same with some fields changed, of the entry or beside it."""
        own = {name: changes.pop(name) for name in ("actor", "valid_until", "head") if name in changes}
        return replace(self, entry=self.entry.but(**changes), **own)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """Those of `recordSigned`, without the signature."""
        return (self.entry.abi, self.head, self.actor, self.valid_until)


@dataclass(frozen=True)
class Objection:
    """What a complainant signs. `number`: how many objections there are before it."""

    subject: bytes
    complainant: str
    data: bytes
    number: int

    def but(self, **changes: Any) -> "Objection":
        """The same with some fields changed."""
        return replace(self, **changes)

    @property
    def complaint_id(self) -> bytes:
        return bound_id(self.subject, self.complainant)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """Those of `logObjection`, without the signature."""
        return (self.subject, self.complainant, self.data, self.number)


NO_DATA: Final = bytes(32)
"""The data of a pause's and a resumption's entry."""
