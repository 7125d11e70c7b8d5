"""Who runs the rounds: the relay, a task, a command."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from blockchain import tasks
from blockchain.health.jobs import job_problems
from blockchain.jobs import PROOFS, overdue
from blockchain.management.commands.run_relay import Rounds
from blockchain.models import Complaint, Job, ProofBlock
from blockchain.proofs import rounds as rounds_module
from blockchain.proofs.due import complaints_unproved
from blockchain.protocol.kinds import EventType
from blockchain.relay.loop import relay_new
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.proofs.conftest import proved, publish
from tests.relay.conftest import complaints, recorded

pytestmark = pytest.mark.django_db
__all__ = ["complaints"]
FileMany = Callable[[int], list[Complaint]]


def test_run_relay__error_in_a_round__goes_on_and_it_is_recorded(
    chain: Chain, complaint: Complaint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(limit: int) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(rounds_module, "complaints_due", broken)
    rounds = Rounds(relay_new(), relay_only=False)
    assert rounds.step() > 0
    assert Job.objects.get(name=PROOFS).error == "RuntimeError"
    monkeypatch.undo()
    rounds.next_proofs = rounds.next_sync = 0
    rounds.step()
    assert Job.objects.get(name=PROOFS).error == ""
    assert len(proved(complaint)) == 1


def test_run_relay__much_to_prove__leaves_time_for_the_relay(chain: Chain, complaints: FileMany) -> None:
    complaints(300)
    land(chain)
    rounds = Rounds(relay_new(), relay_only=False)
    rounds.step()
    assert complaints_unproved() == 45
    # Not yet: rounds take a small part of the time.
    rounds.next_sync = 0
    rounds.step()
    assert complaints_unproved() == 45
    rounds.next_proofs = rounds.next_sync = 0
    rounds.step()
    assert complaints_unproved() == 0


def test_proofs__turned_off__nothing_is_asked_and_nothing_is_red(
    chain: Chain, complaint: Complaint, settings: Any
) -> None:
    settings.BLOCKCHAIN_PROOF_INTERVAL = 0
    Rounds(relay_new(), relay_only=False).step()
    assert tasks.proofs() == 0
    assert not ProofBlock.objects.exists()
    Job.objects.update(since=timezone.now() - timedelta(days=9))
    assert overdue(PROOFS) is None
    assert job_problems(PROOFS) == []


def test_proofs_task__several_rounds_due__takes_them_all(chain: Chain, complaints: FileMany) -> None:
    complaints(300)
    land(chain)
    assert tasks.proofs() == 300
    assert complaints_unproved() == 0


def test_take_proofs__all__proves_every_complaint_again(chain: Chain, complaints: FileMany) -> None:
    filed = complaints(3)
    recorded(filed[0], EventType.CLOSED)
    land(chain)
    publish(chain)
    chain.anvil.mine()
    said = StringIO()
    call_command("take_proofs", stdout=said)
    assert said.getvalue() == "0 complaints proved; 0 blocks with proofs are not final yet\n"
    said = StringIO()
    call_command("take_proofs", "--all", stdout=said)
    assert said.getvalue() == "3 complaints proved; 1 blocks with proofs are not final yet\n"
    assert {len(proved(each)) for each in filed} == {2}
