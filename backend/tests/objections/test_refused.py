"""An account with code (EIP-7702) checks its signature itself: it can refuse, and burn gas, but not much of ours."""

from typing import Any

import pytest

from blockchain.models import Attempt, Complaint, Objection, Transaction
from blockchain.objections import State
from blockchain.protocol.kinds import EventType
from tests.chain_fixtures import Chain
from tests.fixtures.objections import IMPOSTOR, OBJECTOR
from tests.objections.conftest import Drain, accepted, filed, objected, state
from tests.relay.conftest import assert_recorded_once, complaint_new, recorded

OBJECT = Transaction.Kind.OBJECT
# Code at the complainant's address: accepts every signature; refuses every one; never ends. And code that accepts when
# nobody pays for the call, and otherwise refuses, or never ends.
ACCEPTS = "0x631626ba7e60e01b5f5260205ff3"
REFUSES, BURNS = "0x5f5ffd", "0x5b5f56"
PAID_REFUSES, PAID_BURNS = "0x3a156008575f5ffd5b" + ACCEPTS[2:], "0x3a156009575b6005565b" + ACCEPTS[2:]


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.BLOCKCHAIN_RETRY_BASE = 0.001


def code_set(chain: Chain, code: str) -> None:
    chain.anvil.rpc("anvil_setCode", OBJECTOR.address, code)


def test_run__account_with_code_that_accepts__lands(chain: Chain, drain: Drain, complaint: Complaint) -> None:
    code_set(chain, ACCEPTS)
    objection = accepted(chain, complaint)
    drain()
    assert state(objection) is State.RECORDED


@pytest.mark.parametrize(
    ("code", "reason"), [(REFUSES, "InvalidSignature"), (BURNS, None)], ids=["refuses", "burns all gas"]
)
def test_run__account_with_code_that_refuses__given_up_for_nothing_and_nobody_waits(
    chain: Chain, drain: Drain, complaint: Complaint, code: str, reason: str | None
) -> None:
    code_set(chain, code)
    objection = accepted(chain, complaint)
    recorded(complaint, EventType.COMMENTED)
    for _ in range(6):
        drain()
    assert_recorded_once(chain, complaint)
    objection.refresh_from_db()
    assert state(objection) is State.REFUSED
    assert objection.refusals == 5
    assert reason is None or objection.error_code == reason
    assert reason is None or OBJECTOR.address.lower() in objection.error_detail
    # Nothing of it was paid for, and the number is free for another one.
    assert not Transaction.objects.filter(kind=OBJECT).exists()
    code_set(chain, "0x")
    again = accepted(chain, complaint, text="Once more.")
    drain()
    assert state(again) is State.RECORDED


def test_run__node_cannot_estimate_for_a_key__never_given_up(
    chain: Chain, drain: Drain, complaint: Complaint, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blockchain.chain.errors import NodeError
    from blockchain.relay import objections

    def refuse(**_: Any) -> int:
        raise NodeError(code=-32000, message="execution aborted")

    objection = accepted(chain, complaint)
    with monkeypatch.context() as patched:
        patched.setattr(objections, "gas_estimate", refuse)
        for _ in range(8):
            drain()
    objection.refresh_from_db()
    assert (state(objection), objection.error_code, objection.refusals) == (State.WAITING, "NodeError", 0)
    drain()
    assert state(objection) is State.RECORDED


@pytest.mark.parametrize("code", [PAID_REFUSES, PAID_BURNS], ids=["refuses", "burns all gas"])
def test_run__account_that_accepts_only_for_nothing__paid_three_times_and_given_up(
    chain: Chain, drain: Drain, complaint: Complaint, code: str
) -> None:
    code_set(chain, code)
    objection = accepted(chain, complaint)
    for _ in range(8):
        drain()
    objection.refresh_from_db()
    assert (state(objection), objection.reverts, objection.error_code) == (State.REFUSED, 3, "RevertedAgain")
    assert list(Attempt.objects.filter(transaction__kind=OBJECT).values_list("succeeded", flat=True)) == [False] * 3
    assert max(Attempt.objects.values_list("gas_limit", flat=True)) < 1_100_000
    # The margin on gas is that of our own transactions.
    recorded(complaint, EventType.COMMENTED)
    drain()
    assert_recorded_once(chain, complaint)
    assert Transaction.objects.order_by("-nonce")[0].gas_margin == 1.25


def test_run__refused_first__those_behind_it_wait_and_others_land(
    chain: Chain, drain: Drain, complaint: Complaint
) -> None:
    code_set(chain, REFUSES)
    first, second = accepted(chain, complaint), accepted(chain, complaint, number=1)
    for _ in range(6):
        drain()
    assert (state(first), state(second)) == (State.REFUSED, State.WAITING)
    code_set(chain, "0x")
    between = accepted(chain, complaint, text="In its place.")
    for _ in range(2):
        drain()
    assert (state(between), state(second)) == (State.RECORDED, State.RECORDED)
    assert [link.data for link in objected(chain, complaint)] == [between.data, second.data]


def test_run__many_that_are_refused__writes_and_a_good_one_behind_them_land(
    chain: Chain, drain: Drain, settings: Any
) -> None:
    settings.BLOCKCHAIN_RETRY_BASE = 60
    bad = filed(12, "bad")
    good = complaint_new("good", complainant=IMPOSTOR.address)
    drain()
    code_set(chain, REFUSES)
    for each in bad:
        accepted(chain, each)
    objection = accepted(chain, good, key=IMPOSTOR)
    recorded(good, EventType.COMMENTED)
    drain()
    # The writes do not wait for them, and nobody is asked about them again at once.
    assert_recorded_once(chain, good)
    assert set(Objection.objects.values_list("refusals", flat=True)) <= {0, 1}
    for _ in range(3):
        drain()
    assert state(objection) is State.RECORDED
    assert {state(each) for each in Objection.objects.exclude(pk=objection.pk)} == {State.WAITING}
