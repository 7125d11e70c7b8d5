"""Everything that can be sent to the registry, as values: each knows its calldata and what the model makes of it."""

from dataclasses import dataclass
from typing import Protocol

from tests.model import words
from tests.model.registry_model import RegistryModel, role_id
from tests.support.entries import Entry, Objection, SignedEntry
from tests.support.registry import Registry
from tests.support.spec import CLOCK, EventType


class Operation(Protocol):
    """One call of one function."""

    def calldata(self, registry: Registry) -> bytes:
        """What a transaction carries."""

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        """Changes the model; the encoded result. Raises `ModelRevert`; the model is of no use then."""


@dataclass(frozen=True)
class Record:
    """The single call for an entry: `anchorEvidence`, `setSLADeadline` and so on."""

    entry: Entry

    def calldata(self, registry: Registry) -> bytes:
        return registry.calldata(self.entry)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        has_own_function = self.entry.event_type in (EventType.EVIDENCE_ANCHORED, *CLOCK)
        (model.record if has_own_function else model.log)(sender, self.entry)
        return b""


@dataclass(frozen=True)
class Log:
    """`logComplaintEvent`, whatever the type is, even none."""

    entry: Entry

    def calldata(self, registry: Registry) -> bytes:
        entry = self.entry
        return registry.codec.call("logComplaintEvent", entry.complaint_id, entry.event_type, entry.data, entry.nonce)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        model.log(sender, self.entry)
        return b""


@dataclass(frozen=True)
class Batch:
    entries: tuple[Entry, ...]

    def calldata(self, registry: Registry) -> bytes:
        return registry.codec.call("recordBatch", [entry.abi for entry in self.entries])

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        return words.number(model.record_batch(sender, self.entries))


@dataclass(frozen=True)
class RecordSigned:
    signed: SignedEntry
    signature: bytes
    is_genuine: bool

    def calldata(self, registry: Registry) -> bytes:
        return registry.codec.call("recordSigned", *self.signed.arguments, self.signature)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        signed = self.signed
        arguments = (signed.entry, signed.head, signed.actor, signed.valid_until)
        model.record_signed(sender, *arguments, is_genuine=self.is_genuine)
        return b""


@dataclass(frozen=True)
class Object:
    objection: Objection
    signature: bytes
    is_genuine: bool

    def calldata(self, registry: Registry) -> bytes:
        return registry.codec.call("logObjection", *self.objection.arguments, self.signature)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        model.log_objection(sender, *self.objection.arguments, is_genuine=self.is_genuine)
        return b""


@dataclass(frozen=True)
class Escalate:
    complaint: bytes

    def calldata(self, registry: Registry) -> bytes:
        return registry.codec.call("checkAndEscalate", self.complaint)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        return words.number(model.check_and_escalate(sender, self.complaint))


@dataclass(frozen=True)
class EscalateBatch:
    complaints: tuple[bytes, ...]

    def calldata(self, registry: Registry) -> bytes:
        return registry.codec.call("batchCheckAndEscalate", self.complaints)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        return words.number(model.batch_check_and_escalate(sender, self.complaints))


@dataclass(frozen=True)
class ChangeRole:
    function: str  # grantRole, revokeRole or renounceRole
    role: str
    account: str

    def calldata(self, registry: Registry) -> bytes:
        return registry.codec.call(self.function, role_id(self.role), self.account)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        model.change_role(self.function, sender, self.role, self.account)
        return b""
