"""What each operation costs, against its budget and against the last commit."""

import warnings
from pathlib import Path

import pytest

from tests.gas.budgets import BUDGETS, Budget
from tests.gas.chart import CHART, draw
from tests.gas.measure import FULL_BATCH, MANY, entries
from tests.support.entries import Entry, complaint_id, data_hash
from tests.support.registry import Registry
from tests.support.snapshots import command, is_updating, load, store
from tests.support.spec import EventType

SNAPSHOT = Path(__file__).parent / "snapshots" / "gas.json"
FOLDER = "tests/gas"
OPERATIONS = (
    *(budget.operation for budget in BUDGETS),
    "file, first of the registry",
    "log, later, 3 levels overdue",
    "pause",
    "resume",
    "resolve, clock running",
    "reopen, clock stopped",
    "close, clock running",
    "batch of 900: log, later",
    "batch of 900: log, later, the whole transaction",
)
# What a transaction may use and carry: EIP-7825, and less than the 128 KiB that pools refuse.
MOST_GAS = 16_777_216
MOST_CALLDATA = 120_000  # bytes
Report = dict[str, dict[str, int]]

pytestmark = pytest.mark.xdist_group("gas")  # one worker measures


class GasFell(UserWarning):
    """An operation costs less than its snapshot says."""


@pytest.fixture(scope="session")
def snapshot(measured: Report) -> Report:
    """The committed one; it is written first when this run updates snapshots."""
    if is_updating():
        store(SNAPSHOT, measured)
        CHART.write_text(draw(measured))
    return load(SNAPSHOT)


@pytest.mark.parametrize("budget", BUDGETS, ids=[budget.operation for budget in BUDGETS])
def test_gas__any_operation__is_within_its_budget(measured: Report, budget: Budget) -> None:
    gas = measured["registry"][budget.operation]
    assert gas <= budget.limit
    assert gas > measured["floor"].get(budget.operation, 0)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_gas__any_operation__has_not_risen(measured: Report, snapshot: Report, operation: str) -> None:
    gas, before = measured["registry"][operation], snapshot["registry"][operation]
    assert gas <= before, f"{operation} rose from {before} to {gas}; if that is worth it: {command(FOLDER)}"
    if gas < before:
        message = f"{operation} fell from {before} to {gas}; keep it so: {command(FOLDER)}"
        warnings.warn(message, GasFell, stacklevel=1)


def test_gas__measured_operations__are_those_of_the_snapshot(measured: Report, snapshot: Report) -> None:
    assert set(measured["registry"]) == set(snapshot["registry"]) == set(OPERATIONS)


def test_chart__of_the_documentation__is_of_the_snapshot(snapshot: Report) -> None:
    assert CHART.read_text() == draw(snapshot), f"to draw it: {command(FOLDER)}"


@pytest.mark.parametrize("other", ["floor", "EAS"])
def test_gas__what_it_is_compared_with__costs_what_it_did(measured: Report, snapshot: Report, other: str) -> None:
    assert measured[other] == snapshot[other], f"another compiler or node? If that is meant: {command(FOLDER)}"


def test_gas__link__costs_a_fraction_of_an_attestation(measured: Report) -> None:
    assert measured["registry"]["log, later"] * 5 < measured["EAS"]["attest"]


def test_gas__a_thousand_escalations__fit_into_one_transaction(registry: Registry, stranger: str) -> None:
    per_item = load(SNAPSHOT)["registry"]["batch of 100: escalate"]
    assert 21_000 + 1_000 * per_item < MOST_GAS
    ids = [complaint_id(number) for number in range(1_000)]
    assert registry.escalate_batch(ids, sender=stranger).events == ()


def test_gas__a_full_batch__fits_into_one_transaction_in_gas_and_bytes(measured: Report, registry: Registry) -> None:
    assert measured["registry"]["batch of 900: log, later, the whole transaction"] < MOST_GAS
    full = [entry.abi for entry in entries(MANY, EventType.COMMENTED, 1)]
    assert len(full) == FULL_BATCH
    assert len(registry.codec.call("recordBatch", full)) < MOST_CALLDATA


def test_gas__second_write_to_a_known_complaint__does_not_grow_with_its_history(
    registry: Registry, complaint: bytes
) -> None:
    registry.create(complaint)
    short = registry.log(complaint, EventType.COMMENTED, data_hash(1), 1).gas_used
    registry.record_batch([Entry(complaint, EventType.COMMENTED, data_hash(1), nonce) for nonce in range(2, 102)])
    assert registry.log(complaint, EventType.COMMENTED, data_hash(1), 102).gas_used == short


def test_code__of_the_registry__is_below_the_limit_of_eip_170(registry: Registry) -> None:
    assert len(registry.node.code(registry.address)) <= 24_576
