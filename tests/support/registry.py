"""The registry as a typed client, and ways to bring a complaint where a test needs it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from eth_utils import keccak

from tests.support.actors import Actors
from tests.support.codec import AbiItem
from tests.support.contract import Contract, Sent
from tests.support.entries import NO_DATA, Entry, Objection, SignedEntry, bound_id, complaint_id, data_hash, subject
from tests.support.node import GAS_LIMIT, Node
from tests.support.signing import Signable, digest, sign_typed_data, typed_data
from tests.support.slots import Complaint, complaint_slot
from tests.support.spec import (
    ANY_HEAD,
    DAY,
    INTAKE_ROLE,
    MAX_UINT40,
    RECORDER_ROLE,
    ROLE_OF,
    SLA_MANAGER_ROLE,
    EventType,
    Status,
)

__all__ = ["Complaint", "Registry", "bound_id", "complaint_id", "constructor_arguments", "data_hash", "subject"]

ADMIN_TRANSFER_DELAY: Final = 3 * DAY  # seconds
DEFAULT_SLA: Final = 0  # seconds: a filing sets no deadline, so that each test sets its own
ESCALATION_INTERVAL: Final = DAY  # seconds
MAX_ESCALATION_LEVEL: Final = 3


def constructor_arguments(actors: Actors, **changes: Any) -> list[Any]:
    """The suite's registry; `changes` by the name of the constructor's parameter."""
    arguments: dict[str, Any] = {
        "admin": actors.admin,
        "adminTransferDelay": ADMIN_TRANSFER_DELAY,
        "intakes": actors.holders(INTAKE_ROLE),
        "recorders": actors.holders(RECORDER_ROLE),
        "slaManagers": actors.holders(SLA_MANAGER_ROLE),
        "defaultSLA": DEFAULT_SLA,
        "escalationInterval": ESCALATION_INTERVAL,
        "maxEscalationLevel": MAX_ESCALATION_LEVEL,
    }
    unknown = changes.keys() - arguments.keys()
    if unknown:
        raise TypeError(f"not parameters of the constructor: {sorted(unknown)}")
    return list((arguments | changes).values())


class Registry(Contract):
    """Each write defaults to a sender who may do it and to the complaint's nonce."""

    def __init__(self, node: Node, address: str, abi: list[AbiItem], actors: Actors) -> None:
        super().__init__(node, address, abi)
        self.actors = actors

    # Views

    @cached_property
    def genesis(self) -> bytes:
        """`GENESIS`."""
        return self.call("GENESIS")

    def complaint(self, complaint: bytes) -> Complaint:
        """`getComplaint`."""
        return _decoded(self.call("getComplaint", complaint))

    def complaints(self, complaints: Sequence[bytes]) -> list[Complaint]:
        """`getComplaints`."""
        return [_decoded(state) for state in self.call("getComplaints", complaints)]

    def nonce(self, complaint: bytes) -> int:
        """`nonce`."""
        return self.call("nonce", complaint)

    def filings(self) -> tuple[bytes, int]:
        """`registry`: the chain of all filings, and their number."""
        return self.call("registry")

    def is_escalatable(self, complaint: bytes, *, at: int | None = None) -> bool:
        """`escalatable` of one id."""
        (due,) = self.call("escalatable", [complaint], at=at)
        return due

    # The five functions of recorders

    def log(
        self,
        complaint: bytes,
        event_type: int,
        data: bytes | None = None,
        nonce: int | None = None,
        *,
        sender: str | None = None,
        at: int | None = None,
        gas: int = GAS_LIMIT,
    ) -> Sent:
        """`logComplaintEvent`; the default data is of the nonce."""
        nonce = self.nonce(complaint) if nonce is None else nonce
        data = data_hash(nonce) if data is None else data
        sender = sender or (self.actors.intake if event_type == EventType.CREATED else self.actors.recorder)
        return self.send("logComplaintEvent", complaint, event_type, data, nonce, sender=sender, at=at, gas=gas)

    def anchor(
        self,
        complaint: bytes,
        data: bytes,
        nonce: int | None = None,
        *,
        sender: str | None = None,
        at: int | None = None,
    ) -> Sent:
        """`anchorEvidence`."""
        nonce = self.nonce(complaint) if nonce is None else nonce
        return self.send("anchorEvidence", complaint, data, nonce, sender=sender or self.actors.recorder, at=at)

    def set_deadline(
        self,
        complaint: bytes,
        deadline: int,
        nonce: int | None = None,
        *,
        sender: str | None = None,
        at: int | None = None,
    ) -> Sent:
        """`setSLADeadline`; `deadline` in Unix seconds."""
        nonce = self.nonce(complaint) if nonce is None else nonce
        sender = sender or self.actors.sla_manager
        return self.send("setSLADeadline", complaint, deadline, nonce, sender=sender, at=at)

    def pause(
        self, complaint: bytes, nonce: int | None = None, *, sender: str | None = None, at: int | None = None
    ) -> Sent:
        """`pauseSLA`."""
        nonce = self.nonce(complaint) if nonce is None else nonce
        return self.send("pauseSLA", complaint, nonce, sender=sender or self.actors.sla_manager, at=at)

    def resume(
        self, complaint: bytes, nonce: int | None = None, *, sender: str | None = None, at: int | None = None
    ) -> Sent:
        """`resumeSLA`."""
        nonce = self.nonce(complaint) if nonce is None else nonce
        return self.send("resumeSLA", complaint, nonce, sender=sender or self.actors.sla_manager, at=at)

    # Entries: alone, in batches, signed

    def entry(
        self, complaint: bytes, event_type: int, data: bytes | int | None = None, nonce: int | None = None
    ) -> Entry:
        """An entry that may be recorded next, unless the arguments say otherwise. `data`: a number for a deadline."""
        nonce = self.nonce(complaint) if nonce is None else nonce
        if data is None:
            data = NO_DATA if event_type in (EventType.SLA_PAUSED, EventType.SLA_RESUMED) else data_hash(nonce)
        return Entry(complaint, event_type, data.to_bytes(32) if isinstance(data, int) else data, nonce)

    def calldata(self, entry: Entry) -> bytes:
        """Of the single call that records an entry. Data of a pause or a resumption cannot be passed."""
        complaint, nonce = entry.complaint_id, entry.nonce
        match entry.event_type:
            case EventType.EVIDENCE_ANCHORED:
                return self.codec.call("anchorEvidence", complaint, entry.data, nonce)
            case EventType.SLA_DEADLINE_SET:
                return self.codec.call("setSLADeadline", complaint, int.from_bytes(entry.data), nonce)
            case EventType.SLA_PAUSED:
                return self.codec.call("pauseSLA", complaint, nonce)
            case EventType.SLA_RESUMED:
                return self.codec.call("resumeSLA", complaint, nonce)
        return self.codec.call("logComplaintEvent", complaint, entry.event_type, entry.data, nonce)

    def record(self, entry: Entry, *, sender: str | None = None, at: int | None = None) -> Sent:
        """The single call, sent by a holder of all roles."""
        return self.send_data(self.calldata(entry), sender=sender or self.actors.operator, at=at)

    def record_batch(
        self, entries: Sequence[Entry], *, sender: str | None = None, at: int | None = None, gas: int = GAS_LIMIT
    ) -> Sent:
        """`recordBatch`, sent by a holder of all roles."""
        sender = sender or self.actors.operator
        return self.send("recordBatch", [entry.abi for entry in entries], sender=sender, at=at, gas=gas)

    def recorded(self, entries: Sequence[Entry], *, sender: str | None = None, at: int | None = None) -> int:
        """What `recordBatch` would return."""
        sender = sender or self.actors.operator
        return self.call("recordBatch", [entry.abi for entry in entries], sender=sender, at=at)

    def signed(
        self, entry: Entry, *, actor: str | None = None, head: bytes = ANY_HEAD, valid_until: int = MAX_UINT40
    ) -> SignedEntry:
        """What the signer, or another actor, signs for the entry."""
        return SignedEntry(entry, actor or self.actors.signer, valid_until, head)

    def sign_entry(self, signed: SignedEntry, *, signer: str | None = None) -> bytes:
        """The signature of the entry's actor, or of another account, for this registry."""
        return self.sign(signed, signer=signer or signed.actor)

    def record_signed(
        self, signed: SignedEntry, signature: bytes | None = None, *, sender: str | None = None, at: int | None = None
    ) -> Sent:
        """`recordSigned`, sent by the relayer; the default signature is the actor's."""
        signature = self.sign_entry(signed) if signature is None else signature
        sender = sender or self.actors.relayer
        return self.send("recordSigned", *signed.arguments, signature, sender=sender, at=at)

    # Objections and escalations

    def objection(
        self, number: int, data: bytes | None = None, *, objections: int | None = None, complainant: str | None = None
    ) -> Objection:
        """What the complainant signs to object to `complaint_id(number, complainant)` next."""
        complainant = complainant or self.actors.complainant
        if objections is None:
            objections = self.complaint(complaint_id(number, complainant)).objections
        data = data_hash(1_000 + objections) if data is None else data
        return Objection(subject(number), complainant, data, objections)

    def sign_objection(self, objection: Objection, *, signer: str | None = None) -> bytes:
        """The signature of the complainant, or of another account, for this registry."""
        return self.sign(objection, signer=signer or objection.complainant)

    def object(
        self, objection: Objection, signature: bytes | None = None, *, sender: str | None = None, at: int | None = None
    ) -> Sent:
        """`logObjection`, sent by the relayer; the default signature is the complainant's."""
        signature = self.sign_objection(objection) if signature is None else signature
        sender = sender or self.actors.relayer
        return self.send("logObjection", *objection.arguments, signature, sender=sender, at=at)

    def escalate(self, complaint: bytes, *, sender: str | None = None, at: int | None = None) -> Sent:
        """`checkAndEscalate`, sent by a stranger."""
        return self.send("checkAndEscalate", complaint, sender=sender or self.actors.stranger, at=at)

    def escalate_batch(self, complaints: Sequence[bytes], *, sender: str | None = None, at: int | None = None) -> Sent:
        """`batchCheckAndEscalate`, sent by a stranger."""
        return self.send("batchCheckAndEscalate", complaints, sender=sender or self.actors.stranger, at=at)

    # Signatures

    def sign(self, signable: Signable, *, signer: str) -> bytes:
        """An account's signature of an entry or objection for this registry."""
        return sign_typed_data(self.node, signer, self.typed_data(signable))

    def typed_data(self, signable: Signable) -> dict[str, Any]:
        """What is signed for this registry, as JSON."""
        return typed_data(signable, self.genesis, self.node.chain_id, self.address)

    def digest(self, signable: Signable) -> bytes:
        """The hash that is signed for this registry."""
        return digest(signable, self.genesis, self.node.chain_id, self.address)

    # Roles

    def role(self, name: str) -> bytes:
        """By its name."""
        return keccak(text=name)

    def grant(self, name: str, account: str) -> Sent:
        """By the admin."""
        return self.send("grantRole", self.role(name), account, sender=self.actors.admin)

    def revoke(self, name: str, account: str) -> Sent:
        """By the admin."""
        return self.send("revokeRole", self.role(name), account, sender=self.actors.admin)

    def holder(self, event_type: EventType) -> str:
        """Somebody with the role of this type, and no other if there is such an account."""
        role = ROLE_OF[event_type]
        actors = self.actors
        return {INTAKE_ROLE: actors.intake, RECORDER_ROLE: actors.recorder, SLA_MANAGER_ROLE: actors.sla_manager}[role]

    # States

    def create(self, complaint: bytes) -> bytes:
        """An open complaint, here without a deadline. Returns its id."""
        self.log(complaint, EventType.CREATED, nonce=0)
        return complaint

    def create_due_at(self, complaint: bytes, deadline: int) -> bytes:
        """An open complaint with this deadline, Unix seconds. Returns its id."""
        self.create(complaint)
        self.set_deadline(complaint, deadline, 1)
        return complaint

    def bring_to(self, complaint: bytes, status: Status, *, time_left: int | None = 10 * DAY) -> bytes:
        """A complaint in this status, its clock running or stopped. Returns its id.

        `time_left`: seconds from the latest block to the deadline; `None` for no deadline.
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
        return complaint_slot(complaint)

    def force(self, complaint: bytes, **changes: Any) -> Complaint:
        """Writes fields of the slot from outside, for states that take too many transactions. Returns what it wrote."""
        state = self.complaint(complaint).but(**changes)
        self.node.set_storage(self.address, complaint_slot(complaint), state.pack())
        return state


def _decoded(state: dict[str, Any]) -> Complaint:
    return Complaint(
        head=state["head"],
        event_count=state["eventCount"],
        sla_deadline=state["slaDeadline"],
        status=Status(state["status"]),
        escalations=state["escalations"],
        objections=state["objections"],
    )
