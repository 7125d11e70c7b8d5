"""`verify` with several nodes, of which one lies, is sick, or is dead."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import receipt as r
from tests.commands.running import CORPUS, run, saved, verdict
from tests.corpus.chain import Chain, Complaint
from tests.proxy import Proxy


def _hash_of_two_bytes(method: str, result: Any) -> Any:
    return {**result, "hash": "0x1234"} if method == "eth_getBlockByNumber" else result


def _chain_id(value: Any) -> Callable[[str, Any], Any]:
    return lambda method, result: value if method == "eth_chainId" else result


def _number(value: Any) -> Callable[[str, Any], Any]:
    return lambda method, result: {**result, "number": value} if method == "eth_getBlockByNumber" else result


def _block(value: Any) -> Callable[[str, Any], Any]:
    return lambda method, result: value if method == "eth_getBlockByNumber" else result


@pytest.mark.parametrize(
    "alters",
    [
        _hash_of_two_bytes,
        _chain_id(hex(2**60)),
        _chain_id("-0x1"),
        _chain_id(31337),
        _chain_id(["0x7a69"]),
        _chain_id(None),
        _number(hex(2**60)),
        _number(-1),
        _number(None),
        _block("a text"),
        _block(["a list"]),
        _block({}),
        _block(True),
    ],
)
def test_verify__malformed_answers_of_one_node_of_three__change_nothing_and_name_it(
    chain: Chain, final: Path, alters: Callable[[str, Any], Any]
) -> None:
    """Claim C10."""
    with Proxy(chain.node.url) as one, Proxy(chain.node.url) as two, Proxy(chain.node.url, alters=alters) as third:
        good = ["--rpc", one.url, "--rpc", two.url]
        done = run("verify", final, *good, "--rpc", third.url)
        assert third.url.removeprefix("http://") in done.stderr
        assert verdict(final, "--rpc", one.url, "--rpc", third.url, status=2)["header"] == "not-trusted"


def test_verify__node_that_refuses_with_control_characters__shows_none(chain: Chain) -> None:
    with Proxy(chain.node.url) as node:
        node.answer = lambda _: {"jsonrpc": "2.0", "id": 1, "error": {"message": "\x1b[2J no\u202e"}}  # type: ignore[method-assign]
        done = run("verify", CORPUS / "sound_proved" / "receipt.json", "--rpc", node.url, status=2)
    assert "refuses eth_chainId: ?[2J no?" in done.stderr


def test_verify__two_nodes_of_three__proves_and_asks_for_headers_only(chain: Chain, tmp_path: Path) -> None:
    """Claim C10: a lying node changes nothing, a dead one is named, and no request says what is checked."""
    complaint = Complaint(chain, "nodes")
    complaint.file()
    complaint.prove()
    chain.node.ask("anvil_mine", hex(70))  # anvil's `finalized` lies 64 blocks back
    path = saved(tmp_path / "receipt.json", complaint.receipt())
    with Proxy(chain.node.url) as one, Proxy(chain.node.url) as two, Proxy(chain.node.url, lies=True) as lying:
        good = ["--rpc", one.url, "--rpc", two.url]
        assert verdict(path, *good, "--rpc", lying.url, status=0)["header"] == "rpc"
        assert verdict(path, "--rpc", one.url, "--rpc", lying.url, status=2)["header"] == "not-trusted"
        dead = run("verify", path, *good, "--rpc", "http://localhost:9/secret-key")
        assert "localhost:9 does not answer eth_chainId" in dead.stderr
        assert "secret-key" not in dead.stderr + dead.stdout
        said = one.said + two.said + lying.said
        assert {json.loads(each)["method"] for each in said} == {"eth_chainId", "eth_getBlockByNumber"}
        secrets = [
            complaint.id.hex(),
            chain.deployment.contract.hex(),
            r.slot_of(r.Slot("complaint", ()), complaint.id).hex(),
        ]
        assert not any(secret in each for each in said for secret in secrets)
    assert run("verify", path, "--rpc", chain.node.url, "--rpc", chain.node.url, status=2).stdout == ""
    chain.time = int(chain.node.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
