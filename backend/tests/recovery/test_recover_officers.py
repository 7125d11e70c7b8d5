"""What becomes of officers' entries when a recovery numbers a complaint's writes anew."""

import pytest
from django.db import transaction

from accounts.models import User
from blockchain.entries import entry_reserve
from blockchain.models import Complaint, Write
from blockchain.protocol.kinds import EventType, Status
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.fixtures.contents import contents_of
from tests.landing import land
from tests.recovery.conftest import FOREIGN, KeyRing, Recover, comment, id_of, links_of, states_of


def test_recover__officer_s_entry_whose_nonce_is_taken__fails_until_it_is_signed_anew(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, recover: Recover
) -> None:
    land(chain)
    write = comment(report, staff, "Signed by the officer.")
    Write.objects.filter(pk=write.pk).update(actor=chain.stranger, entry_signature="0xab", valid_until=2**39)
    chain.write("logComplaintEvent", id_of(report), EventType.COMMENTED, FOREIGN, 1)
    keys.rotate()
    assert "to be signed again by the officer: COMMENTED (nonce 1)" in recover()
    write.refresh_from_db()
    assert (write.nonce, write.state, write.error_code) == (2, "failed", "SignatureVoid")
    assert (write.actor, write.entry_signature, write.valid_until) == ("", "", None)


def reserve(report: IssueReport, actor: str) -> Write:
    with transaction.atomic():
        return entry_reserve(
            complaint=report.complaint,
            event_type=EventType.RESOLVED,
            actor=actor,
            by="officer",
            **contents_of(EventType.RESOLVED),
        )


@pytest.mark.parametrize("behind", [True, False])
def test_recover__reservation_whose_nonce_is_taken__ends(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, recover: Recover, behind: bool
) -> None:
    land(chain)
    write = reserve(report, chain.stranger)
    if behind:
        comment(report, staff, "Behind it.")
    chain.write("logComplaintEvent", id_of(report), EventType.COMMENTED, FOREIGN, 1)
    keys.rotate()
    assert "reservations ended: RESOLVED (nonce 1)" in recover()
    rest = [("NOTED", "pending"), ("COMMENTED", "pending")] if behind else []
    assert states_of(report) == [("CREATED", "confirmed"), ("COMMENTED", "confirmed"), *rest]
    note = Write.objects.filter(pk=write.pk).first()
    assert (note is not None) is behind
    assert note is None or (note.actor, note.reserved_until, note.dedupe_key) == ("", None, None)
    assert Complaint.objects.get().accepted_status == Status.OPEN
    land(chain)
    assert links_of(chain, report.complaint) == ["CREATED", "COMMENTED", *(kind for kind, _ in rest)]


def test_recover__reservation_whose_nonce_is_not_taken__stays(
    chain: Chain, keys: KeyRing, report: IssueReport, recover: Recover
) -> None:
    land(chain)
    reserve(report, chain.stranger)
    keys.rotate()
    recover()
    assert states_of(report) == [("CREATED", "confirmed"), ("RESOLVED", "reserved")]


@pytest.mark.parametrize("behind", [True, False])
def test_recover__filed_anew_with_a_reservation__it_ends(
    chain: Chain, keys: KeyRing, report: IssueReport, staff: User, recover: Recover, behind: bool
) -> None:
    reserve(report, chain.stranger)
    if behind:
        comment(report, staff, "Behind it.")
    chain.write("logComplaintEvent", id_of(report), EventType.CREATED, FOREIGN, 0, sender=chain.intake_account)
    keys.rotate()
    recover("--refile")
    land(chain)
    complaint = Complaint.objects.get()
    assert links_of(chain, complaint) == ["CREATED", *(["NOTED", "COMMENTED"] if behind else []), "NOTED"]
    assert {state for _, state in states_of(report)} == {"confirmed"}
    assert (complaint.accepted_status, complaint.frozen_reason) == (Status.OPEN, "")
