"""A node that hangs: requests that ask it wait for it, a few at a time and not for long; all others don't."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import requests

from accounts.models import User
from blockchain.chain.breaker import LIMIT
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.conftest import Processes, Recovery
from tests.faults.rpc_proxy import Fault, RpcProxy
from tests.faults.web import Web
from tests.fixtures.reports import FILED
from tests.servers.process import wait_until

TRAILS, FILINGS = 32, 10
# One process, so that its breaker is the one; of eight threads two may ask the node.
ONE_PROCESS = {"WEB_WORKERS": "1", "WEB_THREADS": "8", "BLOCKCHAIN_RPC_TIMEOUT": "10"}
ASKING = 2


@pytest.fixture
def web(processes: Processes, proxy: RpcProxy, transactional_db: None) -> Web:
    return Web(processes, BLOCKCHAIN_NODE_URLS=proxy.url, **ONE_PROCESS)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(TRAILS) as running:
        yield running


def paths(report: IssueReport) -> list[str]:
    """All spellings mean the audit trail to the application."""
    start = f"/api/blockchain/reports/{report.tracking_id}"
    return [f"{start}/audit-trail/", f"{start}/audit%2Dtrail/?limit=5", f"{start}/audit-trail%2F"]


def asked(web: Web, pool: ThreadPoolExecutor, user: User, report: IssueReport) -> list[Future[requests.Response]]:
    """Audit trails, all at once."""
    spelled = paths(report)
    return [pool.submit(web.ask, user, "GET", spelled[number % len(spelled)]) for number in range(TRAILS)]


def test_file__node_hangs_and_audit_trails_wait_for_it__is_answered_before_any_of_them(
    chain: Chain,
    processes: Processes,
    proxy: RpcProxy,
    web: Web,
    pool: ThreadPoolExecutor,
    recover: Recovery,
    report: IssueReport,
    complainant: User,
    staff: User,
) -> None:
    hanging = proxy.fail(Fault.BLACK_HOLE, times=None)
    trails = asked(web, pool, complainant, report)
    wait_until(lambda: hanging.hits == ASKING, what="audit trails wait for the node", seconds=60)
    for _ in range(FILINGS):
        assert web.ask(complainant, "POST", "/api/reports/", **FILED).status_code == requests.codes.created
    assert not any(trail.done() for trail in trails)

    # After a few timeouts no request waits for the node: the rest are answered without a query.
    for trail in trails:
        body = trail.result().json()
        assert (body["complete"], body["complete_reason"]) == (None, "the blockchain node is currently unavailable")
    # Some may have tried again after a pause.
    assert LIMIT <= hanging.hits <= LIMIT + 3
    health = web.health(staff)
    assert (health["chain"]["up"], health["chain"]["breaker"]) == (False, "open")
    assert "does not answer" in health["chain"]["problems"][0]["problem"]
    assert processes.said(web.process).count("node not queried for now") == 1

    proxy.heal()
    wait_until(lambda: web.health(staff)["chain"]["up"], what="the node is asked again", seconds=60)
    assert web.health(staff)["chain"]["breaker"] == "closed"
    assert processes.said(web.process).count("node answers again") == 1
    recover()
    trail = web.ask(complainant, "GET", paths(report)[0]).json()
    assert (trail["complete"], trail["report_matches"]) == (True, True)
