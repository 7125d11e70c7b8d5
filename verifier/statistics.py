#!/usr/bin/env python3
"""Counts a contract's complaints by month and level, from one node of your choice, and proves that none is missing.

    python3 statistics.py --rpc URL --contract 0x… [--from-block N] [--block-hash 0x…]

Needs receipt.py beside it, and nothing else. The links come from the node's logs. Each complaint's links must lead to
its storage slot, and all filings in their order to the registry's chain; both are proved under the header of one block
(`eth_getProof`). A node that withholds a complaint or a link is therefore found out. What is left to trust is that the
block is on the chain: compare its hash, or ask for a block that you trust with --block-hash.

Exit status: 0 counted and complete, 1 the node's answers contradict each other, 2 not decided.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

sys.path.append(str(Path(__file__).resolve().parent))

import receipt as r

# Keys of one eth_getProof.
CHUNK: Final = 256
# How often everything is asked while the answers do not belong together.
ATTEMPTS: Final = 3
COUNTED: Final = {
    r.CREATED: "filed",
    r.RESOLVED: "resolved",
    r.REJECTED: "rejected",
    r.CLOSED: "closed",
    r.REOPENED: "reopened",
    r.OBJECTED: "objected",
}


class Contradicted(Exception):
    """The node's logs and its proofs do not belong together. The message is one line."""


@dataclass
class History:
    """All links of a contract: by complaint, and the ids in the order of the filings."""

    links: dict[bytes, list[r.Link]] = field(default_factory=dict)
    filed: list[bytes] = field(default_factory=list)


def history_of(logs: Iterable[r.Json]) -> History:
    """The links in the contract's logs, which are in the order of the chain."""
    history = History()
    topic = r.hex0x(r.keccak(r._LINK_APPENDED.encode()))
    for log in logs:
        if log["topics"][0] != topic:
            continue
        complaint_id, kind = bytes.fromhex(log["topics"][1][2:]), int(log["topics"][2], 16)
        data = bytes.fromhex(log["data"][2:])
        sequence, time = int.from_bytes(data[:32], "big"), int.from_bytes(data[32:64], "big")
        actor = bytes.fromhex(log["topics"][3][-40:])
        history.links.setdefault(complaint_id, []).append(r.Link(sequence, kind, actor, time, data[64:96]))
        if kind == r.CREATED:
            history.filed.append(complaint_id)
    return history


def registry_chain(filed: Iterable[bytes]) -> bytes:
    """27 bytes that commit to all filings in their order."""
    chain = bytes(27)
    for complaint_id in filed:
        chain = r.keccak(chain + bytes(5) + complaint_id)[:27]
    return chain


def statistics_of(
    history: History, deployment: r.Deployment, *, words: dict[bytes, int], registry: int, at: int
) -> r.Json:
    """The figures at the block time `at`. `words` and `registry` are proved slots. Raises `Contradicted`."""
    chain = registry_chain(history.filed)
    if (int.from_bytes(chain, "big"), len(history.filed)) != (registry & 2**216 - 1, registry >> 216):
        raise Contradicted(
            "the filings in the logs are not those of the registry's chain: some are withheld or invented"
        )
    months: dict[str, Counter[str]] = {}
    missed: dict[str, Counter[str]] = {}
    statuses: Counter[str] = Counter()
    overdue: Counter[str] = Counter()
    for complaint_id, links in history.links.items():
        held = r.word_read(words[complaint_id])
        states = r.states_of(deployment, links)
        head = r.heads_of(deployment, complaint_id, links)[-1]
        state = r.State(held.status, held.sla_deadline, held.escalations, held.objections)
        if (head, len(links)) != (held.head, held.event_count) or states[-1] != state or len(states) <= len(links):
            raise Contradicted(f"the links of {r.hex0x(complaint_id)} in the logs are not those on the chain")
        statuses[r.STATUSES[held.status]] += 1
        due = r.breaches_due(state, at, deployment)
        if due:
            overdue[str(min(held.escalations, deployment.max_escalation_level))] += 1
        for link, after in zip(links, states[1:], strict=True):
            month = datetime.fromtimestamp(link.time, UTC).strftime("%Y-%m")
            if link.type in COUNTED:
                months.setdefault(month, Counter())[COUNTED[link.type]] += 1
            elif link.type == r.ESCALATED:
                level = min(after.escalations, deployment.max_escalation_level)
                missed.setdefault(month, Counter())[str(level)] += 1
    return {
        "filed": len(history.filed),
        "registry_chain": r.hex0x(chain),
        "statuses": dict(sorted(statuses.items())),
        "overdue": dict(sorted(overdue.items())),
        "months": {
            month: {
                **{name: months.get(month, Counter())[name] for name in COUNTED.values()},
                "missed": dict(sorted(missed.get(month, Counter()).items())),
            }
            for month in sorted({*months, *missed})
        },
    }


def read(node: r.Node, contract: bytes, first: int, block_hash: bytes | None = None) -> r.Json:
    """The figures at the block with this hash, or else at the node's newest. Raises `Contradicted` and `receipt.Stop`.

    A reorganisation between two questions, or a second node behind the same URL, gives answers that do not belong
    together; so everything is asked again before they count as a contradiction.
    """
    known = r.Material(deployment={"contract": r.hex0x(contract)})
    r.deployment_complete(known, node)
    deployment = r.deployment_read(known.deployment, "deployment")
    attempts = 0
    while True:
        header = _header(node, block_hash)
        if first > header.number:
            raise r.Stop(f"--from-block {first} is later than block {header.number}")
        try:
            return _figures(node, deployment, first, header)
        except Contradicted:
            attempts += 1
            if attempts == ATTEMPTS:
                _excuse(node, contract, first, header)
                raise


