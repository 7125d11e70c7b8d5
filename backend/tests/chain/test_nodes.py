"""Several nodes: the first one is asked as long as it answers well; one node costs no request more than before."""

from collections.abc import Iterator
from typing import Any

import pytest

from blockchain.chain import standing
from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, WrongChain
from blockchain.chain.guard import chain_check, chain_check_any
from blockchain.chain.node import Node
from blockchain.chain.nodes import Nodes, node_urls, nodes_new, socket_urls
from blockchain.chain.standing import HALF_LIFE, WRONG_SECONDS, Standing
from blockchain.health.report import health_report
from tests.chain.odd_node import OddNode, each
from tests.chain_fixtures import Chain


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def three(clock: Clock) -> list[Node]:
    made = [Node(url=f"http://127.0.0.1:{port}") for port in (1, 2, 3)]
    for node in made:
        node.standing = Standing(clock=clock)
    return made


def test_nodes__all_well__the_first_is_asked(three: list[Node]) -> None:
    nodes = Nodes(three)
    assert nodes.best() is three[0]
    assert nodes.others(three[0]) == three[1:]


def test_nodes__first_one_fails__the_next_is_asked_until_the_fault_is_old(three: list[Node], clock: Clock) -> None:
    nodes = Nodes(three)
    with pytest.raises(ChainUnavailable):
        three[0].request("eth_chainId")
    assert nodes.best() is three[1]
    three[1].standing.fault()
    assert nodes.best() is three[2]
    clock.now = 2 * HALF_LIFE
    assert nodes.best() is three[0]


def test_nodes__all_fail__the_one_that_failed_least_is_asked(three: list[Node]) -> None:
    for node, faults in zip(three, (3, 1, 2), strict=True):
        for _ in range(faults):
            node.standing.fault()
    assert Nodes(three).ordered() == [three[1], three[2], three[0]]


def test_nodes__on_another_chain__is_left_alone_for_a_while(three: list[Node], clock: Clock) -> None:
    nodes = Nodes(three)
    three[0].standing.wrong()
    assert nodes.best() is three[1]
    assert three[0] not in nodes.others(three[1])
    clock.now = WRONG_SECONDS
    assert nodes.best() is three[0]


def test_nodes__none__is_refused() -> None:
    with pytest.raises(ValueError, match="BLOCKCHAIN_NODE_URLS"):
        Nodes([])


def test_nodes_new__sockets_in_the_list__are_no_nodes(settings: Any) -> None:
    settings.BLOCKCHAIN_NODE_URLS = ["http://a.example/k", "wss://b.example/k", "https://c.example"]
    settings.BLOCKCHAIN_NODE_AUTH = [None, {"BACKEND": "blockchain.chain.auth.HeaderAuth"}]
    settings.BLOCKCHAIN_NODE_HEADER = "X-Key: abc"
    assert [node.name for node in nodes_new()] == ["http://a.example", "https://c.example"]
    assert socket_urls() == ["wss://b.example/k"]
    assert node_urls() == ["http://a.example/k", "https://c.example"]


@pytest.fixture
def counted(chain: Chain) -> Iterator[tuple[str, list[Any]]]:
    """A node that counts the requests over HTTP."""
    seen: list[Any] = []

    def note(request: Any, ask: Any) -> Any:
        seen.append(request)
        return ask(request)

    with OddNode(chain.anvil.url, note) as url:
        yield url, seen


def registry_on(chain: Chain, *urls: str) -> Registry:
    nodes = Nodes([Node(url=url, timeout=2) for url in urls])
    return Registry(deployed=chain.registry.deployment, on=nodes.best(), nodes=nodes)


def test_chain_check_any__first_on_another_chain__takes_the_next(chain: Chain) -> None:
    def other(request: Any, response: Any) -> Any:
        return response | {"result": "0x1"} if request["method"] == "eth_chainId" else response

    with OddNode(chain.anvil.url, each(other)) as url:
        registry = registry_on(chain, url, chain.anvil.url)
        assert chain_check_any(registry).node.name == Node(url=chain.anvil.url).name
        assert registry.best().node is not registry.node
        with pytest.raises(WrongChain):
            chain_check_any(registry_on(chain, url, url))


def test_chain_check_any__first_refuses__takes_the_next(chain: Chain) -> None:
    def refused(request: Any, response: Any) -> Any:
        return {"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32603, "message": "the index is broken"}}

    with OddNode(chain.anvil.url, each(refused)) as url:
        registry = registry_on(chain, url, chain.anvil.url)
        assert chain_check_any(registry).node.name == Node(url=chain.anvil.url).name
        with pytest.raises(ChainUnavailable, match="refuses to answer: the index is broken"):
            chain_check_any(registry_on(chain, url, url))


def test_chain_check_any__first_down_second_wrong__is_only_unavailable(chain: Chain) -> None:
    def other(request: Any, response: Any) -> Any:
        return response | {"result": "0x1"} if request["method"] == "eth_chainId" else response

    with OddNode(chain.anvil.url, each(other)) as url, pytest.raises(ChainUnavailable):
        chain_check_any(registry_on(chain, "http://127.0.0.1:1", url))


@pytest.mark.parametrize(
    "answer", [{"result": None}, {"error": {"code": 4444, "message": "pruned history unavailable"}}]
)
def test_chain_check__block_0_pruned__the_contract_tells_its_history(chain: Chain, answer: dict[str, Any]) -> None:
    genesis = "0x" + "00" * 32

    def pruned(request: Any, response: Any) -> Any:
        if request["method"] == "eth_getBlockByNumber" and request["params"][0] == "0x0":
            return {"jsonrpc": "2.0", "id": request["id"], **answer}
        return response

    def another(request: Any, response: Any) -> Any:
        if request["method"] == "eth_call":
            return {"jsonrpc": "2.0", "id": request["id"], "result": genesis}
        return pruned(request, response)

    with OddNode(chain.anvil.url, each(pruned)) as url:
        chain_check(registry_on(chain, url))
    with OddNode(chain.anvil.url, each(another)) as url, pytest.raises(WrongChain, match="GENESIS"):
        chain_check(registry_on(chain, url))


@pytest.mark.django_db
def test_health_report__one_of_two_down__is_named_and_everything_else_is_measured(chain: Chain, settings: Any) -> None:
    settings.BLOCKCHAIN_NODE_URLS = ["http://127.0.0.1:1/secret-token", chain.anvil.url]
    found = health_report()["chain"]
    assert (found["problems"], found["head"]) == ([], int(chain.anvil.head()["number"], 16))
    (note,) = found["notes"]
    assert note["problem"].startswith("http://127.0.0.1:1: ")
    assert "secret-token" not in str(found)
    assert [set(each) for each in found["nodes"]] == [{"node", "problem"}, {"node", "head"}]


@pytest.mark.django_db
def test_health_report__one_of_two_on_another_chain__is_red(chain: Chain, settings: Any) -> None:
    def other(request: Any, response: Any) -> Any:
        return response | {"result": "0x1"} if request["method"] == "eth_chainId" else response

    with OddNode(chain.anvil.url, each(other)) as url:
        settings.BLOCKCHAIN_NODE_URLS = [chain.anvil.url, url]
        (problem,) = health_report()["chain"]["problems"]
    assert "the node is on chain 1" in problem["problem"]


def test_standing__half_life__is_what_it_says(clock: Clock) -> None:
    found = Standing(clock=clock)
    found.fault()
    clock.now = standing.HALF_LIFE
    assert found.faults == pytest.approx(0.5)
