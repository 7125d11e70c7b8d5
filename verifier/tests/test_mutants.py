"""No mutant of a receipt is proved, and no proof has a second form (claim C4)."""

import functools
import itertools

import pytest
from eth_hash.auto import keccak

import receipt as r
from tests.mutants import mutants, originals

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
        is_proved = verdict["verdict"] == "PROVED"
        assert not is_proved or original.is_same(data, verdict["ignored"]), (original.name, what, data)
        counts[verdict["verdict"]] = counts.get(verdict["verdict"], 0) + 1
    return counts


def test_originals__proved_cases__have_every_way_of_trust_and_every_proved_code() -> None:
    chosen = originals()
    attestations = {each["type"] for original in chosen for each in original.value.get("headers", [])}
    assert attestations == {"signed", "ancestor", "era", "history"}
    names = {required.split("@")[0].split("/")[0] for original in chosen for required in original.required}
    never_proved = {"receipt", "proof", "more"}
    assert names == {word.split(":")[0] for word in r._WORDS} - never_proved
    print(f"{len(chosen)} receipts")


def test_verdict_on__5000_mutants__none_is_proved() -> None:
    counts = check(SEED, 5_000)
    # Each of the other verdicts is reached, so the mutants are not all refused at the door.
    assert all(counts[verdict] > 100 for verdict in ("BROKEN", "CONTRADICTED", "UNKNOWN"))


@pytest.mark.long
@pytest.mark.parametrize("part", range(40))
def test_verdict_on__200000_mutants__none_is_proved(part: int) -> None:
    assert sum(check(SEED + 1 + part, 5_000).values()) == 5_000
