"""The checker itself: what the fault tests must not overlook, it does not overlook."""

from collections.abc import Callable

import pytest
from django.db.models import F

from accounts.models import User
from blockchain.models import Write
from blockchain.protocol.hashing import unhex
from blockchain.protocol.kinds import EventType
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once, assert_on_chain_once
from tests.faults.conftest import Recovery

FileReports = Callable[[int], list[IssueReport]]


@pytest.fixture
def commented(recover: Recovery, file_reports: FileReports, staff: User) -> IssueReport:
    """A report with two comments, all of it final."""
    (report,) = file_reports(1)
    for text in ("one", "two"):
        services.comment_create(report_id=report.pk, author=staff, text=text)
    recover()
    return report


def doubled(chain: Chain, report: IssueReport) -> None:
    data = unhex(report.complaint.writes.get(nonce=2).data)
    chain.write("logComplaintEvent", unhex(report.complaint.complaint_id), EventType.COMMENTED, data, 3)


def filed_by_nobody(chain: Chain, report: IssueReport) -> None:
    chain.write("logComplaintEvent", b"\7" * 32, EventType.CREATED, b"\7" * 32, 0)


def lost(chain: Chain, report: IssueReport) -> None:
    write = Write.objects.get(complaint=report.complaint, nonce=2)
    Write.objects.filter(pk=write.pk).update(nonce=3)
    Write.objects.create(complaint=report.complaint, nonce=2, event_type=EventType.COMMENTED, data=write.data)
    report.complaint.next_nonce = 4
    report.complaint.save()


def swapped(chain: Chain, report: IssueReport) -> None:
    comments = Write.objects.filter(complaint=report.complaint, nonce__gte=1)
    comments.update(nonce=F("nonce") + 10)
    for nonce, other in ((11, 2), (12, 1)):
        Write.objects.filter(complaint=report.complaint, nonce=nonce).update(nonce=other)


@pytest.mark.parametrize("damage", [doubled, filed_by_nobody, lost, swapped])
def test_assert_on_chain_once__chain_and_outbox_differ__fails(
    chain: Chain, commented: IssueReport, damage: Callable[[Chain, IssueReport], None]
) -> None:
    assert_everything_recorded_once(chain)
    damage(chain, commented)
    with pytest.raises(AssertionError, match=r"lost, doubled or out of order|nobody here filed it"):
        assert_on_chain_once(chain)
