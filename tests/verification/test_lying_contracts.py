"""A contract that hashes every link correctly and breaks a rule is convicted by its own links."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from tests.verification.chain_verifier import (
    COUNTER_END,
    CREATED,
    DEADLINE_SET,
    ESCALATED,
    EVIDENCE,
    MAX_SLA_DURATION,
    NEVER,
    NONCE_END,
    OBJECTED,
    PAUSED,
    RESUMED,
    Deployment,
    HistoryReader,
)
from tests.verification.decoder import LINK_APPENDED, BrokenHistory, Link

START: Final = 1_000_000  # Unix seconds
DAY: Final = 86_400
ID: Final = b"\x01" * 32
ACTOR: Final = b"\x0a" * 20
DEPLOYMENT: Final = Deployment(
    "0x" + "0c" * 20, b"\x0e" * 22, default_sla=DAY, escalation_interval=60, max_escalation_level=2
)
DUE: Final = START + DAY
COMMENTED, CLOSED, RESOLVED, REOPENED, NOTED = 3, 6, 4, 7, 15


def log_of(link: Link) -> dict[str, Any]:
    """The log of a link, as a node gives it."""
    topics = [LINK_APPENDED, link.complaint_id, link.event_type.to_bytes(32), link.actor.rjust(32, b"\0")]
    words = link.sequence.to_bytes(32) + link.timestamp.to_bytes(32) + link.data
    return {
        "address": DEPLOYMENT.contract,
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + words.hex(),
    }


def escalation(level: int, missed: int, following: int) -> bytes:
    return (level << 64 | missed << 32 | following).to_bytes(32)


@dataclass
class Told:
    """A history that is told, link by link. `now`: the time of the next link, seconds."""

    reader: HistoryReader = field(default_factory=lambda: HistoryReader(DEPLOYMENT))
    now: int = START

    def tell(self, event_type: int, data: bytes | int = bytes(32), *, at: int | None = None) -> "Told":
        self.now = self.now if at is None else at
        data = data.to_bytes(32) if isinstance(data, int) else data
        sequence = self.reader.slot(ID).event_count + 1
        self.reader.read([log_of(Link(ID, event_type, ACTOR, sequence, self.now, data))])
        return self

    def forced(self, **changes: int) -> "Told":
        """Goes on from a slot that nobody has the time to bring about."""
        self.reader.trust(ID, replace(self.reader.slot(ID), **changes))
        return self


def filed() -> Told:
    return Told().tell(CREATED)


HONEST: dict[str, Callable[[], Told]] = {
    "default deadline missed": lambda: filed().tell(ESCALATED, escalation(1, DUE, DUE + 60), at=DUE + 1),
    "two levels at once": lambda: (
        filed().tell(ESCALATED, escalation(1, DUE, DUE + 60), at=DUE + 61).tell(ESCALATED, escalation(2, DUE + 60, 0))
    ),
    "a further miss at the maximum": lambda: (
        filed()
        .tell(ESCALATED, escalation(1, DUE, DUE + 60), at=DUE + 61)
        .tell(ESCALATED, escalation(2, DUE + 60, 0))
        .tell(DEADLINE_SET, 5)
        .tell(ESCALATED, escalation(2, 5, 0))
    ),
    "hold and resumption": lambda: (
        filed().tell(PAUSED, DAY - 10, at=START + 10).tell(RESUMED, START + 2 * DAY - 10, at=START + DAY)
    ),
    "hold at the deadline": lambda: filed().tell(PAUSED, 1, at=DUE),
    "reopened": lambda: filed().tell(RESOLVED, at=START + 10).tell(REOPENED, at=START + 20).tell(PAUSED, DAY - 10),
    "saturated": lambda: (
        filed()
        .tell(DEADLINE_SET, START + MAX_SLA_DURATION)
        .tell(PAUSED, MAX_SLA_DURATION)
        .tell(RESUMED, NEVER, at=NEVER - 5)
        .tell(NOTED, at=NEVER + 9)
    ),
}

LIES: dict[str, tuple[str, Callable[[], Told]]] = {
    "first link is none": ("of type 3", lambda: Told().tell(COMMENTED)),
    "filed twice": ("of type 0", lambda: filed().tell(CREATED)),
    "comment after the end": ("of type 3", lambda: filed().tell(CLOSED).tell(COMMENTED)),
    "reopened while open": ("of type 7", lambda: filed().tell(REOPENED)),
    "unknown type": ("of type 16", lambda: filed().tell(16)),
    "miss left out": ("not on record", lambda: filed().tell(COMMENTED, at=DUE + 1)),
    "miss left out of an objection": ("not on record", lambda: filed().tell(OBJECTED, at=DUE + 1)),
    "miss left out, clock moved": ("not on record", lambda: filed().tell(DEADLINE_SET, DUE + DAY, at=DUE + 1)),
    "second miss left out": (
        "not on record",
        lambda: filed().tell(ESCALATED, escalation(1, DUE, DUE + 60), at=DUE + 61).tell(NOTED),
    ),
    "miss too early": ("without a missed", lambda: filed().tell(ESCALATED, escalation(1, DUE, DUE + 60), at=DUE)),
    "miss of nothing": (
        "without a missed",
        lambda: filed().tell(PAUSED, DAY).tell(RESUMED, START + DAY).tell(ESCALATED, escalation(1, DUE, DUE + 60)),
    ),
    "miss while never due": (
        "without a missed",
        lambda: filed().forced(sla_deadline=NEVER).tell(ESCALATED, escalation(1, NEVER, 0), at=NEVER + 1),
    ),
    "another level": ("another level", lambda: filed().tell(ESCALATED, escalation(2, DUE, DUE + 60), at=DUE + 1)),
    "another missed deadline": (
        "another level",
        lambda: filed().tell(ESCALATED, escalation(1, DUE - 1, DUE + 60), at=DUE + 1),
    ),
    "another next deadline": (
        "another level",
        lambda: filed().tell(ESCALATED, escalation(1, DUE, DUE + 61), at=DUE + 1),
    ),
    "next deadline from the block": (
        "another level",
        lambda: filed().tell(ESCALATED, escalation(1, DUE, DUE + 65), at=DUE + 5),
    ),
    "next deadline at the maximum": (
        "another level",
        lambda: (
            filed()
            .tell(ESCALATED, escalation(1, DUE, DUE + 60), at=DUE + 61)
            .tell(ESCALATED, escalation(2, DUE + 60, DUE + 120))
        ),
    ),
    "hold with other seconds": ("another clock", lambda: filed().tell(PAUSED, DAY - 1, at=START + 2)),
    "hold at zero": ("another clock", lambda: filed().tell(PAUSED, 0, at=DUE)),
    "resumption with more": ("another clock", lambda: filed().tell(PAUSED, DAY).tell(RESUMED, START + DAY + 1)),
    "deadline zero": ("out of range", lambda: filed().tell(DEADLINE_SET, 0)),
    "deadline never": (
        "out of range",
        lambda: Told(now=NEVER - MAX_SLA_DURATION).tell(CREATED).tell(DEADLINE_SET, NEVER),
    ),
    "deadline too far": ("out of range", lambda: filed().tell(DEADLINE_SET, START + MAX_SLA_DURATION + 1)),
    "deadline after the last miss": (
        "out of range",
        lambda: filed().forced(escalations=COUNTER_END, sla_deadline=0).tell(DEADLINE_SET, START + 5),
    ),
    "evidence twice": ("twice", lambda: filed().tell(EVIDENCE, 7).tell(EVIDENCE, 7)),
    "objection too many": ("beyond its end", lambda: filed().forced(objections=COUNTER_END).tell(OBJECTED)),
    "escalation too many": (
        "beyond its end",
        lambda: filed().forced(escalations=COUNTER_END).tell(ESCALATED, escalation(2, DUE, 0), at=DUE + 1),
    ),
    "nonce beyond its end": ("more links", lambda: filed().forced(event_count=NONCE_END).tell(NOTED)),
    "older than the link before": ("older", lambda: filed().tell(NOTED, at=START - 1)),
}


@pytest.mark.parametrize("tell", HONEST.values(), ids=HONEST)
def test_verifier__lawful_history__is_accepted(tell: Callable[[], Told]) -> None:
    reader = tell().reader
    reader.check(ID, reader.slot(ID))


@pytest.mark.parametrize(("why", "tell"), LIES.values(), ids=LIES)
def test_verifier__rule_broken_by_well_hashed_links__is_noticed_at_once(why: str, tell: Callable[[], Told]) -> None:
    with pytest.raises(BrokenHistory, match=why):
        tell()


@pytest.mark.parametrize(
    ("immutable", "value"),
    [("default_sla", DAY - 1), ("escalation_interval", 61), ("max_escalation_level", 1)],
)
def test_verifier__history_of_other_immutables__is_refused(immutable: str, value: int) -> None:
    """The default deadline is named by no link: the verifier computes it, and the first miss has to fit."""
    logs = told_logs([(CREATED, 0, START), (ESCALATED, escalation(1, DUE, DUE + 60), DUE + 1)])
    HistoryReader(DEPLOYMENT).read(logs)
    with pytest.raises(BrokenHistory):
        HistoryReader(replace(DEPLOYMENT, **{immutable: value})).read(logs)


def told_logs(links: Sequence[tuple[int, bytes | int, int]]) -> list[dict[str, Any]]:
    return [
        log_of(Link(ID, kind, ACTOR, index + 1, at, data.to_bytes(32) if isinstance(data, int) else data))
        for index, (kind, data, at) in enumerate(links)
    ]
