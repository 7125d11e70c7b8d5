"""The check that anybody can make who holds an audit trail: no code of the backend, no trust in its answers.

The contract is asked by Foundry's `cast`; the hash chain is computed again as docs/specification.md says.
"""

import re
import subprocess
from dataclasses import dataclass
from typing import Any

import rfc8785
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from scripts._stack.environment import base_environment
from scripts._stack.errors import StepFailed
from scripts._stack.places import BINARIES

CAST_SECONDS = 20.0
GET_COMPLAINT = "getComplaint(bytes32)((bytes22,uint24,uint40,uint8,uint8))"
EVENT_TYPES = [
    *("CREATED", "ASSIGNED", "STATUS_UPDATED", "COMMENTED", "RESOLVED", "REJECTED", "CLOSED", "REOPENED"),
    *("EVIDENCE_ANCHORED", "SLA_DEADLINE_SET", "SLA_PAUSED", "SLA_RESUMED", "ESCALATED"),
]
LINK_TYPES = ["bytes22", "bytes32", "uint24", "uint8", "address", "uint40", "bytes32"]
HEAD_BYTES = 22


@dataclass(frozen=True)
class OnChain:
    """What the contract says of a complaint."""

    head: str
    event_count: int
    deadline: int  # Unix seconds; 0: none
    status: int
    level: int


def read_contract(*, url: str, contract: str, complaint_id: str) -> OnChain:
    """Asks with `cast call`."""
    command = [BINARIES / "cast", "call", "--rpc-url", url, contract, GET_COMPLAINT, complaint_id]
    done = subprocess.run(
        [str(part) for part in command],
        env=base_environment(),
        capture_output=True,
        text=True,
        timeout=CAST_SECONDS,
        check=False,
    )
    # (0x…, 12, 1795510261 [1.795e9], 4, 1)
    fields = re.findall(r"0x[0-9a-f]+|\b\d+\b", re.sub(r"\[[^]]*\]", "", done.stdout))
    if done.returncode != 0 or len(fields) != 5:
        raise StepFailed(f"cast call failed: {done.stderr.strip() or done.stdout.strip()}")
    event_count, deadline, status, level = (int(field) for field in fields[1:])
    return OnChain(head=fields[0], event_count=event_count, deadline=deadline, status=status, level=level)


def recomputed_head(trail: dict[str, Any]) -> str:
    """The head after all links of the trail. Raises `StepFailed` if a payload is not what its link commits to."""
    head = keccak(encode(["uint256", "address"], [trail["chain_id"], trail["contract"]]))[:HEAD_BYTES]
    for event in trail["events"]:
        data_hash = bytes.fromhex(event["data_hash"][2:])
        if event["payload"] is not None:
            salt = bytes.fromhex(event["salt"][2:])
            if keccak(salt + rfc8785.dumps(event["payload"])) != data_hash:
                raise StepFailed(f"the payload of event {event['sequence']} is not what was committed to")
        link = [
            head,
            bytes.fromhex(trail["complaint_id"][2:]),
            event["sequence"],
            EVENT_TYPES.index(event["event_type"]),
            event["actor"],
            event["block_timestamp"],
            data_hash,
        ]
        head = keccak(encode(LINK_TYPES, link))[:HEAD_BYTES]
    return "0x" + head.hex()
