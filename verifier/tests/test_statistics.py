"""Statistics from the chain alone; a third count comes from the raw logs, by other code."""

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import receipt as r
from tests.corpus.chain import DAY, Chain, Complaint, anvil

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


def figures(chain: Chain) -> dict[str, Any]:
    found: dict[str, Any] = statistics.read(chain.node, chain.deployment.contract, 0)
    return found


def test_main__lived_in_contract__counts_what_the_raw_logs_say(chain: Chain) -> None:
    command = [
        sys.executable,
        "-I",
        "-S",
        str(PATH),
        "--rpc",
        chain.node.url,
        "--contract",
        r.hex0x(chain.deployment.contract),
    ]
    said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
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
def test_read__withheld_log__is_found_out(chain: Chain, withheld: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = r.Node.ask

    def lying(node: r.Node, method: str, *params: Any) -> Any:
        result = ask(node, method, *params)
        if method == "eth_getLogs":
            links = [log for log in result if log["topics"][0] == r.hex0x(r.keccak(r._LINK_APPENDED.encode()))]
            del links[withheld]
            return links
        return result

    monkeypatch.setattr(r.Node, "ask", lying)
    with pytest.raises(statistics.Contradicted):
        figures(chain)
