"""Cases of headers that anchors of finalised periods stand for: true blocks of Ethereum, without our contract."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import receipt as r
from tests.corpus.case import Case, Json
from tests.corpus.chain import Chain, Complaint

VERIFIER = Path(r.__file__).parent
VECTORS: list[dict[str, Any]] = json.loads((VERIFIER / "tests" / "vectors" / "era.json").read_text())["vectors"]
ANCHORS: Json = json.loads((VERIFIER / "anchors" / "1.json").read_text())


def attestation_of(vector: dict[str, Any]) -> Json:
    """The attestation in a vector."""
    return {"type": "era", **{name: vector[name] for name in ("block", "slot", "branch", "body")}}


def cases(chain: Chain) -> Iterator[Case]:
    """All cases of this module. The proofs are empty, so the verdict is BROKEN; what counts is `header@N`."""
    complaint = Complaint(chain, "era")
    base = complaint.receipt()
    base["deployment"] |= {"chain_id": 1}
    for vector in (each for each in VECTORS if "header" in each):
        period = str(vector["slot"] // r.PERIOD)
        proof = {
            "kind": "mpt",
            "block": {"kind": "rlp-keccak", "header": vector["header"]},
            "account": [],
            "slots": [{"of": "complaint", "nodes": []}],
        }
        anchors = {"chain_id": 1, "periods": {period: ANCHORS["periods"][period]}}
        attested = attestation_of(vector)
        for name, why, changed, trust, code in (
            ("", "A true block, under the anchor of its period.", {}, {"anchors": anchors}, "era"),
            (
                "_in_another_slot",
                "The slot is another one.",
                {"slot": vector["slot"] + 2},
                {"anchors": anchors},
                "not-trusted",
            ),
            ("_without_anchor", "There is no anchor of this period.", {}, {}, "not-trusted"),
        ):
            yield Case(
                name=f"era_{vector['number']}{name}_broken",
                why=f"{why} The state is not proved, so the receipt is broken; the case is about the header.",
                receipt={**base, "proofs": [proof], "headers": [{**attested, **changed}]},
                trust=trust,
                says=(f"header:{code}", "state:proof"),
            )
