"""Receipts of a chain that is invented: tries and headers of our own, which the trust names.

No real chain has such states, proofs or headers when they are asked for, and a verifier meets them all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import receipt as r
from tests.corpus.case import Case, Json
from tests.corpus.chain import DAY, key_of, payload, salt_of
from tests.tries import proof, trie_of

START: Final = 1_800_000_000  # Unix seconds, of the filing
LATER: Final = START + 1000
CONTRACT: Final = bytes([0xC0] * 20)
HISTORY: Final = bytes.fromhex("0000f90827f1c53a10cb7a02335b175320002935")
# Accounts of the test mnemonic.
RELAY, INTAKE, STRANGER = 0, 2, 4
KEYS: Final = {account: key_of(account) for account in (RELAY, INTAKE, STRANGER)}
ADDRESSES: Final = {account: r.address_of(key) for account, key in KEYS.items()}
OWN: Final = r.Deployment(31337, CONTRACT, bytes([0x9E] * 22), 30 * DAY, DAY, 3)


def header(number: int, time: int, root: bytes, *, parent: bytes = bytes(32)) -> list[Any]:
    """A header's items, as they are after Deneb but for the newest."""
    zero = bytes(32)
    first = [parent, zero, bytes(20), root, zero, zero, bytes(256), 0, number, 30_000_000, 0, time]
    return [*first, b"", zero, bytes(8), 7, zero]


def role_slot(account: int, role: str = "INTAKE_ROLE") -> Json:
    """The slot of a role, to be proved."""
    return {"of": "role", "role": role, "account": r.hex0x(ADDRESSES[account])}


def evidence_slot(data: bytes) -> Json:
    """The slot of an evidence, to be proved."""
    return {"of": "evidence", "data": r.hex0x(data)}


def opening(kind: int, at: int, **more: Any) -> Json:
    """Salt and payload, the same ones for the same kind and time (Unix seconds)."""
    return {"salt": r.hex0x(salt_of(f"{kind} {at}")), "payload": payload(kind, at, **more)}


def commitment(opened: Json) -> bytes:
    """What an opening commits to."""
    return r.keccak(bytes.fromhex(opened["salt"][2:]) + r.jcs(opened["payload"]))


@dataclass
class Proven:
    """One proof: its trust is the block's hash."""

    hash: bytes
    number: int
    time: int
    header: bytes
    receipt: Json


