"""The check that anyone with an audit trail can make, without the backend's code and without trusting its answers.

Foundry's `cast` queries the contract; the hash chain is recomputed from docs/specification.md.
"""

import json
import re
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tools.stack.environment import base_environment
from tools.stack.errors import StepFailed
from tools.stack.places import BINARIES, ROOT

CAST_SECONDS = 20.0
GET_COMPLAINT = "getComplaint(bytes32)((bytes22,uint24,uint32,uint8,uint8,uint8))"
INTERFACE = ROOT / "contracts" / "interfaces" / "IComplaintRegistry.sol"
EVENT_TYPES = INTERFACE.read_text().partition("enum EventType {")[2].partition("}")[0].replace(",", " ").split()
LINK_TYPES = ["bytes22", "bytes32", "uint24", "uint8", "address", "uint40", "bytes32"]
HEAD_BYTES = 22


@dataclass(frozen=True)
class OnChain:
    """The state of a complaint in the contract."""

    head: str
    event_count: int
    deadline: int  # Unix seconds; 0: none
    status: int
    escalations: int
    objections: int


def read_contract(*, url: str, contract: str, complaint_id: str) -> OnChain:
    """Reads the state with `cast call`."""
    said = _cast("call", "--rpc-url", url, contract, GET_COMPLAINT, complaint_id)
    # (0x…, 12, 1795510261 [1.795e9], 4, 1, 0)
    fields = re.findall(r"0x[0-9a-f]+|\b\d+\b", re.sub(r"\[[^]]*\]", "", said))
    if len(fields) != 6:
        raise StepFailed(f"cast call answers {said}")
    event_count, deadline, status, escalations, objections = (int(field) for field in fields[1:])
    return OnChain(
        head=fields[0],
        event_count=event_count,
        deadline=deadline,
        status=status,
        escalations=escalations,
        objections=objections,
    )


def send(*, url: str, contract: str, key: str, function: str, arguments: Sequence[str]) -> None:
    """Sends a transaction with `cast send`, from any account with ether. Raises `StepFailed` if it does not succeed."""
    receipt = json.loads(
        _cast("send", "--json", "--rpc-url", url, "--private-key", key, contract, function, *arguments)
    )
    if int(receipt["status"], 16) != 1:
        raise StepFailed(f"{function} reverted")


def _cast(*arguments: str) -> str:
    done = subprocess.run(
        [str(BINARIES / "cast"), *arguments],
        env=base_environment(),
        capture_output=True,
        text=True,
        timeout=CAST_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise StepFailed(f"cast {arguments[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


def recomputed_head(trail: dict[str, Any]) -> str:
    """The head after all links of the trail. Raises `StepFailed` if a payload does not match its link's commitment."""
    head = bytes.fromhex(trail["genesis"][2:])
    for event in trail["events"]:
        data = bytes.fromhex(event["data"][2:])
        if event["payload"] is not None:
            salt = bytes.fromhex(event["salt"][2:])
            if keccak(salt + rfc8785.dumps(event["payload"])) != data:
                raise StepFailed(f"the payload of event {event['sequence']} does not match its commitment")
        link = [
            head,
            bytes.fromhex(trail["complaint_id"][2:]),
            event["sequence"],
            EVENT_TYPES.index(event["event_type"]),
            event["actor"],
            event["block_timestamp"],
            data,
        ]
        head = keccak(encode(LINK_TYPES, link))[:HEAD_BYTES]
    return "0x" + head.hex()


def subject(report: dict[str, Any]) -> str:
    """The subject of a filing, from the response to it. The id is the hash of the subject and the complainant's key."""
    inner = keccak(bytes.fromhex(report["complaint_salt"][2:]) + report["tracking_id"].encode())
    return "0x" + keccak(inner + bytes.fromhex(report["created"]["data"][2:])).hex()


def complaint_id(report: dict[str, Any]) -> str:
    """The id that a filing must have, from the response to it. Raises `StepFailed` if its payload was exchanged."""
    created = report["created"]
    data = keccak(bytes.fromhex(created["salt"][2:]) + rfc8785.dumps(created["payload"]))
    if "0x" + data.hex() != created["data"]:
        raise StepFailed("the payload of the filing does not match its commitment")
    complainant = report["complainant_address"] or "0x" + "00" * 20
    return "0x" + keccak(bytes.fromhex(subject(report)[2:]) + bytes.fromhex(complainant[2:]).rjust(32, b"\0")).hex()


def objection(*, by: str, text: str) -> dict[str, Any]:
    """The payload of an objection; see docs/schemas/OBJECTED.json."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"v": 2, "type": "OBJECTED", "occurred_at": now, "by": by, "witnessed": True, "objection": text}


def commit(payload: dict[str, Any]) -> tuple[str, str]:
    """A fresh salt, and the commitment to the payload with it. Keep both with the payload."""
    salt = secrets.token_bytes(32)
    return "0x" + salt.hex(), "0x" + keccak(salt + rfc8785.dumps(payload)).hex()


def objection_typed_data(trail: dict[str, Any], *, data: str, number: int) -> dict[str, Any]:
    """The EIP-712 data that the complainant signs, for objection number `number` to the trail's complaint."""
    domain = [("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address")]
    fields = [("genesis", "bytes22"), ("complaintId", "bytes32"), ("data", "bytes32"), ("number", "uint8")]
    return {
        "domain": {
            "name": "ComplaintRegistry",
            "version": "2",
            "chainId": trail["chain_id"],
            "verifyingContract": trail["contract"],
        },
        "types": {
            "EIP712Domain": [{"name": name, "type": kind} for name, kind in domain],
            "Objection": [{"name": name, "type": kind} for name, kind in fields],
        },
        "primaryType": "Objection",
        "message": {
            "genesis": trail["genesis"],
            "complaintId": trail["complaint_id"],
            "data": data,
            "number": number,
        },
    }
