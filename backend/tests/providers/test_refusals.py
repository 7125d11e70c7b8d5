"""What the contract refuses, told by nodes with revert data of several forms: named where the node says it."""

from collections.abc import Callable

import pytest
from django.db import transaction

from accounts.models import User
from blockchain.models import Complaint, Write
from blockchain.protocol.kinds import EventType
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.providers.conftest import Keep
from tests.providers.life import Life
from tests.providers.member import Member
from tests.providers.members import ZOO
from tests.relay.conftest import role_call
from tests.relay.test_officers import OFFICER, signed

MISSING_ROLE = "AccessControlUnauthorizedAccount"


@pytest.mark.parametrize(
    ("name", "code"),
    [("anvil", MISSING_ROLE), ("besu", MISSING_ROLE), ("nethermind", MISSING_ROLE), ("mute_reverts", "NodeError")],
)
def test_run_relay__officer_has_no_role_yet__refusal_is_told_and_nobody_else_waits(
    chain: Chain, keep: Keep, life: Callable[[int], Life], staff: User, name: str, code: str
) -> None:
    keeper, people = keep(ZOO.get(name, Member)), life(0)
    people.file()
    assert keeper.work()
    complaint = Complaint.objects.get(pk=people.reports[0].complaint_id)
    with transaction.atomic():
        write = signed(chain, complaint, EventType.NOTED)
    people.comment()
    for _ in range(4):
        keeper.round()
    write.refresh_from_db()
    assert (write.state, write.error_code) == (Write.State.PENDING, code)
    waiting = Write.objects.exclude(complaint=complaint).exclude(state=Write.State.CONFIRMED)
    assert not waiting.exists()
    chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", "RECORDER_ROLE", OFFICER.address))
    assert keeper.work()
    assert_everything_recorded_once(keeper.true)
