"""The ten rules of spec 2.4, each a check of one transaction: what was seen before, what after, and the logs between.

They look at the chain only, so that a mistake which model and contract share is found too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.model.observation import Observation, Seen
from tests.support.codec import Event
from tests.support.spec import MAX_SLA_DURATION, MAX_UINT40, TRANSITIONS, EventType, Status
from tests.verification.chain_verifier import Link

STOPPING = frozenset({EventType.RESOLVED, EventType.REJECTED, EventType.CLOSED})
CLOCK_WRITERS = STOPPING | {EventType.SLA_DEADLINE_SET, EventType.SLA_PAUSED}


@dataclass(frozen=True)
class Step:
    """One transaction. `now`: its block's time, seconds; `error`: name of what it reverted with, if it did."""

    before: Observation
    after: Observation
    now: int
    error: str | None
    links: list[Link]
    events: list[Event]
    escalation_interval: int
    max_escalation_level: int
    ether: int

    def complaints(self) -> Iterator[tuple[bytes, Seen, Seen, list[Link]]]:
        """Id, before, after, and the links that were appended."""
        for complaint, after in self.after.complaints.items():
            links = [link for link in self.links if link.complaint_id == complaint]
            yield complaint, self.before.complaints[complaint], after, links


def append_only(step: Step) -> None:
    """Rule 1: one link more is one count more; without a link nothing changes but what time does."""
    for _, before, after, links in step.complaints():
        assert after.event_count == before.event_count + len(links)
        assert (after.head == before.head) == (not links)
        if not links:
            assert (after.sla_deadline, after.status) == (before.sla_deadline, before.status)
            assert (after.escalation_level, after.anchors) == (before.escalation_level, before.anchors)


def exactly_once(step: Step) -> None:
    """Rule 2: no sequence is written twice, none is left out; what reverts writes none."""
    for _, before, _, links in step.complaints():
        first = before.event_count + 1
        assert [link.sequence for link in links] == list(range(first, first + len(links)))
    assert step.error is None or not step.links


def lifecycle(step: Step) -> None:
    """Rule 3: only the transitions of the table, and CREATED first and once."""
    for _, before, after, links in step.complaints():
        status = before.status
        for link in links:
            assert (link.event_type == EventType.CREATED) == (link.sequence == 1)
            status = TRANSITIONS[EventType(link.event_type)][status]
        assert after.status is status
        assert (after.status is Status.NONE) == (after.event_count == 0)


def clock_is_not_wiped(step: Step) -> None:
    """Rule 4: a clock that runs or stands goes away by the last escalation only, and stands still while stopped."""
    for _, before, after, links in step.complaints():
        types = {link.event_type for link in links}
        if before.sla_deadline and EventType.ESCALATED not in types:
            assert after.sla_deadline > 0
        if before.status not in (Status.NONE, Status.OPEN) and after.status is not Status.OPEN and len(links) == 1:
            assert after.sla_deadline == before.sla_deadline
        if len(links) == 1 and before.sla_deadline and before.status is not after.status:
            if before.status is Status.OPEN:
                assert after.sla_deadline == max(before.sla_deadline - step.now, 1)
            elif after.status is Status.OPEN:
                assert after.sla_deadline == min(step.now + before.sla_deadline, MAX_UINT40)


def breach_is_not_hidden(step: Step) -> None:
    """Rule 5: what is due at the step's time moves or stops its clock only after an escalation."""
    for _, before, _, links in step.complaints():
        is_due = before.status is Status.OPEN and 0 < before.sla_deadline < step.now
        types = [EventType(link.event_type) for link in links]
        if is_due and CLOCK_WRITERS.intersection(types):
            first_writer = min(types.index(kind) for kind in CLOCK_WRITERS.intersection(types))
            assert EventType.ESCALATED in types[:first_writer]


def escalation(step: Step) -> None:
    """Rule 6: by one, up to the maximum, from the missed deadline; never down."""
    for complaint, before, after, _ in step.complaints():
        level = before.escalation_level
        events = [event.args for event in step.events if event.args.get("complaintId") == complaint]
        for args in events:
            if "missedDeadline" not in args:
                continue
            level = min(level + 1, step.max_escalation_level)
            is_last = level == step.max_escalation_level
            following = 0 if is_last else min(args["missedDeadline"] + step.escalation_interval, MAX_UINT40)
            assert (args["level"], args["nextDeadline"]) == (level, following)
            assert args["missedDeadline"] < step.now
        assert after.escalation_level == level


def evidence(step: Step) -> None:
    """Rule 7: an anchor is written once, by its link, and stays."""
    for _, before, after, links in step.complaints():
        hashes = [link.data_hash for link in links if link.event_type == EventType.EVIDENCE_ANCHORED]
        assert len(hashes) == len(set(hashes))
        for evidence_hash, anchor in after.anchors.items():
            if before.anchors[evidence_hash] != (0, 0):
                assert anchor == before.anchors[evidence_hash]
                assert evidence_hash not in hashes
            elif evidence_hash in hashes:
                (link,) = (link for link in links if link.data_hash == evidence_hash and link.event_type == 8)
                assert anchor == (step.now, link.sequence)
            else:
                assert anchor == (0, 0)


def deadlines(step: Step) -> None:
    """Rule 8: in range when set; arithmetic never panics."""
    assert step.error != "Panic"
    for event in step.events:
        if event.name == "SLADeadlineSet":
            assert step.now < event.args["deadline"] <= step.now + MAX_SLA_DURATION


def actors(step: Step) -> None:
    """Rules 9 and 2.3: who is on record for a link had the role; an escalation needs none."""
    if any(event.name.startswith("Role") for event in step.events):
        return  # a multicall that changes roles in between is the model's to judge
    for link in step.links:
        if link.event_type == EventType.ESCALATED:
            continue
        is_sla = link.event_type in (EventType.SLA_DEADLINE_SET, EventType.SLA_PAUSED, EventType.SLA_RESUMED)
        role = "SLA_MANAGER_ROLE" if is_sla else "RECORDER_ROLE"
        holders = {int(account, 16) for (name, account), has in step.before.roles.items() if name == role and has}
        assert int.from_bytes(link.actor) in holders


def no_ether(step: Step) -> None:
    """Rule 10."""
    assert step.ether == 0


def time_is_the_blocks(step: Step) -> None:
    """Spec 2.2: a link carries the time of its block, and never an earlier one than the link before."""
    assert all(link.timestamp == step.now for link in step.links)
    assert all(a.timestamp <= b.timestamp for a, b in pairwise(step.links))


RULES = (
    append_only,
    exactly_once,
    lifecycle,
    clock_is_not_wiped,
    breach_is_not_hidden,
    escalation,
    evidence,
    deadlines,
    actors,
    no_ether,
    time_is_the_blocks,
)
