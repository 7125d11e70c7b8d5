"""Which interfaces the contract says it has (EIP-165)."""

from functools import reduce
from pathlib import Path

import pytest

from tests.support.codec import selector
from tests.support.registry import Registry
from tests.support.snapshots import assert_matches
from tests.support.solc import ROOT, compile_contracts

# Regenerate: UPDATE_SNAPSHOTS=1 ape test tests/interface
SNAPSHOT = Path(__file__).parent / "snapshots" / "interface_ids.json"
FOLDER = "tests/interface"

PUBLISHED = {
    "IERC165": "01ffc9a7",
    "IAccessControl": "7965db0b",
    "IAccessControlDefaultAdminRules": "31498786",
}


@pytest.fixture(scope="session")
def own_id() -> bytes:
    """The exclusive or of the selectors of the interface, inherited ones left out: it has none."""
    interface = compile_contracts(ROOT / "contracts" / "interfaces" / "IComplaintRegistry.sol")["IComplaintRegistry"]
    selectors = [selector(item) for item in interface.abi if item["type"] == "function"]
    return reduce(lambda one, other: bytes(a ^ b for a, b in zip(one, other, strict=True)), selectors)


def test_supports_interface__own_interface__is_the_committed_one(registry: Registry, own_id: bytes) -> None:
    assert registry.call("supportsInterface", own_id) is True
    assert_matches(SNAPSHOT, {**PUBLISHED, "IComplaintRegistry": own_id.hex()}, FOLDER)


@pytest.mark.parametrize("interface_id", PUBLISHED.values(), ids=PUBLISHED.keys())
def test_supports_interface__published_one_that_it_has__is_true(registry: Registry, interface_id: str) -> None:
    assert registry.call("supportsInterface", bytes.fromhex(interface_id)) is True


@pytest.mark.parametrize("interface_id", ["ffffffff", "00000000", "80ac58cd", "deadbeef"])
def test_supports_interface__any_other__is_false(registry: Registry, interface_id: str) -> None:
    assert registry.call("supportsInterface", bytes.fromhex(interface_id)) is False