@dataclass
class Story:
    """One complaint on the invented chain, and its receipt so far."""

    deployment: r.Deployment = OWN
    tracking_id: str = "STORY"
    complainant: bytes = bytes(20)
    filed: Json = field(default_factory=lambda: opening(r.CREATED, START - 60))
    links: list[r.Link] = field(default_factory=list)
    openings: Json = field(default_factory=dict)
    promise_openings: Json = field(default_factory=dict)
    promises: list[Json] = field(default_factory=list)
    headers: list[Json] = field(default_factory=list)
    proven: list[Proven] = field(default_factory=list)
    trusted: list[str] = field(default_factory=list)
    # What the storage holds beside the complaint's slot, by slot.
    storage: dict[bytes, int] = field(default_factory=dict)
    number: int = 100

    def __post_init__(self) -> None:
        self.id_salt = salt_of("story")
        self.id = r.id_of(self.tracking_id, self.id_salt, self.complainant, commitment(self.filed))
        self.storage[r.word(7)] = 5 << 216 | 99
        for account, role in ((INTAKE, "INTAKE_ROLE"), *((RELAY, role) for role in r.ROLES)):
            self.grant(account, role)

    def grant(self, account: int, role: str = "INTAKE_ROLE", *, value: int = 1) -> None:
        """Writes the slot of a role."""
        self.storage[r.slot_of(r.Slot("role", (), role=role, account=ADDRESSES[account]), self.id)] = value

    def anchor(self, data: bytes, value: int) -> None:
        """Writes the slot of an evidence."""
        self.storage[r.slot_of(r.Slot("evidence", (), data=data), self.id)] = value

    @property
    def state(self) -> r.State:
        """After the last link that is lawful."""
        return r.states_of(self.deployment, self.links)[-1]

    def add(self, kind: int, time: int, data: bytes | int | Json | None = None) -> "Story":
        """A link; without `data`, with a payload or with what the clock shows."""
        if data is None and kind in r.WITH_PAYLOAD:
            data = self.filed if kind == r.CREATED else opening(kind, time - 5)
        if isinstance(data, dict):
            self.openings[str(len(self.links) + 1)] = data
            data = commitment(data)
        if data is None:
            data = self._by_clock(kind, time)
        made = data if isinstance(data, bytes) else r.word(data)
        self.links.append(r.Link(len(self.links) + 1, kind, ADDRESSES[RELAY], time, made))
        if kind == r.EVIDENCE_ANCHORED:
            self.anchor(made, len(self.links) << 40 | time)
        return self

    def _by_clock(self, kind: int, time: int) -> int:
        before = self.state
        if kind == r.ESCALATED:
            after = r._breach(before, self.deployment)
            level = min(after.escalations, self.deployment.max_escalation_level)
            return level << 64 | before.deadline << 32 | after.deadline
        if not before.deadline:
            return 0
        return max(1, before.deadline - time) if kind == r.SLA_PAUSED else min(time + before.deadline, r.NEVER)

    def word(self, **other: Any) -> int:
        """The complaint's slot after the last link; `other`: fields that it holds instead."""
        if not self.links:
            return 0
        now = self.state
        head = r.heads_of(self.deployment, self.id, self.links)[-1]
        word = r.Word(head, len(self.links), now.deadline, now.status, now.escalations, now.objections)
        word = word._replace(**other)
        low = int.from_bytes(word.head, "big") | word.event_count << 176 | word.sla_deadline << 200
        return low | word.status << 232 | word.escalations << 240 | word.objections << 248

    def prove(
        self,
        time: int,
        *slots: Json,
        word: int | None = None,
        number: int | None = None,
        is_trusted: bool = True,
        code: bytes | None = None,
        parent: bytes = bytes(32),
        storage: Callable[[dict[bytes, bytes]], dict[bytes, bytes]] = dict,
        account: Callable[[list[Any]], Any] = list,
        items: Callable[[list[Any]], list[Any]] = list,
        accounts: dict[bytes, bytes] | None = None,
    ) -> "Story":
        """A proof of the present state. `storage`, `account` and `items` change what it is made of."""
        number = self.number if number is None else number
        self.number = number + 1
        held = {**self.storage, r.slot_of(r.Slot("complaint", ()), self.id): self.word() if word is None else word}
        content = storage({r.keccak(slot): r.rlp(value) for slot, value in held.items() if value})
        stored = trie_of(content)
        code = next(iter(r.code_hashes(self.deployment))) if code is None else code
        own = account([1, 0, stored.root_hash, code])
        others = {r.keccak(r.word(i)): r.rlp([i, 0, r.EMPTY_TRIE, r.EMPTY_CODE]) for i in range(20)}
        more = {r.keccak(address): value for address, value in (accounts or {}).items()}
        key = r.keccak(self.deployment.contract)
        present = {} if own is None else {key: own if isinstance(own, bytes) else r.rlp(own)}
        world = trie_of(others | more | present)
        raw = r.rlp(items(header(number, time, world.root_hash, parent=parent)))
        block = r.keccak(raw)
        made = {
            "kind": "mpt",
            "block": {"kind": "rlp-keccak", "header": r.hex0x(raw)},
            "account": [r.hex0x(node) for node in proof(world, key)],
            "slots": [self._slot(each, stored) for each in ({"of": "complaint"}, *slots)],
        }
        self.proven.append(Proven(block, number, time, raw, made))
        self.world = world
        if is_trusted:
            self.trusted.append(r.hex0x(block))
        return self

    def _slot(self, slot: Json, stored: Any) -> Json:
        if slot["of"] not in r._SLOTS:
            return slot
        key = r.keccak(r.slot_of(r._slot({**slot, "nodes": []}, ""), self.id))
        return {**slot, "nodes": [r.hex0x(node) for node in proof(stored, key)]}

    def entry(self, kind: int, data: bytes | Json, nonce: int, *, by: int = RELAY, **other: Any) -> "Story":
        """A signed entry. `other`: `head`, `time` (valid until), `signature`."""
        return self._promise(kind, data, by, True, {"time": r.FOREVER, "nonce": nonce, **other})

    def acknowledge(self, kind: int, data: bytes | Json, at: int, *, by: int = INTAKE, **other: Any) -> "Story":
        """A signed acknowledgement, accepted `at`."""
        return self._promise(kind, data, by, False, {"time": at, **other})

    def _promise(self, kind: int, data: bytes | Json, by: int, is_entry: bool, other: Json) -> "Story":
        if isinstance(data, dict):
            self.promise_openings[str(len(self.promises) + 1)] = data
            data = commitment(data)
        spoil: Callable[[bytes], bytes] = other.pop("spoil", bytes)
        made = r.Promise(is_entry, kind, data, ADDRESSES[by], signature=b"", **other)
        signature = spoil(r.signed(r.promise_digest(self.deployment, self.id, made), KEYS[by]))
        common = {"type": kind, "data": r.hex0x(data), "signature": r.hex0x(signature)}
        signer = r.hex0x(made.signer)
        if is_entry:
            own = {"nonce": made.nonce, "head": r.hex0x(made.head), "actor": signer, "valid_until": made.time}
            self.promises.append({"kind": "entry", **common, **own})
        else:
            own = {"accepted_at": made.time, "signer": signer}
            self.promises.append({"kind": "acknowledgement", **common, **own})
        return self

    @property
    def last(self) -> Proven:
        """The newest proof."""
        return self.proven[-1]

    def receipt(self, **other: Any) -> Json:
        """The receipt; `other`: members that it has instead."""
        own = self.deployment
        deployment = own.__dict__ | {"contract": r.hex0x(own.contract), "genesis": r.hex0x(own.genesis)}
        links = [each._asdict() | {"actor": r.hex0x(each.actor), "data": r.hex0x(each.data)} for each in self.links]
        filing = {
            "tracking_id": self.tracking_id,
            "salt": r.hex0x(self.id_salt),
            "complainant": r.hex0x(self.complainant),
        }
        return {
            "format": r.FORMAT,
            "version": 1,
            "critical": [],
            "deployment": deployment,
            "complaint": {"id": r.hex0x(self.id)},
            "links": links,
            "proofs": [each.receipt for each in self.proven],
            "promises": self.promises,
            "headers": self.headers,
            "openings": {**filing, "links": self.openings, "promises": self.promise_openings},
            **other,
        }

    @property
    def trust(self) -> Json:
        """In the blocks that are trusted."""
        return {"blocks": self.trusted}


def basic(*kinds: int, **more: Any) -> Story:
    """A filing and a comment, then links of these kinds, 100 s apart."""
    story = Story(**more).add(r.CREATED, START).add(r.COMMENTED, START + 100)
    for i, kind in enumerate(kinds, 2):
        story.add(kind, START + 100 * i)
    return story


def rehashed(raws: list[bytes], new: bytes) -> tuple[list[str], bytes]:
    """The nodes with another last one, and those above made anew; and the root."""
    made = [new]
    for parent, old in zip(reversed(raws[:-1]), reversed(raws[1:]), strict=True):
        made.insert(0, parent.replace(r.keccak(old), r.keccak(made[0])))
    return [r.hex0x(raw) for raw in made], r.keccak(made[0])


def case(
    name: str, why: str, story: Story, *says: str, trust: Json | None = None, receipt: Any = None, **more: Any
) -> Case:
    """A case about a story."""
    return Case(
        name=name,
        why=why,
        receipt=story.receipt() if receipt is None else receipt,
        trust=story.trust if trust is None else trust,
        says=says,
        **more,
    )
