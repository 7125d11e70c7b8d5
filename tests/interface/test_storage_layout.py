"""Where the state lies: proofs of a slot depend on it."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.slots import COMPLAINTS_SLOT, EVIDENCE_SLOT, FILINGS_SLOT
from tests.support.snapshots import assert_matches
from tests.support.solc import ROOT, storage_layout

# Regenerate: UPDATE_SNAPSHOTS=1 ape test tests/interface
SNAPSHOT = Path(__file__).parent / "snapshots" / "storage_layout.json"
FOLDER = "tests/interface"

Layout = dict[str, Any]


@pytest.fixture(scope="session")
def layout() -> Layout:
    """solc's, with its numbers of syntax nodes left out."""
    return storage_layout(ROOT / "contracts" / "ComplaintRegistry.sol", "ComplaintRegistry")


@pytest.fixture(scope="session")
def struct_layout() -> Layout:
    """Of a contract that keeps the interface's struct as a struct."""
    return storage_layout(Path(__file__).parent / "contracts" / "Layout.sol", "Layout")


def variables(layout: Layout, members: list[dict[str, Any]]) -> list[dict[str, Any]]:
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


def struct(layout: Layout, name: str) -> dict[str, Any]:
    (found,) = [kind for kind in layout["types"].values() if kind["label"].endswith(f".{name}")]
    return found


def test_storage_layout__whole__is_the_committed_one(layout: Layout, struct_layout: Layout) -> None:
    content = {"state": variables(layout, layout["storage"])}
    for name in ("EvidenceAnchor", "Filings"):
        content[name] = variables(layout, struct(layout, name)["members"])
    content["Complaint"] = variables(struct_layout, struct(struct_layout, "Complaint")["members"])
    assert_matches(SNAPSHOT, content, FOLDER)


def test_complaint__as_the_compiler_lays_the_struct_out__is_the_word_that_the_tests_read(struct_layout: Layout) -> None:
    """The contract keeps one word and takes it apart itself; `tests/support/slots.py` reads it the same way."""
    complaint = struct(struct_layout, "Complaint")
    assert int(complaint["numberOfBytes"]) == 32
    members = variables(struct_layout, complaint["members"])
    assert [(member["label"], member["offset"], member["bytes"]) for member in members] == [
        ("head", 0, 22),
        ("eventCount", 22, 3),
        ("slaDeadline", 25, 4),
        ("status", 29, 1),
        ("escalations", 30, 1),
        ("objections", 31, 1),
    ]


@pytest.mark.parametrize(("name", "used"), [("EvidenceAnchor", 8), ("Filings", 32)])
def test_struct__in_storage__is_one_slot(layout: Layout, name: str, used: int) -> None:
    found = struct(layout, name)
    members = variables(layout, found["members"])
    assert int(found["numberOfBytes"]) == 32
    assert ({member["slot"] for member in members}, sum(member["bytes"] for member in members)) == ({0}, used)


def test_state__in_storage__is_where_the_tests_look_for_it(layout: Layout) -> None:
    slots = {variable["label"]: int(variable["slot"]) for variable in layout["storage"]}
    found = (slots["_complaints"], slots["_evidence"], slots["_filings"])
    assert found == (COMPLAINTS_SLOT, EVIDENCE_SLOT, FILINGS_SLOT)
