"""Objections when keys are rotated, a backup is restored, or a complaint gets another id."""

import time

import pytest
from django.db import transaction

from blockchain.chain.signers import signer
from blockchain.indexer.sync import events_sync
from blockchain.models import Complaint, Objection, Transaction
from blockchain.objections import ObjectionInvalid, Signed, State, objection_accept, objection_check
from blockchain.recovery.refiling import refile
from blockchain.relay.loop import Relay
from tests.chain_fixtures import Chain
from tests.fixtures.objections import objection_file
from tests.objections.conftest import Drain, accepted, filed, objected, state
from tests.recovery.conftest import Backup, KeyRing, Recover, keys, recover
from tests.relay.conftest import manual_mining

__all__ = ["keys", "recover"]
pytestmark = pytest.mark.django_db(transaction=True)


def new_relay_drain(chain: Chain) -> None:
    relay = Relay(registry=chain.registry, signer=signer())
    for _ in range(3):
        relay.run_until_idle(wait=lambda: time.sleep(0.01), rounds=300)
        events_sync(registry=chain.registry)
    relay.release()


@pytest.mark.parametrize("lands", [True, False], ids=["lands after all", "never lands"])
def test_recover__objection_under_way_with_the_old_key__recorded_once(
    chain: Chain, relay: Relay, complaint: Complaint, keys: KeyRing, recover: Recover, lands: bool
) -> None:
    objection = accepted(chain, complaint)
    with manual_mining(chain):
        relay.run_once()
        if not lands:
            chain.anvil.rpc("anvil_dropAllTransactions")
    relay.release()
    keys.rotate()
    recover()
    (old,) = Transaction.objects.filter(kind="object")
    assert old.state == ("confirmed" if lands else "closed")
    new_relay_drain(chain)
    assert [link.data for link in objected(chain, complaint)] == [objection.data]
    assert state(objection) is State.RECORDED
    assert Transaction.objects.filter(kind="object").count() == (1 if lands else 2)


def test_recover__backup_from_before_the_objection__handed_in_again_opens_the_link(
    chain: Chain, relay: Relay, drain: Drain, complaint: Complaint, keys: KeyRing, recover: Recover
) -> None:
    backup = Backup()
    file = objection_file(complaint, chain.registry.deployment)
    with transaction.atomic():
        objection_accept(complaint=complaint, signed=Signed(**file))
    drain()
    relay.release()
    backup.restore()
    assert not Objection.objects.exists()
    keys.rotate()
    recover()
    assert not Complaint.objects.exclude(frozen_reason="").exists()
    with transaction.atomic():
        again, is_new = objection_accept(complaint=complaint, signed=Signed(**file))
    assert (is_new, state(again)) == (True, State.RECORDED)
    new_relay_drain(chain)
    assert len(objected(chain, complaint)) == 1
    assert not Transaction.objects.filter(kind="object").exists()


def test_refile__objections_that_wait__are_void_and_their_numbers_free(chain: Chain, db: None) -> None:
    (complaint,) = filed(1)
    objection = accepted(chain, complaint)
    former = objection_file(complaint, chain.registry.deployment)
    with transaction.atomic():
        refile(Complaint.objects.select_for_update().get(pk=complaint.pk), by="clerk")
    complaint.refresh_from_db()
    objection.refresh_from_db()
    assert (state(objection), objection.error_code) == (State.REFUSED, "SignatureVoid")
    assert complaint.complaint_id in objection.error_detail
    with pytest.raises(ObjectionInvalid) as refused:
        objection_check(complaint=complaint, signed=Signed(**former))
    assert refused.value.member == "complaint_id"
    assert accepted(chain, complaint).number == 0
