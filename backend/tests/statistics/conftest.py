"""A registry with a past of several months, and the two other ways to count it."""

import json
import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from eth_utils import keccak

from blockchain.indexer.sync import events_sync
from blockchain.models import Complaint
from blockchain.protocol.hashing import unhex
from blockchain.protocol.kinds import EventType, Status
from tests.chain_fixtures import Chain
from tests.indexer.conftest import Filing, file, mined, record

__all__ = ["file"]

DAY = 86_400
VERIFIER = Path(__file__).resolve().parents[3] / "verifier"
LINK_APPENDED = "0x" + keccak(text="LinkAppended(bytes32,uint8,address,uint24,uint40,bytes32)").hex()
# What the status allows, other than what changes nothing.
MOVES = {
    Status.OPEN: (EventType.RESOLVED, EventType.REJECTED, EventType.CLOSED, EventType.SLA_PAUSED, EventType.COMMENTED),
    Status.ON_HOLD: (EventType.SLA_RESUMED, EventType.RESOLVED, EventType.CLOSED),
    Status.RESOLVED: (EventType.REOPENED, EventType.CLOSED),
    Status.CLOSED: (EventType.REOPENED,),
}


def lived(chain: Chain, file: Filing, *, seed: int, steps: int = 25) -> list[Complaint]:
    """A registry's life over several months, read to its end: the complaints."""
    chance, complaints = random.Random(seed), [file()]
    for _ in range(steps):
        if chance.random() < 0.4:
            complaints += [file() for _ in range(chance.randint(1, 3))]
        for complaint in chance.sample(complaints, k=min(2, len(complaints))):
            complaint.refresh_from_db()
            if complaint.next_nonce:
                record(complaint, chance.choice(MOVES[Status(complaint.accepted_status)]))
        if complaint_ids := [unhex(each.complaint_id) for each in complaints if chance.random() < 0.15]:
            chain.write("batchCheckAndEscalate", complaint_ids, sender=chain.stranger)
        if any(each.writes.filter(state="pending").exists() for each in complaints):
            mined(chain, at=chain.anvil.time() + chance.choice([12, DAY, 20 * DAY]))
    chain.anvil.warp(chain.anvil.time() + chance.choice([DAY, 40 * DAY]))
    events_sync(registry=chain.registry)
    return complaints


def counted_from_the_chain(chain: Chain) -> dict[str, Any]:
    """What verifier/statistics.py prints."""
    command = [sys.executable, "-I", "-S", str(VERIFIER / "statistics.py"), "--rpc", chain.anvil.url]
    done = subprocess.run(
        [*command, "--contract", chain.address], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def counted_by_hand(chain: Chain) -> dict[str, Any]:
    """A third count: from raw logs and the contract's own view, without code of the two others."""
    names = {0: "filed", 4: "resolved", 5: "rejected", 6: "closed", 7: "reopened", 13: "objected"}
    months: dict[str, Counter[str]] = {}
    levels: dict[str, Counter[int]] = {}
    escalations: Counter[str] = Counter()
    filed = []
    for log in chain.anvil.rpc("eth_getLogs", {"address": chain.address, "fromBlock": "0x0"}):
        if log["topics"][0] != LINK_APPENDED:
            continue
        kind, complaint_id = int(log["topics"][2], 16), log["topics"][1]
        month = datetime.fromtimestamp(int(log["data"][66:130], 16), UTC).isoformat()[:7]
        if kind in names:
            months.setdefault(month, Counter())[names[kind]] += 1
        if kind == 0:
            filed.append(complaint_id)
        if kind == 12:
            escalations[complaint_id] += 1
            levels.setdefault(month, Counter())[min(escalations[complaint_id], 3)] += 1
    ids = [unhex(each) for each in filed]
    (states,) = chain.registry.call("getComplaints", ids)
    (due,) = chain.registry.call("escalatable", ids)
    return {
        "filed": len(filed),
        "registry_chain": "0x" + chain.registry.call("registry")[0].hex(),
        "statuses": dict(Counter(("NONE", "OPEN", "ON_HOLD", "RESOLVED", "CLOSED")[state[3]] for state in states)),
        "overdue": dict(Counter(str(min(state[4], 3)) for state, is_due in zip(states, due, strict=True) if is_due)),
        "months": {
            month: {
                **{name: months.get(month, Counter())[name] for name in names.values()},
                "missed": {str(level): n for level, n in levels.get(month, Counter()).items()},
            }
            for month in {*months, *levels}
        },
    }


@pytest.fixture
def filed(chain: Chain, file: Filing) -> list[Complaint]:
    """Three filings that were read, one of them resolved."""
    complaints = [file() for _ in range(3)]
    mined(chain)
    record(complaints[1], EventType.RESOLVED)
    mined(chain)
    events_sync(registry=chain.registry)
    return complaints
