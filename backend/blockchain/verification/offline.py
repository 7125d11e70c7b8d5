"""Checks a saved audit trail without Django, without the operator's database and without the operator's node.

    python -m blockchain.verification.offline trail.json ... [--rpc URL] [--file EVIDENCE ...]

A long trail comes in several responses (`next_after`): save all of them, and name them in their order.
Needs Python 3.11 and the packages eth-abi, eth-hash[pycryptodome] and rfc8785. Without `--rpc` it checks that the trail
is consistent: the id belongs to the filing, each `data` belongs to its salt and payload, and the links lead to `head`,
status and clock. With `--rpc` (any node of the chain) it also compares this state with the contract's; if both agree,
nothing was changed, left out or back-dated. An event without salt and payload can't be opened: its content stays
unknown, but nothing contradicts it. Exit code: 0 every check passes, 1 a check fails, 2 the trail can't be checked.
"""

import argparse
import hashlib
import json
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

try:
    import rfc8785
    from eth_abi import decode
    from eth_hash.auto import keccak

    keccak(b"")  # finds the package that computes it, or that there is none
except ImportError as missing:
    if __name__ != "__main__":
        raise
    print(f"not checked: {missing}; install the packages: pip install eth-abi 'eth-hash[pycryptodome]' rfc8785")
    sys.exit(2)

from blockchain.protocol import hashing
from blockchain.protocol.clock import ClockRules
from blockchain.protocol.kinds import Data, EventType, kind_of
from blockchain.protocol.links import HEAD_BYTES, breach_of
from blockchain.verification.timeline import Timeline, state_shown, timeline

# getComplaint: head, eventCount, slaDeadline, status, escalations, objections.
COMPLAINT_TYPE = "(bytes22,uint24,uint32,uint8,uint8,uint8)"
SLOT = ("head", "eventCount", "slaDeadline", "status", "escalations", "objections")
# Member of the trail's evidence, member of the payload that commits to it.
COMMITTED_OF_FILES = {
    "file_hash": "sha256",
    "ipfs_cid": "cid",
    "size": "size",
    "media_type": "media_type",
    "name": "name",
}
TIMEOUT = 30  # seconds for each answer of the node
# The errors that values from outside may cause.
UNUSABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError, rfc8785.CanonicalizationError)

Rpc = Callable[..., Any]
# The members that are split over the responses.
PARTS = ("events", "pending")


class CannotCheck(Exception):
    """The node does not answer usably. The message is one line."""


class TrailLink(NamedTuple):
    """One event of the trail, as a link of the protocol."""

    complaint_id: str
    sequence: int
    event_type: int
    actor: str
    timestamp: int
    data: str


