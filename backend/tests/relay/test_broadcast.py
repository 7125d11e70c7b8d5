"""With several nodes, a transaction goes to all of them; a round asks one, and the next round another if it fails."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from blockchain.chain.contract import Registry
from blockchain.chain.errors import WrongChain
from blockchain.chain.node import Node
from blockchain.chain.nodes import Nodes
from blockchain.chain.signers import signer
from blockchain.models import Complaint, RelayLease, Write
from blockchain.relay.loop import Outcome, Relay
from tests.chain.odd_node import OddNode, each
from tests.chain_fixtures import Chain

File = Callable[[int], list[Complaint]]
Answered = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]


def relay_on(chain: Chain, *urls: str) -> Relay:
    nodes = Nodes([Node(url=url, timeout=5) for url in urls])
    return Relay(registry=Registry(deployed=chain.registry.deployment, on=nodes.best(), nodes=nodes), signer=signer())


def drain(relay: Relay) -> Outcome:
    return relay.run_until_idle(wait=lambda: time.sleep(0.01), rounds=300)


def refusing(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """Takes no transaction, and knows none that is not mined."""
    if request["method"] == "eth_sendRawTransaction":
        return {"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32000, "message": "txpool is full"}}
    return {**response, "result": None} if request["method"] == "eth_getTransactionByHash" else response


def held_back(request: Any, ask: Callable[[Any], Any]) -> Any:
    """As `refusing`, but the transaction does not reach the node behind it."""
    if isinstance(request, dict) and request["method"] == "eth_sendRawTransaction":
        return refusing(request, {})
    if isinstance(request, list) and any(one["method"] == "eth_sendRawTransaction" for one in request):
        return [refusing(one, {}) for one in request]
    return each(refusing)(request, ask)


@pytest.mark.parametrize("refusing_first", [True, False])
def test_run__one_node_refuses__the_other_one_has_it(
    chain: Chain, db: None, complaints: File, refusing_first: bool
) -> None:
    complaints(3)
    with OddNode(chain.anvil.url, held_back) as url:
        urls = (url, chain.anvil.url) if refusing_first else (chain.anvil.url, url)
        assert drain(relay_on(chain, *urls)) is Outcome.IDLE
    assert set(Write.objects.values_list("state", flat=True)) == {Write.State.CONFIRMED}
    assert RelayLease.objects.get().blocked_reason == ""


def test_run__every_node_refuses__says_so(chain: Chain, db: None, complaints: File) -> None:
    complaints(1)
    with OddNode(chain.anvil.url, held_back) as one, OddNode(chain.anvil.url, held_back) as two:
        relay = relay_on(chain, one, two)
        for _ in range(3):
            relay.run_once()
    (write,) = Write.objects.all()
    assert write.state == Write.State.SENT
    assert write.transaction is not None
    assert write.transaction.refused_because == "txpool is full"


def test_run__first_node_fails__the_next_round_asks_the_other_one(chain: Chain, db: None, complaints: File) -> None:
    complaints(2)
    relay = relay_on(chain, "http://127.0.0.1:1", chain.anvil.url)
    assert relay.run_once() is Outcome.UNAVAILABLE
    assert drain(relay) is Outcome.IDLE
    assert set(Write.objects.values_list("state", flat=True)) == {Write.State.CONFIRMED}


def test_run__second_node_down__is_no_hindrance(chain: Chain, db: None, complaints: File) -> None:
    complaints(2)
    assert drain(relay_on(chain, chain.anvil.url, "http://127.0.0.1:1")) is Outcome.IDLE
    assert set(Write.objects.values_list("state", flat=True)) == {Write.State.CONFIRMED}


def other_chain(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    if request["method"] == "eth_chainId":
        return {**response, "result": "0x1"}
    if request["method"] == "eth_getBlockByNumber" and request["params"][0] == "0x0":
        return {**response, "result": {**response["result"], "hash": "0x" + "ab" * 32}}
    return response


def test_run__one_node_on_another_chain__works_with_the_other_one(chain: Chain, db: None, complaints: File) -> None:
    complaints(2)
    with OddNode(chain.anvil.url, each(other_chain)) as url:
        relay = relay_on(chain, url, chain.anvil.url)
        assert relay.run_once() is Outcome.UNAVAILABLE
        assert drain(relay) is Outcome.IDLE
        assert set(Write.objects.values_list("state", flat=True)) == {Write.State.CONFIRMED}
        relay.release()
        with pytest.raises(WrongChain):
            relay_on(chain, url, url).run_once()


def test_run__node_changes_to_another_chain__the_other_one_is_asked(chain: Chain, db: None, complaints: File) -> None:
    answer: list[Answered] = [lambda request, response: response]

    def now(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
        return answer[0](request, response)

    with OddNode(chain.anvil.url, each(now)) as url:
        relay = relay_on(chain, url, chain.anvil.url)
        assert relay.run_once() is Outcome.IDLE
        answer[0] = other_chain
        assert relay.run_once() is Outcome.UNAVAILABLE
        complaints(1)
        assert drain(relay) is Outcome.IDLE
    assert Write.objects.get().state == Write.State.CONFIRMED


def test_run__one_node__asks_as_much_as_ever(chain: Chain, db: None, complaints: File) -> None:
    asked: list[Any] = []

    def note(request: Any, ask: Callable[[Any], Any]) -> Any:
        asked.append([one["method"] for one in (request if isinstance(request, list) else [request])])
        return ask(request)

    with OddNode(chain.anvil.url, note) as url:
        relay = relay_on(chain, url)
        relay.run_once()
        asked.clear()
        relay.run_once()
        assert len(asked) == 1
        complaints(1)
        asked.clear()
        relay.run_once()
        assert sum("eth_sendRawTransaction" in each for each in asked) == 1


def pruned(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    if request["method"] == "eth_getBlockByNumber" and request["params"][0] == "0x0":
        return {**response, "result": None}
    return response


def test_run__node_without_block_0__writes_and_still_tells_chains_apart(
    chain: Chain, db: None, complaints: File
) -> None:
    answer: list[Answered] = [pruned]

    def now(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
        return answer[0](request, response)

    def another(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
        wanted = "0x" + chain.registry.encode("GENESIS").hex()
        if request["method"] == "eth_call" and request["params"][0]["data"] == wanted:
            return {**response, "result": "0x" + "ab" * 22 + "00" * 10}
        return pruned(request, response)

    complaints(2)
    with OddNode(chain.anvil.url, each(now)) as url:
        relay = relay_on(chain, url)
        assert drain(relay) is Outcome.IDLE
        assert set(Write.objects.values_list("state", flat=True)) == {Write.State.CONFIRMED}
        answer[0] = another
        with pytest.raises(WrongChain, match="GENESIS"):
            relay.run_once()
