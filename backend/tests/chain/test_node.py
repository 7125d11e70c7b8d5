"""Nodes as they are: what they answer is taken for what it is, or the node is not well. No process ends by it."""

from typing import Any

import pytest

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainError, ChainUnavailable, ContractReverted, NodeError
from blockchain.chain.node import Node
from blockchain.protocol.kinds import EventType
from tests.chain.odd_node import OddNode, each
from tests.chain_fixtures import Chain

CALLS: list[tuple[str, list[Any]]] = [("eth_chainId", []), ("eth_gasPrice", [])] * 30


@pytest.mark.parametrize("longest", [10, 1, 0], ids=["ten", "one", "no batches"])
def test_batch__provider_takes_short_ones_only__goes_on_with_shorter_ones(chain: Chain, longest: int) -> None:
    lengths = []

    def short(request: Any, ask: Any) -> Any:
        if isinstance(request, list):
            lengths.append(len(request))
            if len(request) > longest:
                return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "batch too large"}}
        return ask(request)

    with OddNode(chain.anvil.url, short) as url:
        node = Node(url=url)
        assert len(node.batch(CALLS)) == len(CALLS)
        refused = len([length for length in lengths if length > longest])
        node.batch(CALLS)
    # It remembers.
    assert len([length for length in lengths if length > longest]) == refused


def test_batch__answers_in_another_order__are_put_in_order(chain: Chain) -> None:
    with OddNode(chain.anvil.url, lambda request, ask: list(reversed(ask(request)))) as url:
        answers = Node(url=url).batch(CALLS)
    assert {answers[index] for index in range(0, len(CALLS), 2)} == {hex(31337)}


def test_batch__busy__is_unavailable_and_batches_stay_as_long(chain: Chain) -> None:
    busy = {"jsonrpc": "2.0", "id": None, "error": {"code": -32005, "message": "limit exceeded"}}
    with OddNode(chain.anvil.url, lambda request, ask: busy) as url:
        node = Node(url=url)
        with pytest.raises(ChainUnavailable, match="limit exceeded"):
            node.batch(CALLS)
        with pytest.raises(ChainUnavailable, match="limit exceeded"):
            node.request("eth_chainId")
    assert node._batch_limit.value == 100


@pytest.mark.parametrize(
    ("method", "params", "odd"),
    [
        ("eth_getBlockByNumber", ["latest", False], []),
        ("eth_getBlockByNumber", ["latest", False], {"number": "0x1"}),
        (
            "eth_getBlockByNumber",
            ["latest", False],
            {"number": 1, "hash": "0x", "parentHash": "0x", "timestamp": "0x1"},
        ),
        ("eth_getTransactionReceipt", ["0x" + "11" * 32], {"blockHash": "0x" + "11" * 32}),
        ("eth_getTransactionReceipt", ["0x" + "11" * 32], "0x"),
        ("eth_getLogs", [{}], {}),
        ("eth_call", [{}, "latest"], "0xzz"),
        ("eth_call", [{}, "latest"], ["0x"]),
        ("eth_getCode", ["0x" + "11" * 20, "latest"], "none"),
        ("eth_chainId", [], 31337),
        ("eth_gasPrice", [], "0x"),
        ("eth_getBalance", ["0x" + "11" * 20, "latest"], True),
    ],
)
def test_request__odd_answer__is_unavailable(chain: Chain, method: str, params: list[Any], odd: Any) -> None:
    with OddNode(chain.anvil.url, each(lambda request, response: {**response, "result": odd})) as url:
        node = Node(url=url)
        with pytest.raises(ChainUnavailable):
            node.request(method, *params)
        with pytest.raises(ChainUnavailable):
            node.batch([(method, params)] * 2)


@pytest.mark.parametrize("body", [None, [], 7, "no", {}, {"jsonrpc": "2.0", "id": 1}, [None, None], [{}, {}]])
def test_node__body_that_is_no_json_rpc__is_unavailable(chain: Chain, body: Any) -> None:
    with OddNode(chain.anvil.url, lambda request, ask: body) as url:
        node = Node(url=url)
        with pytest.raises(ChainUnavailable):
            node.request("eth_chainId")
        with pytest.raises(ChainUnavailable):
            node.batch(CALLS[:2])


