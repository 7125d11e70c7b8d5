"""Random updates against a model of the contract's lifecycle: what the outbox holds, the contract takes."""

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from blockchain.enums import ComplaintStatus, EventType
from report import services
from report.lifecycle import TransitionRefused
from report.models import IssueReport
from tests.fixtures.reports import FILED

C, E = ComplaintStatus, EventType

# Spec 2.4, rule 3: from which states the contract takes a link, and the state after it (None: unchanged).
RULES: dict[EventType, tuple[set[ComplaintStatus], ComplaintStatus | None]] = {
    E.CREATED: ({C.NONE}, C.OPEN),
    E.ASSIGNED: ({C.OPEN, C.ON_HOLD}, None),
    E.STATUS_UPDATED: ({C.OPEN, C.ON_HOLD}, None),
    E.COMMENTED: ({C.OPEN, C.ON_HOLD, C.RESOLVED}, None),
    E.RESOLVED: ({C.OPEN, C.ON_HOLD}, C.RESOLVED),
    E.REJECTED: ({C.OPEN, C.ON_HOLD}, C.RESOLVED),
    E.CLOSED: ({C.OPEN, C.ON_HOLD, C.RESOLVED}, C.CLOSED),
    E.REOPENED: ({C.RESOLVED, C.CLOSED}, C.OPEN),
    E.SLA_DEADLINE_SET: ({C.OPEN}, None),
    E.SLA_PAUSED: ({C.OPEN}, C.ON_HOLD),
    E.SLA_RESUMED: ({C.ON_HOLD}, C.OPEN),
}
STATE_OF = {
    "pending": C.OPEN,
    "in_progress": C.OPEN,
    "on_hold": C.ON_HOLD,
    "resolved": C.RESOLVED,
    "rejected": C.RESOLVED,
    "closed": C.CLOSED,
}


@dataclass
class Contract:
    """The lifecycle of one complaint, as the contract has it."""

    state: ComplaintStatus = C.NONE
    deadline: bool = False

    def take(self, event: EventType) -> None:
        sources, target = RULES[event]
        assert self.state in sources, f"the contract would refuse {event.name} when {self.state.name}"
        assert self.deadline or event != E.SLA_PAUSED, "the contract would refuse SLA_PAUSED without a deadline"
        self.deadline |= event == E.SLA_DEADLINE_SET
        self.state = self.state if target is None else target


update = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(IssueReport.Status.values),
        "priority": st.sampled_from(IssueReport.Priority.values),
        "assigned_to": st.sampled_from([None, "one", "two"]),
    },
)
comment = st.just("comment")


class LifecycleTest(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(update | comment, max_size=8))
    def test_updates__any_sequence__contract_takes_every_write(self, steps):
        owner = User.objects.create(username="owner")
        staff = {name: User.objects.create(username=name, is_staff=True) for name in ("one", "two")}
        report = services.report_create(user=owner, **FILED)
        for step in steps:
            before = IssueReport.objects.values().get()
            writes = report.writes.count()
            try:
                if step == "comment":
                    services.comment_create(report_id=report.pk, author=owner, text="x")
                else:
                    changes = dict(step)
                    if changes.get("assigned_to"):
                        changes["assigned_to"] = staff[changes["assigned_to"]]
                    services.report_update(report_id=report.pk, by=staff["one"], **changes)
            except TransitionRefused:
                assert IssueReport.objects.values().get() == before
                assert report.writes.count() == writes

        contract, told = Contract(), {"status": "pending", "priority": "normal", "assigned_to": None}
        deadlines = 0
        for order, write in enumerate(report.writes.order_by("order"), start=1):
            assert write.order == order
            contract.take(EventType(write.event_type))
            deadlines += write.event_type == E.SLA_DEADLINE_SET
            for field, (old, new) in (write.payload or {"changes": {}})["changes"].items():
                if field in told and write.event_type != E.CREATED:
                    # The clock's links carry no payload, so the status before may be one that they made.
                    assert old == told[field] or field == "status"
                    told[field] = new
        final = IssueReport.objects.get()
        assert contract.state == STATE_OF[final.status]
        assert told["priority"] == final.priority
        assert told["assigned_to"] == (str(final.assigned_to.opaque_id) if final.assigned_to else None)
        assert deadlines <= 2
        assert final.priority_deadline_set == (deadlines == 2)
