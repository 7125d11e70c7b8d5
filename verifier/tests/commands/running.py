"""The commands as processes, and what a complainant saved from the API."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import receipt as r
from tests.corpus.chain import Chain, Complaint

VERIFIER = Path(r.__file__)
CORPUS = VERIFIER.parent / "conformance"
BARE = [sys.executable, "-I", "-S", str(VERIFIER)]
Json = dict[str, Any]


def run(
    *arguments: str | Path, status: int = 0, keys: dict[str, int] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command on a bare Python."""
    command = [*BARE, *map(str, arguments)]
    environment = os.environ | {name: hex(key)[2:].rjust(64, "0") for name, key in (keys or {}).items()}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done


def statement_of(complaint: Complaint, promise: Json) -> Json:
    """A promise in the API's form."""
    own = complaint.chain.deployment
    is_entry = promise["kind"] == "entry"
    common = {"complaint_id": r.hex0x(complaint.id), "event_type": r.KINDS[promise["type"]], "data": promise["data"]}
    domain = {"chainId": own.chain_id, "verifyingContract": r.hex0x(own.contract)}
    typed = {"domain": domain, "message": {"genesis": r.hex0x(own.genesis)}}
    names = ("nonce", "head", "actor", "valid_until") if is_entry else ("accepted_at", "signer")
    kept = {name: promise[name] for name in (*names, "signature")}
    return {"type": promise["kind"], **common, **kept, "typed_data": typed}


def filing_answer(complaint: Complaint) -> Json:
    """What `POST /api/reports/` answers, as far as a receipt uses it."""
    opening = complaint.openings[complaint.created]
    return {
        "tracking_id": complaint.tracking_id,
        "complaint_id": r.hex0x(complaint.id),
        "complaint_salt": r.hex0x(complaint.id_salt),
        "complainant_address": r.hex0x(complaint.complainant),
        "created": {**opening, "data": r.hex0x(complaint.created)},
        "promise": statement_of(complaint, complaint.promises[0]),
    }


def saved(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


def verdict(path: Path, *arguments: str, status: int) -> dict[str, str]:
    """The codes of the statements, by their ids without the block."""
    said = json.loads(run("verify", path, "--json", *arguments, status=status).stdout)
    return {each["id"].split("@")[0]: each["code"] for each in said["statements"]}


def newest(chain: Chain) -> str:
    block: str = chain.node.ask("eth_getBlockByNumber", "latest", False)["hash"]
    return block


def trail_of(complaint: Complaint) -> dict[str, Any]:
    """The audit trail that the API gives now."""
    receipt = complaint.receipt()
    opened = receipt["openings"]["links"]
    events = [
        {
            "sequence": link["sequence"],
            "event_type": r.KINDS[link["type"]],
            "actor": link["actor"],
            "block_timestamp": link["time"],
            "data": link["data"],
            **opened.get(str(link["sequence"]), {"salt": None, "payload": None}),
        }
        for link in receipt["links"]
    ]
    own = {"tracking_id": complaint.tracking_id, "complaint_id": r.hex0x(complaint.id)}
    own |= {"complaint_salt": r.hex0x(complaint.id_salt), "complainant": r.hex0x(complaint.complainant)}
    return {**receipt["deployment"], **own, "pending": [], "events": events}
