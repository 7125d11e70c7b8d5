"""Functions, events, errors and enums: what others have built upon."""

import re
from pathlib import Path
from typing import Any

import pytest
from eth_utils import keccak

from tests.support.codec import canonical_type, selector, signature
from tests.support.snapshots import assert_matches
from tests.support.solc import ROOT
from tests.support.spec import EventType, Status

# Regenerate: UPDATE_SNAPSHOTS=1 ape test tests/interface
SNAPSHOTS = Path(__file__).parent / "snapshots"
FOLDER = "tests/interface"
Abi = list[dict[str, Any]]


def items(abi: Abi, kind: str) -> Abi:
    return [item for item in abi if item["type"] == kind]


def test_functions__of_the_abi__are_the_committed_ones(registry_abi: Abi) -> None:
    functions = {
        signature(item): {
            "selector": "0x" + selector(item).hex(),
            "mutability": item["stateMutability"],
            "inputs": [part["name"] for part in item["inputs"]],
            "outputs": [canonical_type(part) for part in item["outputs"]],
        }
        for item in items(registry_abi, "function")
    }
    assert_matches(SNAPSHOTS / "functions.json", functions, FOLDER)


def test_events__of_the_abi__are_the_committed_ones(registry_abi: Abi) -> None:
    events = {
        signature(item): {
            "topic": "0x" + keccak(text=signature(item)).hex(),
            "fields": [f"{part['name']}{' indexed' if part['indexed'] else ''}" for part in item["inputs"]],
        }
        for item in items(registry_abi, "event")
    }
    assert_matches(SNAPSHOTS / "events.json", events, FOLDER)


def test_errors__of_the_abi__are_the_committed_ones(registry_abi: Abi) -> None:
    errors = {
        signature(item): {
            "selector": "0x" + selector(item).hex(),
            "arguments": [part["name"] for part in item["inputs"]],
        }
        for item in items(registry_abi, "error")
    }
    assert_matches(SNAPSHOTS / "errors.json", errors, FOLDER)


def test_constructor__of_the_abi__is_the_specifications(registry_abi: Abi) -> None:
    (constructor,) = items(registry_abi, "constructor")
    assert constructor["stateMutability"] == "nonpayable"
    assert [(part["type"], part["name"].removesuffix("_")) for part in constructor["inputs"]] == [
        ("address", "admin"),
        ("uint48", "adminTransferDelay"),
        ("address[]", "recorders"),
        ("address[]", "slaManagers"),
        ("uint40", "escalationInterval"),
        ("uint8", "maxEscalationLevel"),
    ]


@pytest.mark.parametrize("kind", ["function", "error"])
def test_selectors__of_one_kind__are_all_different(registry_abi: Abi, kind: str) -> None:
    of_kind = items(registry_abi, kind)
    assert len({selector(item) for item in of_kind}) == len(of_kind)


@pytest.mark.parametrize("enum", [Status, EventType], ids=lambda enum: enum.__name__)
def test_enum__in_the_source__has_the_names_and_numbers_of_the_specification(enum: Any) -> None:
    """The ABI has only uint8: names and order stand in the source."""
    source = (ROOT / "contracts" / "interfaces" / "IComplaintRegistry.sol").read_text()
    found = re.search(rf"enum {enum.__name__} \{{(.*?)\}}", source, re.DOTALL)
    assert found is not None
    assert re.findall(r"\w+", found[1]) == [member.name for member in enum]
    assert [member.value for member in enum] == list(range(len(enum)))