def test_batch__answers_without_ids__are_not_guessed(chain: Chain) -> None:
    def nameless(request: Any, ask: Any) -> Any:
        return [{**response, "id": None} for response in ask(request)]

    with OddNode(chain.anvil.url, nameless) as url, pytest.raises(ChainUnavailable, match="which answer"):
        Node(url=url).batch(CALLS[:2])


def test_receipts__pending_with_nulls__is_none(chain: Chain) -> None:
    pending = {"transactionHash": "0x" + "11" * 32, "blockHash": None, "blockNumber": None, "status": None}
    with OddNode(chain.anvil.url, each(lambda request, response: {**response, "result": pending})) as url:
        assert Node(url=url).receipts(["0x" + "11" * 32]) == [None]


def test_block__base_fee_of_null__is_none_at_all(chain: Chain) -> None:
    def null(request: Any, response: Any) -> Any:
        response["result"]["baseFeePerGas"] = None
        return response

    with OddNode(chain.anvil.url, each(null)) as url:
        header = Node(url=url).block("latest")
    assert header is not None
    assert "baseFeePerGas" not in header


@pytest.mark.parametrize(("code", "expected"), [("-32000", -32000), ("NOT_FOUND", 0), (None, 0), (3, 3)])
def test_request__error_code_as_text__is_a_node_error(chain: Chain, code: Any, expected: int) -> None:
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": "no"}}
    with OddNode(chain.anvil.url, lambda request, ask: error) as url, pytest.raises(NodeError) as raised:
        Node(url=url).request("eth_chainId")
    assert (raised.value.code, raised.value.message) == (expected, "no")


COMPLAINT = "0x" + "11" * 32


def test_complaints__more_than_one_call__are_all_there(chain: Chain) -> None:
    ids = [f"0x{number:064x}" for number in range(1_203)]
    last = bytes.fromhex(ids[-1][2:])
    chain.write("logComplaintEvent", last, EventType.CREATED, bytes(32), 0)
    states = chain.registry.complaints(ids)
    assert list(states) == ids
    assert [index for index, state in enumerate(states.values()) if state.event_count] == [1_202]
    assert chain.registry.complaints([]) == {}


@pytest.mark.parametrize("answer", ["0x", "0x00", "0x" + f"{32:064x}" + f"{0:064x}"], ids=["none", "short", "empty"])
def test_complaints__undecodable_or_too_few__is_a_chain_error(chain: Chain, answer: str) -> None:
    with OddNode(chain.anvil.url, each(lambda request, response: {**response, "result": answer})) as url:
        registry = Registry(deployed=chain.registry.deployment, on=Node(url=url))
        with pytest.raises(ChainError):
            registry.complaints([COMPLAINT])


def test_complaints__unknown_status__is_a_chain_error(chain: Chain) -> None:
    words = [32, 1, 0, 1, 0, 9, 0, 0]
    answer = "0x" + "".join(f"{word:064x}" for word in words)
    with OddNode(chain.anvil.url, each(lambda request, response: {**response, "result": answer})) as url:
        registry = Registry(deployed=chain.registry.deployment, on=Node(url=url))
        with pytest.raises(ChainError, match="unknown status"):
            registry.complaints([COMPLAINT])


def test_call__contract_reverts__names_the_error_and_its_arguments(chain: Chain) -> None:
    with pytest.raises(ContractReverted) as raised:
        chain.registry.call("checkAndEscalate", bytes.fromhex(COMPLAINT[2:]))
    assert raised.value.name == "SLANotBreached"
    assert raised.value.arguments == {"complaintId": COMPLAINT, "deadline": 0}


@pytest.mark.parametrize("data", ["Reverted", "0x123", None, {"data": 7}, "0xzzzzzzzzzz"])
def test_revert_of__no_revert_data__is_the_nodes_own_error(chain: Chain, data: Any) -> None:
    error = NodeError(code=3, message="execution reverted", data=data)
    assert chain.registry.revert_of(error) is error


@pytest.mark.parametrize("data", ["0x12345678", "Reverted 0x12345678", {"data": "0x12345678"}])
def test_revert_of__selector_of_no_error__is_unknown(chain: Chain, data: Any) -> None:
    found = chain.registry.revert_of(NodeError(code=3, message="", data=data))
    assert isinstance(found, ContractReverted)
    assert found.name == "Unknown"