def trail_of(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Joins the responses to one trail; the last one's other members are used. Raises `CannotCheck`."""
    last = answers[-1]
    if len({answer["complaint_id"] for answer in answers}) > 1:
        raise CannotCheck("these responses are about different complaints")
    parts = {part: [each for answer in answers for each in answer[part]] for part in PARTS}
    if (more := last.get("next_after")) is not None:
        raise CannotCheck(f"the trail is longer: also save the response to ?after={more}, and name it after the others")
    return last | parts


def trail_problems(trail: dict[str, Any]) -> list[str]:
    """The inconsistencies in the trail itself; empty if there are none."""
    problems = [f"complaint_id: {text}" for text in _safely(lambda: _identity_problems(trail))]
    others = 0
    for event in trail["events"]:
        name = _name(event)
        problems += [f"{name}: {text}" for text in _safely(lambda event=event, n=others: _event_problems(event, n))]  # type: ignore[misc]
        others += event.get("nonce") is None
    for write in trail["pending"]:
        name = _name(write)
        problems += [f"{name}: {text}" for text in _safely(lambda write=write: _pending_problems(write))]  # type: ignore[misc]
    problems += [f"head: {text}" for text in _safely(lambda: _head_problems(trail))]
    return problems


def not_opened(trail: dict[str, Any]) -> list[str]:
    """The events and pending writes whose salt and payload are not in the trail, each with the reason."""
    closed = [each for each in (*trail["events"], *trail["pending"]) if _commits(each) and _is_closed(each)]
    why = "its salt and payload are withheld"
    return [f"{_name(each)}: {each.get('not_opened') or why}" for each in closed]


def chain_problems(trail: dict[str, Any], rpc: Rpc) -> list[str]:
    """The differences from the chain. Raises `CannotCheck`."""
    if (chain_id := int(rpc("eth_chainId"), 16)) != trail["chain_id"]:
        raise CannotCheck(f"the node is on chain {chain_id}, the trail on chain {trail['chain_id']}")
    fold = timeline_of(trail).folded
    if fold is None:
        raise CannotCheck("the trail's events can't be hashed")
    own = (fold.head, fold.event_count, fold.sla_deadline, int(fold.status), fold.escalations, fold.objections)
    asked = complaint_on_chain(trail, rpc, "latest")
    if asked != own and asked[1] > fold.event_count and trail.get("block"):
        # The contract has later events: compares with the block up to which the trail was read.
        asked = complaint_on_chain(trail, rpc, {"blockHash": trail["block"]["hash"], "requireCanonical": True})
    return [
        f"chain: {name} of the contract is {_shown(theirs)}, the trail's events give {_shown(ours)}"
        for name, theirs, ours in zip(SLOT, asked, own, strict=True)
        if theirs != ours
    ]


def complaint_on_chain(trail: dict[str, Any], rpc: Rpc, block: Any) -> tuple[Any, ...]:
    """The contract's slot of the complaint, in the order of `SLOT`."""
    data = keccak(b"getComplaint(bytes32)")[:4] + hashing.unhex(trail["complaint_id"])
    answer = rpc("eth_call", {"to": trail["contract"], "data": hashing.hex0x(data)}, block)
    try:
        ((head, *rest),) = decode([COMPLAINT_TYPE], hashing.unhex(answer))
    except Exception:
        raise CannotCheck("the node's answer is not that of the contract") from None
    return (head[:HEAD_BYTES], *rest)


def timeline_of(trail: dict[str, Any]) -> Timeline:
    """The state that the events lead to, starting from GENESIS."""
    rules = ClockRules(
        default_sla=trail["default_sla"],
        escalation_interval=trail["escalation_interval"],
        max_escalation_level=trail["max_escalation_level"],
    )
    links = [_link(trail, event) for event in trail["events"]]
    return timeline(links=links, genesis=hashing.unhex(trail["genesis"]), rules=rules)


def file_problems(trail: dict[str, Any], path: Path) -> list[str]:
    """Whether this file is evidence in the trail, by the SHA-256 that a payload commits to."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    for event in trail["events"]:
        if event["event_type"] == "EVIDENCE_ANCHORED" and (event.get("payload") or {}).get("sha256") == digest:
            return []
    return [f"file {path.name}: its SHA-256 {digest} is not in the trail"]


def _name(item: dict[str, Any]) -> str:
    """Of an event, or of a write that is none yet."""
    place = f"event {item['sequence']}" if "sequence" in item else f"pending {item.get('nonce')}"
    return f"{place} ({item.get('event_type')})"


def _safely(check: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return list(check())
    except UNUSABLE as error:
        return [f"can't be checked ({type(error).__name__})"]


def _identity_problems(trail: dict[str, Any]) -> Iterator[str]:
    created = next((each for each in (*trail["events"], *trail["pending"]) if each["event_type"] == "CREATED"), None)
    if created is None:
        yield "there is no filing to compare it with"
        return
    subject = hashing.subject_of(
        salt=hashing.unhex(trail["complaint_salt"]),
        tracking_id=trail["tracking_id"],
        created_data=hashing.unhex(created["data"]),
    )
    complainant = hashing.unhex(trail["complainant"] or "0x" + "00" * hashing.ADDRESS_BYTES)
    if hashing.complaint_id_of(subject=subject, complainant=complainant) != hashing.unhex(trail["complaint_id"]):
        yield "it does not commit to this filing, tracking id, salt and complainant"


def _head_problems(trail: dict[str, Any]) -> Iterator[str]:
    sequences = [event["sequence"] for event in trail["events"]]
    if sequences != list(range(1, len(sequences) + 1)):
        yield f"the sequences are not 1 to {len(sequences)}: an event is missing, doubled or out of order"
    if trail["total_events"] != len(sequences):
        yield "total_events is not the number of events"
    if trail["total_pending"] != len(trail["pending"]):
        yield "total_pending is not the number of pending writes"
    told = timeline_of(trail)
    if told.folded is None:
        yield "the events can't be hashed"
        return
    if hashing.hex0x(told.folded.head) != trail["head"]:
        yield "it does not follow from the events"
    if trail["state"] != state_shown(told.folded):
        yield "state does not follow from the events"
    for event, state in zip(trail["events"], told.states, strict=True):
        if event["state"] != state:
            yield f"state after event {event['sequence']} does not follow from the events"
    if trail["clock_stops"] != told.stops:
        yield "clock_stops does not follow from the events"


def _event_problems(event: dict[str, Any], others: int) -> Iterator[str]:
    """`others`: number of earlier events that no recorder wrote."""
    kind, data = kind_of(EventType[event["event_type"]]), hashing.unhex(event["data"])
    if len(data) != 32:
        yield "data: it is not 32 bytes"
    if datetime.fromisoformat(event["timestamp"]).timestamp() != event["block_timestamp"]:
        yield "timestamp: it is not block_timestamp"
    if event["nonce"] != (event["sequence"] - 1 - others if kind.is_entry else None):
        yield "nonce: it is not the number of recorders' links before it"
    if event["decoded"] != _decoded(kind.event_type, kind.data, event["data"]):
        yield "decoded: it differs from data"
    if _commits(event) and kind.is_entry:
        if not _is_closed(event):
            yield from _payload_problems(event, data)
            yield from _time_problems(event)
        elif any(event[member] is not None for member in ("witnessed", "recorded_after", "given_up", "evidence")):
            yield "payload: there is none, and the event says what only a payload can"


def _commits(event: dict[str, Any]) -> bool:
    return kind_of(EventType[event["event_type"]]).data is Data.PAYLOAD


def _is_closed(event: dict[str, Any]) -> bool:
    return event["salt"] is None and event["payload"] is None


def _pending_problems(write: dict[str, Any]) -> Iterator[str]:
    kind, data = kind_of(EventType[write["event_type"]]), hashing.unhex(write["data"])
    if kind.data is Data.PAYLOAD and not _is_closed(write):
        yield from _payload_problems(write, data)


def _payload_problems(item: dict[str, Any], data: bytes) -> Iterator[str]:
    """Of an event, or of a write that is none yet."""
    payload = item["payload"]
    if _opening(item) != data:
        yield "payload or salt: keccak256(salt || JCS(payload)) is not data"
    elif payload.get("type") != item["event_type"]:
        yield "payload: its type is not that of the event"
    if item["event_type"] == "EVIDENCE_ANCHORED":
        for member, committed in COMMITTED_OF_FILES.items():
            if item["evidence"][member] != payload[committed]:
                yield f"evidence: {member} differs from the payload"
    if (was := item["given_up"]) is not None:
        if {"type": was["event_type"], "data": was["data"]} != payload["given_up"]:
            yield "given_up: it differs from the payload"
        if was["salt"] and _opening(was) != hashing.unhex(was["data"]):
            yield "given_up: keccak256(salt || JCS(payload)) is not its data"


def _time_problems(event: dict[str, Any]) -> Iterator[str]:
    payload, at = event["payload"], event["block_timestamp"]
    if event["witnessed"] is not (payload.get("witnessed") is True):
        yield "witnessed: it differs from the payload"
    if event["recorded_after"] != at - int(datetime.fromisoformat(payload["occurred_at"]).timestamp()):
        yield "recorded_after: it is not the time from occurred_at to the block"


def _opening(item: dict[str, Any]) -> bytes:
    return hashing.data_hash(salt=hashing.unhex(item["salt"]), payload=item["payload"])


def _decoded(event_type: EventType, data: Data, value: str) -> dict[str, int] | None:
    if data is Data.BREACH:
        return breach_of(value)._asdict()
    if data in (Data.DEADLINE, Data.CLOCK):
        return {"seconds_left" if event_type is EventType.SLA_PAUSED else "deadline": int(value, 16)}
    return None


def _link(trail: dict[str, Any], event: dict[str, Any]) -> TrailLink:
    return TrailLink(
        trail["complaint_id"],
        event["sequence"],
        EventType[event["event_type"]],
        event["actor"],
        event["block_timestamp"],
        event["data"],
    )


def _shown(value: Any) -> Any:
    return hashing.hex0x(value) if isinstance(value, bytes) else value


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
    parser.add_argument("trail", type=Path, nargs="+", help="the JSON that .../audit-trail/ returned")
    parser.add_argument("--rpc", metavar="URL", help="a node of the chain, to compare with the contract")
    parser.add_argument("--file", metavar="EVIDENCE", type=Path, action="append", default=[], help="a file to look for")
    options = parser.parse_args(arguments)
    try:
        trail = trail_of([json.loads(path.read_text(encoding="utf-8")) for path in options.trail])
        problems = trail_problems(trail)
        for path in options.file:
            problems += file_problems(trail, path)
        if options.rpc and not problems:
            problems += chain_problems(trail, rpc_of(options.rpc))
    except CannotCheck as error:
        print(f"not checked: {error}")
        return 2
    except OSError as error:
        print(f"not checked: {error.filename} can't be read: {error.strerror}")
        return 2
    except UNUSABLE as error:
        names = ", ".join(str(path) for path in options.trail)
        print(f"not checked: {names} is not an audit trail ({type(error).__name__})")
        return 2
    for problem in problems:
        print(f"FAILS  {problem}")
    if problems:
        return 1
    closed = not_opened(trail)
    against = "and against the contract" if options.rpc else "in itself; --rpc URL compares it with the contract"
    print(f"OK     {trail['total_events']} events of {trail['tracking_id']}, head {trail['head']}: checked {against}")
    for text in closed:
        print(f"UNOPENED {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
