"""With two nodes, nothing is stored on which they differ; with one, nothing more is asked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from blockchain.chain.contract import Registry
from blockchain.chain.node import Node
from blockchain.chain.nodes import Nodes
from blockchain.health.report import health_report
from blockchain.indexer.opinion import NODES_DIFFER, NodesDiffer
from blockchain.indexer.sync import events_sync
from blockchain.models import Alarm, ChainEvent, Complaint, ScanCursor, Write
from blockchain.protocol.kinds import EventType
from tests.chain.odd_node import OddNode, each
from tests.chain_fixtures import Chain
from tests.indexer.conftest import Filing, assert_as_on_chain, links_read, mined, record

Alter = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]


def no_logs(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """As a node that lost its logs, and says the same by hash."""
    if request["method"] == "eth_getLogs":
        return {**response, "result": []}
    if request["method"].startswith("eth_getBlockBy") and response.get("result"):
        return {**response, "result": {**response["result"], "logsBloom": "0x" + "00" * 256}}
    return response


def other_hash(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """As a node on another branch."""
    if request["method"] == "eth_getBlockByNumber" and int(request["params"][0], 16) > 1:
        block = response["result"]
        return {**response, "result": block and {**block, "hash": "0x" + "ab" * 32, "parentHash": "0x" + "ab" * 32}}
    return {**response, "result": []} if request["method"] == "eth_getLogs" else response


def nothing(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """As a node that lags far behind."""
    return {**response, "result": None}


def current(altered: list[Alter]) -> Alter:
    """What is in the list at the time of the request."""

    def alter(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
        return altered[0](request, response)

    return alter


class Two:
    """The registry on the true node and on one that is altered, as long as it is."""

    def __init__(self, chain: Chain, odd: str, *, odd_first: bool = False) -> None:
        made = [Node(url=url, timeout=5) for url in (chain.anvil.url, odd)]
        self.nodes = Nodes(made[::-1] if odd_first else made)
        self.registry = Registry(deployed=chain.registry.deployment, on=self.nodes.best(), nodes=self.nodes)


@pytest.mark.parametrize("odd_first", [False, True], ids=["true node first", "odd node first"])
@pytest.mark.parametrize("alter", [no_logs, other_hash])
def test_events_sync__nodes_differ__nothing_of_it_is_stored_until_they_agree(
    chain: Chain, complaint: Complaint, settings: Any, alter: Alter, odd_first: bool
) -> None:
    events_sync(registry=chain.registry)
    before = ScanCursor.objects.get().block_number
    mined(chain)
    altered: list[Alter] = [alter]
    with OddNode(chain.anvil.url, each(current(altered))) as url:
        two = Two(chain, url, odd_first=odd_first)
        settings.BLOCKCHAIN_NODE_URLS = [chain.anvil.url, url]
        if alter is other_hash and odd_first:
            # It contradicts what was stored, too: the other node says that it is still there.
            with pytest.raises(NodesDiffer, match="was replaced"):
                events_sync(registry=two.registry)
        else:
            with pytest.raises(NodesDiffer, match=r"different (blocks|logs)"):
                events_sync(registry=two.registry)
        assert ScanCursor.objects.get().block_number == before
        assert ChainEvent.objects.count() == 0
        (problem,) = [
            each["problem"]
            for each in health_report()["indexer"]["problems"]
            if "different" in each["problem"] or "replaced" in each["problem"]
        ]
        assert url in problem
        assert chain.anvil.url in problem
        altered[0] = lambda request, response: response
        assert events_sync(registry=two.registry).events == 1
        assert not Alarm.objects.filter(name=NODES_DIFFER).exists()
    assert_as_on_chain(chain, complaint)


def test_events_sync__second_node_says_nothing__stores_and_counts_and_asks_later(
    chain: Chain, complaint: Complaint, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mined(chain)
    altered: list[Alter] = [nothing]
    with OddNode(chain.anvil.url, each(current(altered))) as url:
        two = Two(chain, url)
        settings.BLOCKCHAIN_NODE_URLS = [chain.anvil.url, url]
        result = events_sync(registry=two.registry)
        blocks = int(chain.anvil.head()["number"], 16) - chain.registry.deployment.block_number + 1
        assert (result.events, result.unconfirmed) == (1, blocks)
        assert ScanCursor.objects.get().unconfirmed_from == chain.registry.deployment.block_number
        monkeypatch.setattr("blockchain.management.service.registry", lambda: two.registry)
        with pytest.raises(CommandError, match="blocks were read from one node"):
            call_command("sync_blockchain_events")
        found = health_report()["indexer"]
        assert "read from one node" in found["notes"][0]["problem"]
        settings.HEALTH_MAX_INDEXER_LAG = 0
        assert any("read from one node" in each["problem"] for each in health_report()["indexer"]["problems"])
        altered[0] = lambda request, response: response
        two.nodes = Nodes([two.registry.node, Node(url=url)])
        result = events_sync(
            registry=Registry(deployed=chain.registry.deployment, on=two.registry.node, nodes=two.nodes)
        )
        assert result.unconfirmed == 0
        assert ScanCursor.objects.get().unconfirmed_from is None


def test_events_sync__stored_from_a_node_that_withheld__differs_once_the_other_one_answers(
    chain: Chain, complaint: Complaint, settings: Any
) -> None:
    mined(chain)
    with OddNode(chain.anvil.url, each(no_logs)) as withholding, OddNode(chain.anvil.url, each(nothing)) as down:
        nodes = Nodes([Node(url=withholding), Node(url=down)])
        alone = Registry(deployed=chain.registry.deployment, on=nodes.best(), nodes=nodes)
        assert events_sync(registry=alone).events == 0
        nodes = Nodes([Node(url=withholding), Node(url=chain.anvil.url)])
        both = Registry(deployed=chain.registry.deployment, on=nodes.best(), nodes=nodes)
        with pytest.raises(NodesDiffer, match="0 and 6"):
            events_sync(registry=both)
    assert ScanCursor.objects.get().unconfirmed_from is not None


def test_events_sync__first_node_down__the_next_one_is_asked(chain: Chain, complaint: Complaint) -> None:
    mined(chain)
    nodes = Nodes([Node(url="http://127.0.0.1:1"), Node(url=chain.anvil.url)])
    registry = Registry(deployed=chain.registry.deployment, on=nodes.best(), nodes=nodes)
    assert events_sync(registry=registry).events == 1
    assert links_read(chain, complaint) == [EventType.CREATED]


def test_events_sync__nodes_agree__stores_and_confirms(chain: Chain, file: Filing, settings: Any) -> None:
    for _ in range(3):
        record(file(), EventType.ASSIGNED)
        mined(chain)
    with OddNode(chain.anvil.url, lambda request, ask: ask(request)) as url:
        two = Two(chain, url)
        result = events_sync(registry=two.registry)
    assert (result.events, result.unconfirmed, result.uncompared) == (6, 0, 0)
    assert ScanCursor.objects.get().unconfirmed_from is None
    assert set(Write.objects.values_list("state", flat=True)) == {Write.State.CONFIRMED}


def test_events_sync__one_node__asks_as_much_as_ever(chain: Chain, complaint: Complaint) -> None:
    """The newest block, the cursor's, a range with its headers, and the heads of what was read: four requests."""
    events_sync(registry=chain.registry)
    mined(chain)
    asked: list[Any] = []

    def note(request: Any, ask: Any) -> Any:
        asked.append(request)
        return ask(request)

    with OddNode(chain.anvil.url, note) as url:
        registry = Registry(deployed=chain.registry.deployment, on=Node(url=url))
        events_sync(registry=registry)
        assert len(asked) == 4
        asked.clear()
        events_sync(registry=registry)
        assert len(asked) == 2
