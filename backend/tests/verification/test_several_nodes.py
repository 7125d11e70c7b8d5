"""An audit trail asks one node for all of it, and if that fails, another one."""

from typing import Any

import pytest

from blockchain.indexer.sync import events_sync
from blockchain.models import Complaint
from blockchain.verification.audit_trail import Page, audit_trail
from tests.chain.odd_node import OddNode, each
from tests.chain_fixtures import Chain, caches_clear
from tests.indexer.conftest import mined
from tests.relay.conftest import complaint_new


@pytest.fixture
def complaint(db: None) -> Complaint:
    return complaint_new("case-1")


@pytest.mark.parametrize("down", ["http://127.0.0.1:1", "wrong chain"])
@pytest.mark.django_db
def test_audit_trail__first_of_two_nodes_fails__is_checked_with_the_other_one(
    chain: Chain, complaint: Complaint, settings: Any, down: str
) -> None:
    def other(request: Any, response: Any) -> Any:
        return response | {"result": "0x1"} if request["method"] == "eth_chainId" else response

    mined(chain)
    events_sync(registry=chain.registry)
    with OddNode(chain.anvil.url, each(other)) as url:
        settings.BLOCKCHAIN_NODE_URLS = [url if down == "wrong chain" else down, chain.anvil.url]
        caches_clear()
        assert audit_trail(complaint=complaint, own=None, page=Page())["complete"] is True
        settings.BLOCKCHAIN_NODE_URLS = [down if down != "wrong chain" else url]
        caches_clear()
        assert audit_trail(complaint=complaint, own=None, page=Page())["complete"] is None
