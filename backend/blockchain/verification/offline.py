"""Checks a saved audit trail without Django, without the operator's database and without the operator's node.

    python -m blockchain.verification.offline trail.json [--rpc URL] [--file EVIDENCE ...]

Needs Python, eth-abi, eth-hash and rfc8785. Without `--rpc` it proves that the trail is consistent: each data_hash
is that of its salt and payload, and the links give `head`. With `--rpc` (any node of the chain) it asks the contract
whether that is its head; then nothing was changed, left out or back-dated. Exit code: 0 all holds, 1 something does
not, 2 it could not be checked.
"""

import argparse
import hashlib
import json
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785
from eth_abi import decode, encode
from eth_hash.auto import keccak

# In the order of the contract's enum, which is never renumbered.
EVENT_TYPES = (
    "CREATED",
    "ASSIGNED",
    "STATUS_UPDATED",
    "COMMENTED",
    "RESOLVED",
    "REJECTED",
    "CLOSED",
    "REOPENED",
    "EVIDENCE_ANCHORED",
    "SLA_DEADLINE_SET",
    "SLA_PAUSED",
    "SLA_RESUMED",
    "ESCALATED",
)
LOGGED = frozenset(EVENT_TYPES[:8])
HEAD_BYTES = 22
LINK_TYPES = ["bytes22", "bytes32", "uint24", "uint8", "address", "uint40", "bytes32"]
COMPLAINT_TYPE = "(bytes22,uint24,uint40,uint8,uint8)"
TIMEOUT = 30  # seconds for each answer of the node
# What can go wrong with values that somebody else wrote.
UNUSABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, rfc8785.CanonicalizationError)

Rpc = Callable[..., Any]


class CannotCheck(Exception):
    """The node does not answer usably. The message is one line."""


def trail_problems(trail: dict[str, Any]) -> list[str]:
    """What does not hold in the trail itself; empty if all of it does."""
    problems = [f"complaint_id: {text}" for text in _safely(lambda: _complaint_id_problems(trail))]
    for event in trail["events"]:
        name = f"event {event.get('sequence')} ({event.get('event_type')})"
        problems += [f"{name}: {text}" for text in _safely(lambda event=event: _event_problems(event))]  # type: ignore[misc]
    problems += [f"head: {text}" for text in _safely(lambda: _head_problems(trail))]
    return problems


def chain_problems(trail: dict[str, Any], rpc: Rpc) -> list[str]:
    """What does not hold against the chain. Raises `CannotCheck`."""
    if (chain_id := int(rpc("eth_chainId"), 16)) != trail["chain_id"]:
        raise CannotCheck(f"the node is on chain {chain_id}, the trail on chain {trail['chain_id']}")
    recomputed = "0x" + head_of(trail).hex()
    head, count = complaint_on_chain(trail, rpc, "latest")
    listed = len(trail["events"])
    if (head, count) == (recomputed, listed):
        return []
    if count > listed and trail.get("block"):
        # There are later events: at the block up to which the trail was read, this was all.
        block = {"blockHash": trail["block"]["hash"], "requireCanonical": True}
        head, count = complaint_on_chain(trail, rpc, block)
    problems = []
    if count != listed:
        problems.append(f"chain: the contract has {count} events, the trail {listed}")
    if head != recomputed:
        problems.append(f"chain: the contract's head is {head}, the trail's events give {recomputed}")
    return problems


def complaint_on_chain(trail: dict[str, Any], rpc: Rpc, block: Any) -> tuple[str, int]:
    """`(head, eventCount)` of the contract."""
    data = keccak(b"getComplaint(bytes32)")[:4] + _bytes(trail["complaint_id"])
    answer = rpc("eth_call", {"to": trail["contract"], "data": "0x" + data.hex()}, block)
    try:
        ((head, count, *_),) = decode([COMPLAINT_TYPE], _bytes(answer))
    except Exception:
        raise CannotCheck("the node's answer is not that of the contract") from None
    return "0x" + head[:HEAD_BYTES].hex(), count


def head_of(trail: dict[str, Any]) -> bytes:
    """The head that the events give, from the chain id and the contract's address on."""
    head = keccak(encode(["uint256", "address"], [trail["chain_id"], trail["contract"]]))[:HEAD_BYTES]
    complaint_id = _bytes(trail["complaint_id"])
    for event in trail["events"]:
        number = EVENT_TYPES.index(event["event_type"])
        values = [head, complaint_id, event["sequence"], number, event["actor"], event["block_timestamp"]]
        head = keccak(encode(LINK_TYPES, [*values, _bytes(event["data_hash"])]))[:HEAD_BYTES]
    return head


