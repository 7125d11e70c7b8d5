"""What a test does in a process of its own where the database is not the test's: file reports, and check the end.

`python -m tests.faults.requests file|wait|check NUMBER`, with the settings of the test in the environment.
"""

import sys
from typing import Any

SETTLE_SECONDS = 100


def file(number: int) -> None:
    from accounts.models import User
    from report import services
    from tests.fixtures.reports import FILED

    user, _ = User.objects.get_or_create(username="complainant")
    for _ in range(number):
        services.report_create(user=user, **FILED)


def wait(number: int) -> None:
    """Waits until all that was filed is confirmed."""
    from blockchain.models import Write
    from tests.servers.process import wait_until

    confirmed = Write.objects.filter(state=Write.State.CONFIRMED)
    wait_until(lambda: confirmed.count() == number, what="everything is confirmed", seconds=SETTLE_SECONDS)


def check(number: int) -> None:
    """The final check, while nothing else runs."""
    from django.conf import settings

    from blockchain.chain.contract import registry
    from report.models import IssueReport
    from tests.anvil import Rpc
    from tests.chain_fixtures import Chain
    from tests.faults.check import assert_everything_recorded_once

    assert IssueReport.objects.count() == number
    anvil: Any = Rpc(settings.BLOCKCHAIN_NODE_URLS[0])
    chain = Chain(anvil=anvil, address=registry().address, artifact_path=settings.BLOCKCHAIN_DEPLOYMENT)
    assert_everything_recorded_once(chain)


if __name__ == "__main__":
    import django

    django.setup()
    {"file": file, "wait": wait, "check": check}[sys.argv[1]](int(sys.argv[2]))
