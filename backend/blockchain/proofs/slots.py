"""The storage slots that a round asks for."""

from collections import defaultdict
from collections.abc import Sequence

from blockchain import receipt
from blockchain.models import ChainEvent, SlotProof, Write
from blockchain.protocol.hashing import hex0x, unhex
from blockchain.protocol.kinds import EventType, Role

# In one proof of a receipt, and so in one request.
MOST_SLOTS = receipt.MAX_SLOTS
# Keys that signed promises of the complaints in one round; more than one only while they are rotated.
MOST_SIGNERS = 16
LANDED = (Write.State.MINED, Write.State.CONFIRMED)


def slots_wanted(complaint_ids: Sequence[str]) -> list[SlotProof]:
    """What to prove of these complaints, in one request, as rows without their nodes.

    For each complaint its own slot, and those of its files that no proof has yet; then the registry, and the role of
    each key that signed promises. Only the first complaints, if all are too many.
    """
    signers = _signers(complaint_ids)
    common = [SlotProof(of=SlotProof.Of.REGISTRY)]
    common += [SlotProof(of=SlotProof.Of.ROLE, role=Role.INTAKE.value, account=each) for each in signers]
    evidence = _evidence(complaint_ids)
    room = MOST_SLOTS - len(common)
    wanted: list[SlotProof] = []
    for complaint_id in complaint_ids:
        own = [SlotProof(of=SlotProof.Of.COMPLAINT, complaint_id=complaint_id)]
        own += [
            SlotProof(of=SlotProof.Of.EVIDENCE, complaint_id=complaint_id, data=each) for each in evidence[complaint_id]
        ]
        if len(own) > room and wanted:
            break
        # More files than one request takes: the others follow in the next round.
        wanted += own[:room]
        room -= len(own[:room])
    return wanted + common


def keys_of(slots: Sequence[SlotProof]) -> list[str]:
    """Where the slots lie in the contract's storage, 32 bytes of `0x` hex each."""
    ids = [unhex(slot.complaint_id) for slot in slots]
    # What `slot_of` hashes; together it takes a tenth of the time.
    receipt.hash_ahead(each + receipt.word(number) for each in ids if each for number in (5, 6))
    keys = [receipt.slot_of(_slot(slot), each) for slot, each in zip(slots, ids, strict=True)]
    receipt.hash_ahead(keys)
    return list(map(hex0x, keys))


def _slot(slot: SlotProof) -> receipt.Slot:
    return receipt.Slot(slot.of, (), data=unhex(slot.data), role=slot.role, account=unhex(slot.account))


def _signers(complaint_ids: Sequence[str]) -> list[str]:
    promised = Write.objects.filter(complaint__complaint_id__in=complaint_ids).exclude(promise_signer="")
    signers = promised.order_by("promise_signer").values_list("promise_signer", flat=True).distinct()
    return [signer.lower() for signer in signers[:MOST_SIGNERS]]


def _evidence(complaint_ids: Sequence[str]) -> dict[str, list[str]]:
    """The commitments of files that are anchored, by complaint, without those that were proved before."""
    kind = EventType.EVIDENCE_ANCHORED
    events = ChainEvent.objects.filter(complaint_id__in=complaint_ids, event_type=kind).order_by("sequence")
    writes = Write.objects.filter(complaint__complaint_id__in=complaint_ids, event_type=kind, state__in=LANDED)
    known = SlotProof.objects.filter(complaint_id__in=complaint_ids, of=SlotProof.Of.EVIDENCE)
    proved = set(known.values_list("complaint_id", "data"))
    found: dict[str, list[str]] = defaultdict(list)
    of_writes = writes.order_by("nonce").values_list("complaint__complaint_id", "data")
    for pair in dict.fromkeys([*events.values_list("complaint_id", "data"), *of_writes]):
        if pair not in proved:
            found[pair[0]].append(pair[1])
    return found
