"""Complaints with proofs on a real chain, and the receipts' verifier as its users run it: a process of its own."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from blockchain.chain.contract import Registry
from blockchain.chain.node import Node
from blockchain.evidence.store import evidence_store
from blockchain.indexer.sync import events_sync
from blockchain.models import Complaint, ProofBlock, SlotProof
from blockchain.proofs.rounds import proof_round
from report import services
from report.models import IssueReport
from tests.chain_fixtures import INTAKE_KEY, Chain
from tests.fixtures.reports import FILED
from tests.landing import land
from tests.providers.member import Member
from tests.providers.proxy import Provider
from tests.receipt_py import verdict_said
from tests.relay.conftest import complaint_new

Json = dict[str, Any]
RECEIPT, PUBLIC = "/api/blockchain/reports/{}/receipt/", "/api/blockchain/proofs/{}/"


@pytest.fixture(autouse=True)
def evidence_root(tmp_path: Path, settings: Any) -> Iterator[None]:
    """Each test has a folder of its own for evidence."""
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    evidence_store.cache_clear()
    yield
    evidence_store.cache_clear()


@pytest.fixture
def promising(chain: Chain, settings: Any) -> None:
    """The web server has an intake key."""
    settings.BLOCKCHAIN_INTAKE_KEY = INTAKE_KEY


@pytest.fixture
def filed(complainant_client: APIClient) -> IssueReport:
    """A report, filed over the API."""
    response = complainant_client.post("/api/reports/", FILED, format="json")
    assert response.status_code == 201, response.content
    return IssueReport.objects.get(tracking_id=response.json()["tracking_id"])


@pytest.fixture
def file_reports(complainant: User) -> Callable[[int], list[Complaint]]:
    """Files reports past the quotas."""
    return lambda number: [services.report_create(user=complainant, **FILED).complaint for _ in range(number)]


@contextmanager
def provided(chain: Chain, kind: type[Member]) -> Iterator[tuple[Registry, Provider]]:
    """The contract as a backend sees it behind such a node."""
    with Provider(kind, upstream=chain.anvil.url) as provider:
        yield Registry(deployed=chain.registry.deployment, on=Node(url=provider.url, timeout=5)), provider


@pytest.fixture
def complaint(chain: Chain) -> Complaint:
    """A complaint whose filing is recorded and read."""
    complaint = complaint_new("case-1")
    land(chain)
    return complaint


def publish(chain: Chain) -> None:
    """A round of proofs; its block is final then, and published."""
    proof_round(registry=chain.registry)
    chain.anvil.mine()
    events_sync(registry=chain.registry)
    assert not ProofBlock.objects.filter(state=ProofBlock.State.CANDIDATE).exists()


def proved(complaint: Complaint, of: str = SlotProof.Of.COMPLAINT) -> list[SlotProof]:
    """The stored proofs of a complaint, in the order of their blocks."""
    rows = SlotProof.objects.filter(complaint_id=complaint.complaint_id, of=of)
    return list(rows.select_related("block").order_by("block__number"))


def receipt_got(client: APIClient, report: IssueReport) -> Json:
    """The receipt as the API gives it."""
    response = client.get(RECEIPT.format(report.tracking_id))
    assert response.status_code == 200, response.content
    got: Json = json.loads(response.content)
    return got


def block_hash(chain: Chain, number: int) -> str:
    """The hash of a block, from the chain itself."""
    found: str = chain.anvil.rpc("eth_getBlockByNumber", hex(number), False)["hash"]
    return found


@pytest.fixture
def verify(chain: Chain, tmp_path: Path) -> Callable[..., Json]:
    """The verdict of `receipt.py verify` about a receipt, with all blocks of the chain trusted."""

    def run(receipt: Json, *options: str) -> Json:
        path = tmp_path / "handed-out.receipt.json"
        path.write_text(json.dumps(receipt))
        head = int(chain.anvil.head()["number"], 16)
        trusted = [f"--block={block_hash(chain, number)}" for number in range(max(0, head - 30), head + 1)]
        return verdict_said(path, *trusted, "--contract", chain.address, *options)

    return run


def statements(verdict: Json) -> dict[str, str]:
    """The codes of a verdict by the names of its statements, without their blocks."""
    return {each["id"].split("@")[0]: each["code"] for each in verdict["statements"]}
