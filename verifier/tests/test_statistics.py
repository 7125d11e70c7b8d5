"""Statistics from the chain alone; a third count comes from the raw logs, by other code."""

import importlib.util
import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

import receipt as r
from tests.corpus.chain import DAY, Chain, Complaint, anvil
from tests.mutants import places_of

PATH = Path(r.__file__).with_name("statistics.py")
# By its path: the standard library has a module of this name.
_spec = importlib.util.spec_from_file_location("receipt_statistics", PATH)
assert _spec
assert _spec.loader
statistics = importlib.util.module_from_spec(_spec)
sys.modules["receipt_statistics"] = statistics
_spec.loader.exec_module(statistics)


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """A few complaints over several months."""
    with anvil() as node:
        chain = Chain.deployed(node)
        chain.file_others(3)
        first, second, third = (Complaint(chain, label) for label in ("one", "two", "three"))
        first.file()
        second.file(after=20 * DAY)
        first.add(r.RESOLVED, changes={"status": ["a", "b"]}, after=12)
        third.file(after=20 * DAY)
        second.escalate(after=12 * DAY)
        third.hold()
        second.add(r.REJECTED, changes={"status": ["a", "b"]})
        chain.mine(after=40 * DAY)
        yield chain


Ask = Callable[..., Any]


def figures(chain: Chain, first: int = 0, block_hash: bytes | None = None) -> dict[str, Any]:
    found: dict[str, Any] = statistics.read(chain.node, chain.deployment.contract, first, block_hash)
    return found


def command(chain: Chain, *more: str) -> list[str]:
    contract = r.hex0x(chain.deployment.contract)
    return [sys.executable, "-I", "-S", str(PATH), "--rpc", chain.node.url, "--contract", contract, *more]


def status(chain: Chain, *more: str) -> int:
    """The exit status, in this process."""
    found: int = statistics.main(command(chain, *more)[4:])
    return found


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], Ask]:
    """Puts a function between the reader and the node: it gets the real `ask`, the method and its parameters."""
    real = r.Node.ask

    def put(between: Callable[..., Any]) -> Ask:
        def asked(node: r.Node, method: str, *params: Any) -> Any:
            return between(lambda *question: real(node, *question), method, *params)

        monkeypatch.setattr(r.Node, "ask", asked)
        return real

    return put


def test_main__lived_in_contract__counts_what_the_raw_logs_say(chain: Chain) -> None:
    said = json.loads(subprocess.run(command(chain), check=True, capture_output=True).stdout)
    filed: Counter[str] = Counter()
    kinds: Counter[int] = Counter()
    logs = chain.node.ask("eth_getLogs", {"address": r.hex0x(chain.deployment.contract), "fromBlock": "0x0"})
    for log in (log for log in logs if len(log["topics"]) == 4 and len(log["data"]) == 194):
        kind = int(log["topics"][2], 16)
        kinds[kind] += 1
        if kind == 0:
            filed[f"{datetime.fromtimestamp(int(log['data'][66:130], 16), UTC):%Y-%m}"] += 1
    assert said["filed"] == kinds[0] == 6
    assert {month: each["filed"] for month, each in said["months"].items() if each["filed"]} == dict(filed)
    assert sum(each["resolved"] for each in said["months"].values()) == kinds[4] == 1
    assert sum(each["rejected"] for each in said["months"].values()) == kinds[5] == 1
    assert sum(sum(each["missed"].values()) for each in said["months"].values()) == kinds[12]
    assert said["statuses"] == {"ON_HOLD": 1, "OPEN": 3, "RESOLVED": 2}
    assert said["overdue"] == {"0": 3}
    assert len(said["months"]) >= 3


@pytest.mark.parametrize("withheld", [0, 3, -1])
def test_read__withheld_log__is_found_out(chain: Chain, withheld: int, ask: Callable[..., Ask]) -> None:
    def lying(real: Ask, method: str, *params: Any) -> Any:
        result = real(method, *params)
        if method == "eth_getLogs":
            del result[withheld]
        return result

    ask(lying)
    with pytest.raises(statistics.Contradicted):
        figures(chain)


def test_read__withheld_log_and_the_right_first_block__is_found_out(chain: Chain, ask: Callable[..., Ask]) -> None:
    ask(lambda real, method, *params: real(method, *params)[1:] if method == "eth_getLogs" else real(method, *params))
    with pytest.raises(statistics.Contradicted):
        figures(chain, first=1)


def test_read__false_proof__is_found_out(chain: Chain, ask: Callable[..., Ask]) -> None:
    def lying(real: Ask, method: str, *params: Any) -> Any:
        result = real(method, *params)
        if method == "eth_getProof":
            result["storageProof"][0]["proof"].pop()
        return result

    ask(lying)
    with pytest.raises(statistics.Contradicted, match="proof does not hold"):
        figures(chain)


class Reorganisations:
    """Exchanges the newest block after the logs were read: so many times."""

    def __init__(self, chain: Chain, count: int) -> None:
        self.count, self.chain = count, chain
        self.snapshot = chain.node.ask("evm_snapshot")
        Complaint(chain, f"orphaned {count}").file()

    def __call__(self, real: Ask, method: str, *params: Any) -> Any:
        result = real(method, *params)
        if method == "eth_getLogs" and self.count:
            self.count -= 1
            real("evm_revert", self.snapshot)
            self.snapshot = real("evm_snapshot")
            Complaint(self.chain, f"new {self.count}").file(after=12 + self.count)
        return result


