"""The registry as a typed client, and ways to bring a complaint where a test needs it."""

from dataclasses import dataclass
from typing import Any, Final

from eth_utils import keccak

from tests.support.actors import Actors
from tests.support.codec import AbiItem
from tests.support.contract import Contract, Sent
from tests.support.node import GAS_LIMIT, Node
from tests.support.signing import SignedEvent, sign_typed_data
from tests.support.spec import DAY, EventType, Status

ADMIN_TRANSFER_DELAY: Final = 3 * DAY  # seconds
ESCALATION_INTERVAL: Final = DAY  # seconds
MAX_ESCALATION_LEVEL: Final = 3
COMPLAINTS_SLOT: Final = 5  # of the mapping; the storage layout snapshot says so too


@dataclass(frozen=True)
class Complaint:
    """The decoded storage slot. `sla_deadline`: Unix seconds while open, else seconds that remain."""

    head: bytes
    event_count: int
    sla_deadline: int
    status: Status
    escalation_level: int


def complaint_id(number: int) -> bytes:
    """A commitment that looks like a real one."""
    return keccak(text=f"complaint {number}")


def data_hash(number: int) -> bytes:
    """A payload's commitment that looks like a real one."""
    return keccak(text=f"payload {number}")


def constructor_arguments(actors: Actors, **changes: Any) -> list[Any]:
    """The suite's registry; `changes` by the name of the constructor's parameter."""
    arguments: dict[str, Any] = {
        "admin": actors.admin,
        "adminTransferDelay": ADMIN_TRANSFER_DELAY,
        "recorders": [actors.recorder, actors.second_recorder, actors.signer],
        "slaManagers": [actors.sla_manager],
        "escalationInterval": ESCALATION_INTERVAL,
        "maxEscalationLevel": MAX_ESCALATION_LEVEL,
    }
    unknown = changes.keys() - arguments.keys()
    if unknown:
        raise TypeError(f"not parameters of the constructor: {sorted(unknown)}")
    return list((arguments | changes).values())


