"""Everything that can be sent to the registry, as values: each knows its calldata and what the model makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.model import words
from tests.model.registry_model import ModelRevert, RegistryModel, role_id
from tests.support.codec import Codec


class Operation(Protocol):
    """One call of one function."""

    def calldata(self, codec: Codec) -> bytes:
        """What a transaction carries."""

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        """Changes the model; the encoded result. Raises `ModelRevert`, having changed nothing of consequence."""


@dataclass(frozen=True)
class Log:
    complaint: bytes
    event_type: int
    data_hash: bytes
    sequence: int

    def calldata(self, codec: Codec) -> bytes:
        arguments = (self.complaint, self.event_type, self.data_hash, self.sequence)
        return codec.call("logComplaintEvent", *arguments)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        model.log(sender, self.complaint, self.event_type, self.data_hash, self.sequence)
        return b""


@dataclass(frozen=True)
class LogSigned:
    complaint: bytes
    event_type: int
    data_hash: bytes
    sequence: int
    actor: str
    valid_until: int  # Unix seconds, inclusive
    signature: bytes
    is_genuine: bool

    def calldata(self, codec: Codec) -> bytes:
        return codec.call(
            "logComplaintEventWithSignature",
            *(self.complaint, self.event_type, self.data_hash, self.sequence),
            *(self.actor, self.valid_until, self.signature),
        )

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        model.log_signed(
            *(self.complaint, self.event_type, self.data_hash, self.sequence, self.actor, self.valid_until),
            is_genuine=self.is_genuine,
        )
        return b""


@dataclass(frozen=True)
class Anchor:
    complaint: bytes
    evidence_hash: bytes
    sequence: int

    def calldata(self, codec: Codec) -> bytes:
        return codec.call("anchorEvidence", self.complaint, self.evidence_hash, self.sequence)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        model.anchor_evidence(sender, self.complaint, self.evidence_hash, self.sequence)
        return b""


@dataclass(frozen=True)
class SetDeadline:
    complaint: bytes
    deadline: int
    sequence: int

    def calldata(self, codec: Codec) -> bytes:
        return codec.call("setSLADeadline", self.complaint, self.deadline, self.sequence)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        model.set_sla_deadline(sender, self.complaint, self.deadline, self.sequence)
        return b""


@dataclass(frozen=True)
class Pause:
    complaint: bytes
    sequence: int

    def calldata(self, codec: Codec) -> bytes:
        return codec.call("pauseSLA", self.complaint, self.sequence)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        model.pause_sla(sender, self.complaint, self.sequence)
        return b""


@dataclass(frozen=True)
class Resume:
    complaint: bytes
    sequence: int

    def calldata(self, codec: Codec) -> bytes:
        return codec.call("resumeSLA", self.complaint, self.sequence)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        model.resume_sla(sender, self.complaint, self.sequence)
        return b""


@dataclass(frozen=True)
class Escalate:
    complaint: bytes

    def calldata(self, codec: Codec) -> bytes:
        return codec.call("checkAndEscalate", self.complaint)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        return words.number(model.check_and_escalate(sender, self.complaint))


@dataclass(frozen=True)
class EscalateBatch:
    complaints: tuple[bytes, ...]

    def calldata(self, codec: Codec) -> bytes:
        return codec.call("batchCheckAndEscalate", self.complaints)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        return words.number(model.batch_check_and_escalate(sender, list(self.complaints)))


@dataclass(frozen=True)
class ChangeRole:
    function: str  # grantRole, revokeRole or renounceRole
    role: str
    account: str

    def calldata(self, codec: Codec) -> bytes:
        return codec.call(self.function, role_id(self.role), self.account)

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        change = {
            "grantRole": model.grant_role,
            "revokeRole": model.revoke_role,
            "renounceRole": model.renounce_role,
        }[self.function]
        change(sender, self.role, self.account)
        return b""


@dataclass(frozen=True)
class Multicall:
    operations: tuple[Operation, ...]

    def calldata(self, codec: Codec) -> bytes:
        return codec.call("multicall", [operation.calldata(codec) for operation in self.operations])

    def apply(self, model: RegistryModel, sender: str) -> bytes:
        try:
            return encode_bytes_list([operation.apply(model, sender) for operation in self.operations])
        except ModelRevert as error:
            # OpenZeppelin's delegate call passes the data of a revert on, and gives one without data this name.
            raise error if error.name else ModelRevert("FailedCall") from None


def encode_bytes_list(items: Sequence[bytes]) -> bytes:
    """`abi.encode(bytes[])`."""
    tails = [words.number(len(item)) + item.ljust(-(-len(item) // 32) * 32, b"\0") for item in items]
    offset = 32 * len(items)
    heads = b""
    for tail in tails:
        heads += words.number(offset)
        offset += len(tail)
    return words.number(32) + words.number(len(items)) + heads + b"".join(tails)
