"""One life of complaints under each provider: what is stored is true, what is green is whole, and it ends well."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from blockchain.chain.errors import ChainError
from blockchain.models import Complaint
from tests.providers.conftest import Keep
from tests.providers.keeper import Keeper
from tests.providers.life import Life
from tests.providers.member import Member
from tests.providers.members import ZOO

# Rounds of a chapter under a provider with which not all can be done.
ENOUGH = 6
LOOKS = 20
# What nobody may be told: no reorg happens here, no write is refused, and nobody else has a key of ours.
FALSE_ALARMS = (
    "reorg deeper than the confirmations",
    "transactions dropped by a reorg",
    "nonces used by someone else with this key",
    "receipts refuted",
    "cache differs from the chain",
    "transaction refused",
)
Lives = Callable[[int], Life]
Told = Callable[[], set[str]]


@pytest.mark.parametrize("name", ZOO)
def test_run_relay__life_under_a_provider__nothing_lost_doubled_or_wrongly_green(
    keep: Keep, life: Lives, told: Told, name: str
) -> None:
    live(keep(ZOO[name]), life(0), length=1)
    assert_no_false_alarm(told, ZOO[name])


@pytest.mark.providers
@pytest.mark.parametrize("confirmations", [0, 3])
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", ZOO)
def test_run_relay__long_life_under_a_provider__nothing_lost_doubled_or_wrongly_green(
    keep: Keep,
    life: Lives,
    told: Told,
    settings: Any,
    name: str,
    seed: int,
    confirmations: int,
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = confirmations
    live(keep(ZOO[name]), life(seed), length=4)
    assert_no_false_alarm(told, ZOO[name])


def live(keeper: Keeper, life: Life, *, length: int) -> None:
    """The whole life, with a look at each turn; then the end of the quirk."""
    member = keeper.provider.member
    for chapter in life.chapters(length):
        chapter()
        whole = keeper.work() if member.works else keeper.work(ENOUGH)
        keeper.look()
        if member.works:
            assert whole, (chapter.__name__, keeper.said[-3:])
    trails(keeper)
    if member.works:
        # A look may meet the provider's bad moment.
        assert any(keeper.is_green() for _ in range(LOOKS)), keeper.said[-3:]
        assert not (member.calm and keeper.blocked), keeper.blocked
        reconciled(keeper)
        keeper.assert_costs()
    else:
        assert not keeper.is_green()
        assert any(re.search(member.notices, each) for each in keeper.said), set(keeper.said)
    keeper.assert_recovered()


def assert_no_false_alarm(told: Told, member: type[Member]) -> None:
    """No alarm but those that the member gives reason to."""
    assert not told() & {*FALSE_ALARMS} - member.alarms


def trails(keeper: Keeper) -> None:
    """No trail says that it is complete and is not."""
    for trail in keeper.trails():
        told = trail["complete"], trail["total_events"]
        true = len(keeper.true_links(trail["complaint_id"]))
        assert not trail["complete"] or trail["total_events"] == true, told


def reconciled(keeper: Keeper) -> None:
    """Compares everything, if need be at the second or third try."""
    for _ in range(10):
        try:
            found = keeper.reconcile()
        except ChainError:
            continue
        assert (found.repaired, found.differing, found.undone) == (0, 0, 0)
        if not found.uncompared:
            assert found.complaints == Complaint.objects.count()
            return
    raise AssertionError("never compared")