class Registry(Contract):
    """Each write defaults to the sender who may do it and to the sequence that is expected."""

    def __init__(self, node: Node, address: str, abi: list[AbiItem], actors: Actors) -> None:
        super().__init__(node, address, abi)
        self.actors = actors

    def complaint(self, complaint: bytes) -> Complaint:
        """`getComplaint`."""
        state = self.call("getComplaint", complaint)
        return Complaint(
            head=state["head"],
            event_count=state["eventCount"],
            sla_deadline=state["slaDeadline"],
            status=Status(state["status"]),
            escalation_level=state["escalationLevel"],
        )

    def next_sequence(self, complaint: bytes) -> int:
        """Of the next link."""
        return self.complaint(complaint).event_count + 1

    def log(
        self,
        complaint: bytes,
        event_type: int,
        data: bytes | None = None,
        sequence: int | None = None,
        *,
        sender: str | None = None,
        at: int | None = None,
        gas: int = GAS_LIMIT,
    ) -> Sent:
        """`logComplaintEvent`; the default data hash is of the link's sequence."""
        sequence = self.next_sequence(complaint) if sequence is None else sequence
        data = data_hash(sequence) if data is None else data
        sender = sender or self.actors.recorder
        return self.send("logComplaintEvent", complaint, event_type, data, sequence, sender=sender, at=at, gas=gas)

    def log_signed(
        self, event: SignedEvent, signature: bytes, *, sender: str | None = None, at: int | None = None
    ) -> Sent:
        """`logComplaintEventWithSignature`, sent by the relayer."""
        return self.send(
            "logComplaintEventWithSignature",
            *(event.complaint_id, event.event_type, event.data_hash, event.sequence, event.actor, event.valid_until),
            signature,
            sender=sender or self.actors.relayer,
            at=at,
        )

    def sign(self, event: SignedEvent, *, signer: str | None = None) -> bytes:
        """The signature of the event's actor, or of another account, for this registry."""
        typed_data = event.typed_data(self.node.chain_id, self.address)
        return sign_typed_data(self.node, signer or event.actor, typed_data)

    def anchor(
        self,
        complaint: bytes,
        evidence_hash: bytes,
        sequence: int | None = None,
        *,
        sender: str | None = None,
        at: int | None = None,
    ) -> Sent:
        """`anchorEvidence`."""
        sequence = self.next_sequence(complaint) if sequence is None else sequence
        sender = sender or self.actors.recorder
        return self.send("anchorEvidence", complaint, evidence_hash, sequence, sender=sender, at=at)

    def set_deadline(
        self,
        complaint: bytes,
        deadline: int,
        sequence: int | None = None,
        *,
        sender: str | None = None,
        at: int | None = None,
    ) -> Sent:
        """`setSLADeadline`; `deadline` in Unix seconds."""
        sequence = self.next_sequence(complaint) if sequence is None else sequence
        sender = sender or self.actors.sla_manager
        return self.send("setSLADeadline", complaint, deadline, sequence, sender=sender, at=at)

    def pause(
        self, complaint: bytes, sequence: int | None = None, *, sender: str | None = None, at: int | None = None
    ) -> Sent:
        """`pauseSLA`."""
        sequence = self.next_sequence(complaint) if sequence is None else sequence
        return self.send("pauseSLA", complaint, sequence, sender=sender or self.actors.sla_manager, at=at)

    def resume(
        self, complaint: bytes, sequence: int | None = None, *, sender: str | None = None, at: int | None = None
    ) -> Sent:
        """`resumeSLA`."""
        sequence = self.next_sequence(complaint) if sequence is None else sequence
        return self.send("resumeSLA", complaint, sequence, sender=sender or self.actors.sla_manager, at=at)

    def escalate(self, complaint: bytes, *, sender: str | None = None, at: int | None = None) -> Sent:
        """`checkAndEscalate`, sent by a stranger."""
        return self.send("checkAndEscalate", complaint, sender=sender or self.actors.stranger, at=at)

    def escalate_batch(self, complaints: list[bytes], *, sender: str | None = None, at: int | None = None) -> Sent:
        """`batchCheckAndEscalate`, sent by a stranger."""
        return self.send("batchCheckAndEscalate", complaints, sender=sender or self.actors.stranger, at=at)

    def multicall(self, calls: list[bytes], *, sender: str, at: int | None = None) -> Sent:
        """`multicall`; the calls come from `codec.call`."""
        return self.send("multicall", calls, sender=sender, at=at)

    def create(self, complaint: bytes) -> bytes:
        """An open complaint without a deadline. Returns its id."""
        self.log(complaint, EventType.CREATED, sequence=1)
        return complaint

    def create_due_at(self, complaint: bytes, deadline: int) -> bytes:
        """An open complaint with this deadline, Unix seconds. Returns its id."""
        self.create(complaint)
        self.set_deadline(complaint, deadline, 2)
        return complaint

    def bring_to(self, complaint: bytes, status: Status, *, time_left: int | None = 10 * DAY) -> bytes:
        """A complaint in this status, its clock running or stopped. Returns its id.

        `time_left`: seconds from the latest block to the deadline; without one it cannot be `ON_HOLD`.
        """
        if status is Status.NONE:
            return complaint
        if time_left is None:
            self.create(complaint)
        else:
            self.create_due_at(complaint, self.node.time + time_left)
        if status is Status.ON_HOLD:
            self.pause(complaint)
        elif status is Status.RESOLVED:
            self.log(complaint, EventType.RESOLVED)
        elif status is Status.CLOSED:
            self.log(complaint, EventType.CLOSED)
        return complaint

    def slot_of(self, complaint: bytes) -> int:
        """The one storage slot of a complaint."""
        return int.from_bytes(keccak(complaint + COMPLAINTS_SLOT.to_bytes(32)))

    def set_event_count(self, complaint: bytes, count: int) -> None:
        """Writes the counter in the slot from outside, as no transaction could: 2^24 links take too long to send."""
        slot = self.slot_of(complaint)
        word = self.node.storage(self.address, slot)
        shift = 22 * 8
        self.node.set_storage(self.address, slot, word & ~((2**24 - 1) << shift) | count << shift)
