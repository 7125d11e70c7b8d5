"""Calls in a block that is named by its hash, also where the node only takes numbers (no EIP-1898)."""

from typing import Any

import pytest

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.node import Node
from tests.chain.odd_node import OddNode, each
from tests.chain_fixtures import Chain

REFUSED = {"code": -32602, "message": "invalid argument 1: hex string expected"}


def numbers_only(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    if request["method"] == "eth_call" and isinstance(request["params"][1], dict):
        return {"jsonrpc": "2.0", "id": request["id"], "error": REFUSED}
    return response


def registry_on(chain: Chain, url: str) -> Registry:
    return Registry(deployed=chain.registry.deployment, on=Node(url=url))


def test_call__node_takes_no_hashes__is_asked_by_number_between_two_looks_at_the_block(chain: Chain) -> None:
    head, unknown = chain.anvil.head(), "0x" + "12" * 32
    asked: list[Any] = []

    def note(request: Any, ask: Any) -> Any:
        asked.append(request)
        return each(numbers_only)(request, ask)

    with OddNode(chain.anvil.url, note) as url:
        registry = registry_on(chain, url)
        states = registry.complaints([unknown], block={"blockHash": head["hash"]})
        assert states[unknown].event_count == 0
        assert len(asked) == 3
        methods = [(one["method"], one["params"][-1]) for one in asked[-1]]
        block = "eth_getBlockByNumber", False
        assert methods == [block, ("eth_call", head["number"]), block]
        # It remembers, and does not try by hash again.
        asked.clear()
        registry.call("registry", block={"blockHash": head["hash"]})
        assert len(asked) == 2


def test_call__block_not_there__stays_the_nodes_refusal(chain: Chain) -> None:
    for block_hash in ("0x" + "ab" * 32, chain.anvil.head()["parentHash"]):
        with OddNode(chain.anvil.url, each(replaced(block_hash))) as url, pytest.raises(NodeError):
            registry_on(chain, url).call("registry", block={"blockHash": block_hash})


def replaced(block_hash: str) -> Any:
    """The block is known by its hash, but at its number is another one."""

    def answer(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
        if request["method"] == "eth_getBlockByNumber":
            return {**response, "result": {**response["result"], "hash": "0x" + "cd" * 32}}
        return numbers_only(request, response)

    return answer


def test_call__node_takes_hashes__costs_one_request(chain: Chain) -> None:
    asked: list[Any] = []

    def note(request: Any, ask: Any) -> Any:
        asked.append(request)
        return ask(request)

    with OddNode(chain.anvil.url, note) as url:
        registry_on(chain, url).call("registry", block={"blockHash": chain.anvil.head()["hash"]})
    assert len(asked) == 1


def test_call__node_refuses_all_calls__is_still_no_answer(chain: Chain) -> None:
    def none(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
        if request["method"] == "eth_call":
            return {"jsonrpc": "2.0", "id": request["id"], "error": REFUSED}
        return response

    with OddNode(chain.anvil.url, each(none)) as url, pytest.raises((NodeError, ChainUnavailable)):
        registry_on(chain, url).call("registry", block={"blockHash": chain.anvil.head()["hash"]})
