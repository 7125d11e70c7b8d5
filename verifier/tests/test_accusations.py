"""Nobody but the operator's own keys accuses the operator: what a holder of a receipt can alter never does."""

import functools
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from eth_hash.auto import keccak

import receipt as r
from tests.run_corpus import CORPUS

# Genuine receipts with promises, of the real contract: kept, open, expired, void, acknowledged, recorded.
GENUINE = (
    "promise_open_proved",
    "promise_kept_late_proved",
    "promise_expired_proved",
    "promise_void_proved",
    "acknowledged_not_recorded_proved",
    "acknowledged_and_recorded_proved",
)
ACCUSES = {"exchanged", "contradicted"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most have the original's signatures. test_oracles.py shows that both implementations of keccak-256 agree."""
    monkeypatch.setattr(r, "recovered", functools.cache(r.recovered))
    monkeypatch.setattr(r, "keccak", keccak)
    monkeypatch.setattr(r, "keccak_many", lambda messages: ((each, keccak(each)) for each in messages))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every member and item, at any depth."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from places(each, (*path, key))


def others(value: Any) -> Iterator[Any]:
    """Other values of the same kind."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, max(0, value - 1), 0)
    elif isinstance(value, str) and value.startswith("0x"):
        yield from (value[:-1] + ("1" if value[-1] == "0" else "0"), value[:2] + "0" * len(value[2:]))
    elif isinstance(value, str):
        yield from (value + "x", value[:-1])


def altered(receipt: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The receipt with one member or item altered, and without it."""
    for path in places(receipt):
        *way, last = path
        for change in (*others(functools.reduce(lambda found, key: found[key], path, receipt)), None):
            copy = deepcopy(receipt)
            holder = functools.reduce(lambda found, key: found[key], way, copy)
            if change is None:
                del holder[last]
            else:
                holder[last] = change
            yield path, copy


@pytest.mark.parametrize("name", GENUINE)
def test_verdict_on__genuine_receipt_with_anything_altered__accuses_nobody(name: str) -> None:
    trust = r.trust_read(r.json_read((CORPUS / name / "trust.json").read_bytes()))
    codes = set()
    for path, receipt in altered(json.loads((CORPUS / name / "receipt.json").read_bytes())):
        for each in r.verdict_on(json.dumps(receipt).encode(), trust=trust)["statements"]:
            if each["id"].startswith("promise/"):
                codes.add(each["code"])
                assert each["code"] not in ACCUSES, (path, each)
    assert codes >= {"signature", "unknown-code"}


@pytest.mark.parametrize("name", ["tracking_id", "salt", "complainant"])
def test_verdict_on__kept_promise_with_another_filing_disclosed__is_kept(name: str) -> None:
    case = CORPUS / "promise_kept_late_proved"
    trust = r.trust_read(r.json_read((case / "trust.json").read_bytes()))
    receipt = json.loads((case / "receipt.json").read_bytes())
    own = receipt["openings"][name]
    for value in others(own):
        if value != own:
            receipt["openings"][name] = value
            said = {each["id"]: each["code"] for each in r.verdict_on(r.jcs(receipt), trust=trust)["statements"]}
            assert (said["promise/1"], said["identity"]) == ("kept", "id-differs")