def test_read__reorganisation_between_two_questions__counts_what_is_there_then(
    chain: Chain, ask: Callable[..., Ask]
) -> None:
    before, begun = figures(chain)["filed"], chain.node.ask("evm_snapshot")
    between = Reorganisations(chain, 1)
    ask(between)
    found = figures(chain)
    assert (between.count, found["filed"]) == (0, before + 1)
    assert found["block"]["hash"] == chain.node.ask("eth_getBlockByNumber", "latest", False)["hash"]
    chain.node.ask("evm_revert", begun)


def test_main__reorganisations_without_end__is_not_decided(
    chain: Chain, ask: Callable[..., Ask], capsys: pytest.CaptureFixture[str]
) -> None:
    begun = chain.node.ask("evm_snapshot")
    ask(Reorganisations(chain, 99))
    assert status(chain) == 2
    assert "no longer on the node's chain" in capsys.readouterr().err
    chain.node.ask("evm_revert", begun)


def test_main__first_block_after_the_first_links__is_not_decided(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = chain.node.number("eth_blockNumber")
    for first, text in ((4, "give an earlier --from-block"), (newest + 1, "is later than block"), (-1, "is a number")):
        assert status(chain, "--from-block", str(first)) == 2
        assert text in capsys.readouterr().err
    assert status(chain, "--from-block", "1") == 0


def test_read__hash_of_an_older_block__counts_at_this_block(chain: Chain) -> None:
    newest = figures(chain)
    counts = []
    for number in range(1, newest["block"]["number"] + 1):
        block = chain.node.ask("eth_getBlockByNumber", hex(number), False)["hash"]
        found = figures(chain, block_hash=bytes.fromhex(block[2:]))
        assert found["block"]["hash"] == block
        counts.append(found["filed"])
    assert counts[:4] == [0, 1, 2, 3]
    assert counts == sorted(counts)
    assert found == newest


def test_main__hash_of_no_usable_block__is_not_decided(
    chain: Chain, ask: Callable[..., Ask], capsys: pytest.CaptureFixture[str]
) -> None:
    begun = chain.node.ask("evm_snapshot")
    block = chain.node.ask("eth_getBlockByNumber", "latest", False)["hash"]
    later = Chain.deployed(chain.node)
    for block_hash, text in (
        (block, "the contract did not exist yet"),
        ("0x" + "12" * 32, "has no block 0x1212"),
        ("0x12", "--block-hash"),
    ):
        assert status(later, "--block-hash", block_hash) == 2
        assert text in capsys.readouterr().err
    assert status(later) == 0
    ask(
        lambda real, method, *params: (
            real("eth_getBlockByNumber", "latest", False) if "ByHash" in method else real(method, *params)
        )
    )
    assert status(chain, "--block-hash", block) == 2
    assert f"gives another block for block {block}" in capsys.readouterr().err
    chain.node.ask("evm_revert", begun)


METHODS = ("eth_chainId", "eth_call", "eth_getBlockByNumber", "eth_getLogs", "eth_getProof")
ODD = (None, "text", "0x", "0x" + "f" * 64, 5, 2**70, True, {}, [None], [[]], ["0x"], [{}], {"hash": 5})


@pytest.mark.parametrize("method", METHODS)
def test_main__odd_answer__is_not_decided(
    chain: Chain, method: str, ask: Callable[..., Ask], capsys: pytest.CaptureFixture[str]
) -> None:
    odd: Any = None
    ask(lambda real, asked, *params: odd if asked == method else real(asked, *params))
    for odd in ODD:
        assert status(chain) == 2, odd
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("statistics.py: "), odd


@pytest.mark.parametrize("method", ["eth_getBlockByNumber", "eth_getLogs", "eth_getProof"])
def test_main__odd_member_of_an_answer__is_no_traceback(
    chain: Chain,
    method: str,
    ask: Callable[..., Ask],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers: dict[str, Any] = {}

    def kept(real: Ask, asked: str, *params: Any) -> Any:
        answers[asked] = real(asked, *params)
        return answers[asked]

    ask(kept)
    figures(chain)
    monkeypatch.setattr(r, "keccak", keccak)
    sound, odds = json.dumps(answers[method]), itertools.cycle(ODD)
    for place in range(len(list(places_of(answers[method])))):
        answer, odd = json.loads(sound), next(odds)
        container, key = list(places_of(answer))[place]
        container[key] = odd
        ask(lambda real, asked, *params, said=answer: said if asked == method else real(asked, *params))
        assert status(chain) in (0, 1, 2)
        assert len(capsys.readouterr().err.splitlines()) <= 1


@pytest.mark.parametrize("error", [RecursionError, MemoryError, KeyboardInterrupt])
def test_main__interruption__is_not_decided_and_no_traceback(
    chain: Chain, error: type[BaseException], ask: Callable[..., Ask], capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(real: Ask, method: str, *params: Any) -> Any:
        if method == "eth_getLogs":
            raise error
        return real(method, *params)

    ask(failing)
    assert status(chain) == 2
    assert capsys.readouterr().err.startswith("statistics.py: ")


@pytest.mark.parametrize("is_quiet", [False, True], ids=["stderr", "no_stderr"])
@pytest.mark.parametrize("how", ["closed pipe", "/dev/full"])
def test_main__output_that_nobody_takes__is_not_decided_and_no_traceback(
    chain: Chain, how: str, is_quiet: bool
) -> None:
    reading, writing = os.pipe() if how == "closed pipe" else (-1, os.open(how, os.O_WRONLY))
    if reading >= 0:
        os.close(reading)
    errors = writing if is_quiet else subprocess.PIPE
    done = subprocess.run(command(chain), check=False, stdout=writing, stderr=errors, text=True)
    os.close(writing)
    assert done.returncode == 2
    if not is_quiet:
        assert done.stderr.startswith("statistics.py: the figures could not be written")
        assert len(done.stderr.splitlines()) == 1