def _header(node: r.Node, block_hash: bytes | None) -> r.Header:
    if block_hash is None:
        what, block = "newest block", node.ask("eth_getBlockByNumber", "latest", False)
    else:
        what, block = f"block {r.hex0x(block_hash)}", node.ask("eth_getBlockByHash", r.hex0x(block_hash), False)
    if not isinstance(block, dict):
        raise r.Stop(f"{node.name} has no {what}")
    header = r.header_read(r.header_of(node, block))
    if block_hash not in (None, header.hash):
        raise r.Stop(f"{node.name} gives another block for {what}")
    return header


def _excuse(node: r.Node, contract: bytes, first: int, header: r.Header) -> None:
    """Raises `receipt.Stop` if something else than false answers explains that they do not belong together."""
    block = node.ask("eth_getBlockByNumber", hex(header.number), False)
    if not isinstance(block, dict) or block.get("hash") != r.hex0x(header.hash):
        raise r.Stop(f"block {header.number} is no longer on the node's chain: ask again")
    if first and next(_logs(node, contract, 0, first - 1), None) is not None:
        raise r.Stop(f"the contract has links before block {first}: give an earlier --from-block")


def _figures(node: r.Node, deployment: r.Deployment, first: int, header: r.Header) -> r.Json:
    contract = deployment.contract
    history = history_of(_logs(node, contract, first, header.number))
    ids = list(history.links)
    slots = [r.slot_of(r.Slot("registry", ()), b""), *(r.slot_of(r.Slot("complaint", ()), each) for each in ids)]
    values: list[int] = []
    code_hash = b""
    for start in range(0, len(slots), CHUNK):
        keys = slots[start : start + CHUNK]
        answer = node.ask("eth_getProof", r.hex0x(contract), [r.hex0x(key) for key in keys], hex(header.number))
        nodes = r._listed(answer["accountProof"])
        found = [r._listed(each["proof"]) for each in answer["storageProof"]]
        try:
            if r.trie_value(header.state_root, r.hash_once(contract), nodes) is None:
                raise r.Stop(f"at block {header.number} the contract did not exist yet")
            account = r.account_of(header, contract, nodes)
            if account.storage_root == r.EMPTY_TRIE:
                found = [[] for _ in found]
            values += [r.slot_value(account, key, own) for key, own in zip(keys, found, strict=True)]
        except (r.Bad, ValueError) as error:
            raise Contradicted(f"the node's proof does not hold for its block {header.number}: {error}") from None
        code_hash = account.code_hash
    version = r.code_hashes(deployment).get(code_hash)
    if version is None:
        raise r.Stop("no release has the contract's code")
    words = dict(zip(ids, values[1:], strict=True))
    figures = statistics_of(history, deployment, words=words, registry=values[0], at=header.time)
    return {
        "chain_id": deployment.chain_id,
        "contract": r.hex0x(contract),
        "version": version,
        "block": {"number": header.number, "hash": r.hex0x(header.hash), "time": header.time},
        **figures,
    }


def _logs(node: r.Node, contract: bytes, first: int, last: int) -> Iterator[Any]:
    topics = [r.hex0x(r.keccak(r._LINK_APPENDED.encode()))]
    request = {"address": r.hex0x(contract), "topics": topics, "fromBlock": hex(first), "toBlock": hex(last)}
    try:
        found = node.ask("eth_getLogs", request)
    except r.Stop:
        if last - first < 100:
            raise
        middle = (first + last) // 2
        yield from _logs(node, contract, first, middle)
        yield from _logs(node, contract, middle + 1, last)
    else:
        if not isinstance(found, list):
            raise r.Stop(f"{node.name} answers eth_getLogs with no list")
        yield from found


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures as JSON; the exit status."""
    parser = argparse.ArgumentParser(
        description="Counts complaints from the chain alone, and proves that none is missing."
    )
    parser.add_argument("--rpc", required=True, metavar="URL")
    parser.add_argument("--contract", required=True, metavar="ADDRESS")
    parser.add_argument("--from-block", type=int, default=0, metavar="N", help="the contract's first block (0)")
    parser.add_argument("--block-hash", metavar="HASH", help="count at this block instead of the node's newest")
    parsed = parser.parse_args(arguments)
    try:
        contract = r._hex(parsed.contract.lower(), "--contract", 20)
        block_hash = r._hex(parsed.block_hash.lower(), "--block-hash", 32) if parsed.block_hash else None
        if parsed.from_block < 0:
            raise r.Stop("--from-block is a number of a block")
        figures = read(r.Node(parsed.rpc), contract, parsed.from_block, block_hash)
        print(json.dumps(figures, indent=1), flush=True)
    except Contradicted as error:
        r.say(f"statistics.py: {error}")
        return 1
    except OSError as error:
        r.say(f"statistics.py: the figures could not be written: {error}")
    except (r.Stop, r.Unusable) as error:
        r.say(f"statistics.py: {error}")
    except MemoryError:
        r.say("statistics.py: there is not enough memory for the node's answers")
    except KeyboardInterrupt:
        r.say("statistics.py: interrupted")
    except (LookupError, TypeError, AttributeError, OverflowError, ValueError, RecursionError, r.Bad) as error:
        r.say(f"statistics.py: an answer of the node has an unexpected form ({error!r})")
    else:
        return 0
    return 2


if __name__ == "__main__":
    r.program(main)
