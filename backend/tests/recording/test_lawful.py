"""Whatever the services accept, in the order of its nonces, the contract takes: random lives against the protocol."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.models import User
from blockchain import entries, recording, repair, reservations
from blockchain.models import Complaint, Write
from blockchain.protocol.kinds import ENTRIES, EventType, Status
from blockchain.protocol.lifecycle import first_unlawful, status_after, transition
from report import entries as report_entries
from report import services
from report.lifecycle import LINK_OF_TRANSITION, TransitionRefused
from report.models import Comment, IssueReport
from tests.fixtures.contents import contents_of
from tests.fixtures.reports import FILED

ACTOR = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"
updates = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(IssueReport.Status.values),
        "priority": st.sampled_from(IssueReport.Priority.values),
        "assigned_to": st.sampled_from([None, "one", "two"]),
    },
)
DIRECT = sorted(ENTRIES - {EventType.CREATED, EventType.COMMENTED, EventType.EVIDENCE_ANCHORED})
# What an officer prepares, and its kind; that of a status follows from the report.
entry_changes = st.one_of(
    st.sampled_from(IssueReport.Status.values).map(lambda value: ({"status": value}, None)),
    st.sampled_from(IssueReport.Priority.values).map(lambda value: ({"priority": value}, EventType.STATUS_UPDATED)),
    st.sampled_from(
        [
            ({"comment": "x"}, EventType.COMMENTED),
            ({"reason": "because"}, EventType.NOTED),
            ({"deadline": 1_900_000_000}, EventType.SLA_DEADLINE_SET),
            ({"unassigned": True}, EventType.ASSIGNED),
            ({"comment": "x"}, EventType.NOTED),
        ]
    ),
)


class Undone(Exception):
    """Ends a transaction in the middle."""


class Recorder(RuleBasedStateMachine):
    """One complaint: updates, comments, officers' entries, expiries, giving up, and transactions rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.owner = User.objects.create(username="owner")
        self.staff = {name: User.objects.create(username=name, is_staff=True) for name in ("one", "two")}
        self.report = services.report_create(user=self.owner, **FILED)

    def teardown(self) -> None:
        connection.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @rule(changes=updates, undo=st.booleans())
    def update(self, changes: dict[str, Any], undo: bool) -> None:
        if changes.get("assigned_to"):
            changes = changes | {"assigned_to": self.staff[changes["assigned_to"]]}
        self._try(lambda: services.report_update(report_id=self.report.pk, by=self.staff["one"], **changes), undo=undo)

    @rule(undo=st.booleans())
    def comment(self, undo: bool) -> None:
        self._try(lambda: services.comment_create(report_id=self.report.pk, author=self.owner, text="x"), undo=undo)

    @rule(data=st.data(), undo=st.booleans())
    def record(self, data: st.DataObject, undo: bool) -> None:
        """Past the report, as another system would that uses the recorder: what the last accepted write allows."""
        status = Status(Complaint.objects.get().accepted_status)
        event_type = data.draw(st.sampled_from([kind for kind in DIRECT if transition(status, kind) is not None]))
        deadline = 1_900_000_000 if event_type is EventType.SLA_DEADLINE_SET else None
        self._try(
            lambda: recording.record(
                complaint=self.report.complaint,
                event_type=event_type,
                by="x",
                deadline=deadline,
                **contents_of(event_type),
            ),
            undo=undo,
        )

    @precondition(lambda self: not self._reserved().exists())
    @rule(chosen=entry_changes, undo=st.booleans())
    def prepare(self, chosen: tuple[dict[str, Any], EventType | None], undo: bool) -> None:
        change, event_type = chosen
        if event_type is None:
            status = IssueReport.objects.get().status
            event_type = LINK_OF_TRANSITION.get((status, change["status"]), EventType.CLOSED)
        self._try(
            lambda: report_entries.entry_prepare(
                report_id=self.report.pk,
                by=self.staff["two"],
                event_type=event_type,
                change=report_entries.Change(**change),
                actor=ACTOR,
            ),
            undo=undo,
        )

    @precondition(lambda self: self._reserved().exists())
    @rule()
    def sign(self) -> None:
        """The signature itself is checked elsewhere: here only what comes of it."""
        write = self._reserved().select_related("complaint").get()
        with unchecked():
            self._try(lambda: report_entries.entry_sign(report_id=self.report.pk, write=write, signature="0x00"))

    @precondition(lambda self: self._reserved().exists())
    @rule(noticed=st.booleans())
    def expire(self, noticed: bool) -> None:
        self._reserved().update(reserved_until=timezone.now() - timedelta(seconds=1))
        if noticed:
            assert reservations.reservations_expire() == 1
            assert not self._reserved().exists()

    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        write = data.draw(st.sampled_from(list(self._writes())))
        self._try(lambda: repair.writes_give_up(write_ids=[write.pk], by="x", reason="because", with_needed=True))

    @invariant()
    def nonces_have_no_hole(self) -> None:
        nonces = [write.nonce for write in self._writes()]
        assert nonces == list(range(len(nonces)))
        assert Complaint.objects.get().next_nonce == len(nonces)

    @invariant()
    def contract_takes_every_write(self) -> None:
        kinds = [write.event_type for write in self._writes()]
        assert first_unlawful(Status.NONE, kinds) is None
        assert Complaint.objects.get().accepted_status == status_after(Status.NONE, kinds)

    @invariant()
    def contract_takes_every_write_if_the_reserved_one_becomes_a_note(self) -> None:
        kinds = [
            EventType.NOTED if write.state == Write.State.RESERVED else write.event_type for write in self._writes()
        ]
        assert first_unlawful(Status.NONE, kinds) is None

    @invariant()
    def comments_are_those_that_were_recorded(self) -> None:
        written = set(Comment.objects.values_list("write", flat=True))
        for write in self._writes():
            kind = EventType[write.given_up["event_type"]] if write.given_up else EventType(write.event_type)
            assert write.pk not in written or (kind is EventType.COMMENTED and write.state != Write.State.RESERVED)
            if write.event_type == EventType.COMMENTED and write.state != Write.State.RESERVED:
                assert write.pk in written

    def _writes(self) -> Any:
        return self.report.complaint.writes.order_by("nonce")

    def _reserved(self) -> Any:
        return self.report.complaint.writes.filter(state=Write.State.RESERVED)

    def _try(self, change: Any, *, undo: bool = False) -> None:
        """Makes a change; what is refused or rolled back changes nothing."""
        before = self._state()
        try:
            with transaction.atomic():
                change()
                if undo:
                    raise Undone
        except (Undone, TransitionRefused, report_entries.EntryMismatch, repair.GiveUpRefused):
            assert self._state() == before
        except recording.RecordingRefused:
            assert self._state() == before

    def _state(self) -> tuple[Any, ...]:
        return (
            IssueReport.objects.values().get(),
            Complaint.objects.values().get(),
            list(self._writes().values()),
            Comment.objects.count(),
        )


def unchecked() -> Any:
    """Signatures are taken for good."""
    return patch.object(entries, "signature_check")


@pytest.mark.usefixtures("deployment")
class RecorderTest(TestCase):
    """Runs the machine within the database's test transaction."""

    def test_any_life__the_contract_takes_every_write(self) -> None:
        run_state_machine_as_test(
            Recorder,
            settings=settings(
                max_examples=15,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