def file_problems(trail: dict[str, Any], path: Path) -> list[str]:
    """Whether this file is evidence in the trail, by its SHA-256."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    for event in trail["events"]:
        if event["event_type"] == "EVIDENCE_ANCHORED" and (event.get("evidence") or {}).get("file_hash") == digest:
            return []
    return [f"file {path.name}: its SHA-256 {digest} is not in the trail"]


def _safely(check: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return list(check())
    except UNUSABLE as error:
        return [f"can't be checked ({type(error).__name__})"]
    except Exception as error:  # eth_abi's many: a value that does not fit its type
        return [f"can't be encoded ({type(error).__name__})"]


def _complaint_id_problems(trail: dict[str, Any]) -> Iterator[str]:
    if keccak(_salt(trail["complaint_salt"]) + trail["tracking_id"].encode()) != _bytes(trail["complaint_id"]):
        yield "it is not keccak256(complaint_salt || tracking_id)"


def _head_problems(trail: dict[str, Any]) -> Iterator[str]:
    sequences = [event["sequence"] for event in trail["events"]]
    if sequences != list(range(1, len(sequences) + 1)):
        yield f"the sequences are not 1 to {len(sequences)}: an event is missing, doubled or out of order"
    if trail["total_events"] != len(sequences):
        yield "total_events is not the number of events"
    if "0x" + head_of(trail).hex() != trail["head"]:
        yield "it does not follow from the events"


def _event_problems(event: dict[str, Any]) -> Iterator[str]:
    kind, data_hash, arguments = event["event_type"], _bytes(event["data_hash"]), event["arguments"]
    if datetime.fromisoformat(event["timestamp"]).timestamp() != event["block_timestamp"]:
        yield "timestamp: it is not block_timestamp"
    if kind in LOGGED:
        if keccak(_salt(event["salt"]) + rfc8785.dumps(event["payload"])) != data_hash:
            yield "payload or salt: keccak256(salt || JCS(payload)) is not data_hash"
        elif event["payload"].get("type") != kind:
            yield "payload: its type is not that of the event"
    elif kind == "EVIDENCE_ANCHORED":
        evidence = event["evidence"]
        preimage = _salt(event["salt"]) + bytes.fromhex(evidence["file_hash"]) + evidence["ipfs_cid"].encode()
        if len(bytes.fromhex(evidence["file_hash"])) != 32 or keccak(preimage) != data_hash:
            yield "evidence: keccak256(salt || file_hash || ipfs_cid) is not data_hash"
    elif kind == "ESCALATED":
        values = [arguments[name] for name in ("level", "missed_deadline", "next_deadline")]
        if keccak(encode(["uint8", "uint40", "uint40"], values)) != data_hash:
            yield "arguments: their hash is not data_hash"
    else:
        name = "remaining" if kind == "SLA_PAUSED" else "deadline"
        if arguments[name].to_bytes(32, "big") != data_hash:
            yield f"arguments: {name} is not data_hash"


def _salt(text: str) -> bytes:
    salt = _bytes(text)
    if len(salt) != 32:
        raise ValueError("a salt has 32 bytes")
    return salt


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def rpc_of(url: str) -> Rpc:
    """JSON-RPC to `url`; errors are `CannotCheck`."""
    if not url.startswith(("http://", "https://")):
        raise CannotCheck("--rpc takes an http or https URL")

    def rpc(method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                answer = json.loads(response.read())
        except (OSError, ValueError) as error:
            raise CannotCheck(f"the node does not answer ({type(error).__name__})") from None
        if not isinstance(answer, dict) or "result" not in answer:
            raise CannotCheck(f"the node refuses {method}; it may not keep the state of old blocks")
        return answer["result"]

    return rpc


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Check a saved audit trail.")
    parser.add_argument("trail", type=Path, help="the JSON that .../audit-trail/ returned")
    parser.add_argument("--rpc", metavar="URL", help="a node of the chain, to compare with the contract")
    parser.add_argument("--file", metavar="EVIDENCE", type=Path, action="append", default=[], help="a file to look for")
    options = parser.parse_args(arguments)
    try:
        trail = json.loads(options.trail.read_text(encoding="utf-8"))
        problems = trail_problems(trail)
        for path in options.file:
            problems += file_problems(trail, path)
        if options.rpc and not problems:
            problems += chain_problems(trail, rpc_of(options.rpc))
    except CannotCheck as error:
        print(f"not checked: {error}")
        return 2
    except (OSError, *UNUSABLE) as error:
        print(f"not checked: this is no audit trail ({type(error).__name__})")
        return 2
    for problem in problems:
        print(f"FAILS  {problem}")
    if problems:
        return 1
    against = "and against the contract" if options.rpc else "in itself; --rpc URL compares it with the contract"
    print(f"OK     {trail['total_events']} events of {trail['tracking_id']}, head {trail['head']}: checked {against}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
