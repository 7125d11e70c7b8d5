"""Where the state lies: proofs of a slot depend on it."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.registry import COMPLAINTS_SLOT
from tests.support.snapshots import assert_matches
from tests.support.solc import ROOT, compile_contracts

# Regenerate: UPDATE_SNAPSHOTS=1 ape test tests/interface
SNAPSHOT = Path(__file__).parent / "snapshots" / "storage_layout.json"
FOLDER = "tests/interface"


@pytest.fixture(scope="session")
def layout() -> dict[str, Any]:
    """solc's, with its numbers of syntax nodes left out."""
    return compile_contracts(ROOT / "contracts" / "ComplaintRegistry.sol")["ComplaintRegistry"].storage_layout


def variables(layout: dict[str, Any], members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "label": member["label"],
            "slot": int(member["slot"]),
            "offset": member["offset"],
            "type": layout["types"][member["type"]]["label"],
            "bytes": int(layout["types"][member["type"]]["numberOfBytes"]),
        }
        for member in members
    ]


def struct(layout: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [kind for kind in layout["types"].values() if kind["label"].endswith(f".{name}")]
    return found


def test_storage_layout__whole__is_the_committed_one(layout: dict[str, Any]) -> None:
    content = {"state": variables(layout, layout["storage"])}
    for name in ("Complaint", "EvidenceAnchor"):
        content[name] = variables(layout, struct(layout, name)["members"])
    assert_matches(SNAPSHOT, content, FOLDER)


def test_complaint__in_storage__is_exactly_one_full_slot(layout: dict[str, Any]) -> None:
    complaint = struct(layout, "Complaint")
    members = variables(layout, complaint["members"])
    assert int(complaint["numberOfBytes"]) == 32
    assert [member["label"] for member in members] == [
        "head",
        "eventCount",
        "slaDeadline",
        "status",
        "escalationLevel",
    ]
    assert [member["bytes"] for member in members] == [22, 3, 5, 1, 1]
    assert {member["slot"] for member in members} == {0}


def test_evidence_anchor__in_storage__is_one_slot(layout: dict[str, Any]) -> None:
    anchor = struct(layout, "EvidenceAnchor")
    assert int(anchor["numberOfBytes"]) == 32
    assert {member["slot"] for member in variables(layout, anchor["members"])} == {0}


def test_complaints__in_storage__are_where_the_tests_look_for_them(layout: dict[str, Any]) -> None:
    slots = {variable["label"]: int(variable["slot"]) for variable in layout["storage"]}
    assert (slots["_complaints"], slots["_evidence"]) == (COMPLAINTS_SLOT, COMPLAINTS_SLOT + 1)
