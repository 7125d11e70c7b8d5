"""Answers of unknown shapes to every method: no round ends by an exception, nothing false is stored, all recovers."""

import contextlib
import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blockchain import receipt
from blockchain.chain.errors import ChainError
from blockchain.models import Complaint
from blockchain.proofs.receipts import receipt_public
from tests.providers.conftest import Keep
from tests.providers.keeper import Keeper
from tests.providers.life import Life
from tests.providers.odd import Odd, Recipe, changed, recipes

METHODS = (
    "eth_call",
    "eth_chainId",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_gasPrice",
    "eth_getBalance",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_getCode",
    "eth_getLogs",
    "eth_getProof",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_maxPriorityFeePerGas",
    "eth_sendRawTransaction",
)
# Code that is absent or another one is an answer: that of another chain. It is believed the second time.
MOST_TIMES = {"eth_getCode": 1}
BRIEFLY, AT_LENGTH = 6, int(os.environ.get("EXAMPLES") or 500)
ROUNDS = 2
Lives = Callable[[int], Life]


@pytest.mark.parametrize("method", METHODS)
def test_run_relay__odd_answers__goes_on_and_stores_nothing_false(keep: Keep, life: Lives, method: str) -> None:
    run(keep, life(1), method, examples=BRIEFLY)


@pytest.mark.providers
@pytest.mark.parametrize("method", METHODS)
def test_run_relay__many_odd_answers__goes_on_and_stores_nothing_false(keep: Keep, life: Lives, method: str) -> None:
    run(keep, life(1), method, examples=AT_LENGTH)


def run(keep: Keep, life: Life, method: str, *, examples: int) -> None:
    class Provider(Odd):
        legacy = method == "eth_gasPrice"
        refuses_hashes = method == "eth_getBlockByHash"
        refuses_sends = method == "eth_getTransactionByHash"

    Provider.method = method
    keeper = keep(Provider)
    keeper.proves = method == "eth_getProof"
    life.file(2)
    assert keeper.work()
    spoilt = 0

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples == BRIEFLY,
        suppress_health_check=list(HealthCheck),
    )
    @given(recipe=recipes(MOST_TIMES.get(method, 6)), misses=st.integers(0, 9))
    def live(recipe: Recipe, misses: int) -> None:
        nonlocal spoilt
        if misses == 0:
            life.miss()
        life.comment(1)
        member = keeper.provider.member
        assert isinstance(member, Provider)
        member.begin(recipe)
        for _ in range(ROUNDS):
            keeper.round()
        keeper.trails()
        compared = misses > 2
        if not compared:
            with contextlib.suppress(ChainError):
                compared = not keeper.reconcile().uncompared
        keeper.look()
        spoilt += member.spoilt
        member.recipe = None
        assert keeper.work(), keeper.said[-3:]
        if not compared:
            # As the next one, an hour later, would.
            keeper.reconcile()
        assert keeper.is_green(), keeper.said[-3:]
        if keeper.proves:
            keeper.round()
            assert_proved(keeper)

    live()
    assert spoilt >= examples // 4, "the method is hardly asked"
    keeper.assert_costs()
    keeper.assert_recovered()


def assert_proved(keeper: Keeper) -> None:
    """Each complaint has a receipt, and all that it says holds under the true blocks."""
    for complaint in Complaint.objects.all():
        made = receipt_public(complaint.complaint_id)
        assert made is not None
        proofs = receipt.receipt_read(made.receipt).proofs
        true = keeper.chain.anvil.rpc
        blocks = {
            true("eth_getBlockByNumber", hex(each.header.number), False)["hash"] for each in proofs if each.header
        }
        trust = receipt.Trust(frozenset(bytes.fromhex(each[2:]) for each in blocks))
        verdict = receipt.verdict_on(receipt.receipt_text(made.receipt), trust=trust)
        assert verdict["verdict"] == "PROVED", verdict


def test_changed__any_recipe__is_never_the_true_answer_to_a_number() -> None:
    @given(recipe=recipes())
    def check(recipe: Recipe) -> None:
        found = changed("0x1234", recipe)
        assert not isinstance(found, str) or found in ("", "0x12340x1234") or not _plausible(found)

    check()


def _plausible(value: str) -> bool:
    try:
        return 0 < int(value, 16) < 2**63 and value.startswith("0x")
    except ValueError:
        return False
