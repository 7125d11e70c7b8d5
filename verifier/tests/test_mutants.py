"""No mutant of a receipt is proved, and no proof has a second form (claim C4)."""

import functools
import itertools

import pytest
from eth_hash.auto import keccak

import receipt as r
from tests.mutants import mutants

SEED = 20261126


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most mutants have the original's signatures, and nearly all of the time goes into keccak-256.

    test_oracles.py shows that both implementations agree.
    """
    monkeypatch.setattr(r, "recovered", functools.cache(r.recovered))
    monkeypatch.setattr(r, "keccak", keccak)
    monkeypatch.setattr(r, "keccak_many", lambda messages: ((each, keccak(each)) for each in messages))


def check(seed: int, count: int) -> dict[str, int]:
    """Judges so many mutants; how many got which verdict."""
    counts: dict[str, int] = {}
    for original, what, data in itertools.islice(mutants(seed), count):
        verdict = original.verdict(data)
        # An empty list under another name is the same receipt, with a member that the verdict names as ignored.
        assert verdict["verdict"] != "PROVED" or verdict["ignored"], (original.name, what, data)
        counts[verdict["verdict"]] = counts.get(verdict["verdict"], 0) + 1
    return counts


def test_verdict_on__5000_mutants__none_is_proved() -> None:
    counts = check(SEED, 5_000)
    # Each of the other verdicts is reached, so the mutants are not all refused at the door.
    assert all(counts[verdict] > 100 for verdict in ("BROKEN", "CONTRADICTED", "UNKNOWN"))


@pytest.mark.long
@pytest.mark.parametrize("part", range(40))
def test_verdict_on__200000_mutants__none_is_proved(part: int) -> None:
    assert sum(check(SEED + 1 + part, 5_000).values()) == 5_000
