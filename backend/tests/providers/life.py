"""A life of complaints: filed, commented, paused and resumed, proved, missed, resolved."""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.models import User
from blockchain.evidence.services import evidence_upload
from blockchain.models import ChainState
from report import services
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.fixtures.reports import FILED

# More than the indexer checks block by block, and several ranges beyond that.
QUIET = 150


@dataclass
class Life:
    """What people do, in an order that `draw` decides where any order is lawful."""

    chain: Chain
    complainant: User
    staff: User
    draw: random.Random
    reports: list[IssueReport] = field(default_factory=list)
    files: int = 0

    def chapters(self, length: int) -> list[Callable[[], None]]:
        """What happens, in pieces after each of which the relay works; `length` times the middle part."""
        middle = [self.comment, self.pause, self.prove, self.resume, self.comment]
        return [
            self.file,
            *(each for _ in range(length) for each in middle),
            self.quiet,
            self.miss,
            self.comment,
            self.resolve,
        ]

    def file(self, number: int = 3) -> None:
        self.reports += [services.report_create(user=self.complainant, **FILED) for _ in range(number)]

    def comment(self, number: int = 0) -> None:
        """On so many of the reports; on all, if no number is given."""
        for report in self.draw.sample(self.reports, number or len(self.reports)):
            services.comment_create(report_id=report.pk, author=self.staff, text="We look into it.")
        # Blocks that are not ours.
        self.chain.anvil.mine(self.draw.randrange(1, 9))

    def pause(self) -> None:
        for report in self.reports[:2]:
            services.report_update(report_id=report.pk, by=self.staff, status="on_hold")

    def resume(self) -> None:
        for report in self.reports[:2]:
            services.report_update(report_id=report.pk, by=self.staff, status="in_progress")

    def prove(self) -> None:
        for report in self.reports[:2]:
            self.files += 1
            content = f"photo {self.files}".encode()
            evidence_upload(
                complaint=report.complaint,
                user=self.complainant,
                by=str(self.complainant.opaque_id),
                stream=io.BytesIO(content),
                size=len(content),
                name="photo.jpg",
                media_type="image/jpeg",
            )

    def quiet(self) -> None:
        """A comment, and then so many blocks without us that they are read in wide ranges."""
        self.comment(1)
        self.chain.anvil.mine(QUIET)

    def miss(self) -> None:
        """All deadlines pass; the SLA check has the relay record it."""
        deadlines = [each for each in ChainState.objects.values_list("sla_deadline", flat=True) if each > 1_000_000_000]
        now = self.chain.anvil.time()
        self.chain.anvil.warp(max([*deadlines, now]) + 60)

    def resolve(self) -> None:
        for report in self.reports:
            services.report_update(report_id=report.pk, by=self.staff, status="resolved")
        services.report_update(report_id=self.reports[0].pk, by=self.staff, status="closed")
