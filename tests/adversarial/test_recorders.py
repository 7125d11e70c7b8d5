"""Two recorders on one complaint, and an operator who says one thing and records another."""

from itertools import permutations

import pytest

from tests.support.contract import reverts
from tests.support.entries import bound_id, data_hash
from tests.support.registry import Registry
from tests.support.spec import DAY, ZERO_ADDRESS, EventType, Status
from tests.verification.chain_verifier import is_author
from tests.verification.identity import id_of, subject_of

SALT = b"\x05" * 32


@pytest.mark.parametrize("first", ["recorder", "second_recorder"])
def test_recorders__same_nonce_at_the_same_time__one_lands_and_the_other_knows(
    first: str, registry: Registry, complaint: bytes
) -> None:
    registry.create(complaint)
    actors = registry.actors
    second = actors.second_recorder if first == "recorder" else actors.recorder
    registry.log(complaint, EventType.RESOLVED, data_hash(1), 1, sender=getattr(actors, first))
    with reverts("StaleNonce", complaintId=complaint, expected=2, given=1):
        registry.log(complaint, EventType.COMMENTED, data_hash(2), 1, sender=second)
    assert registry.nonce(complaint) == 2


def test_recorders__batches_that_interleave__never_misplace_an_entry(registry: Registry, complaint: bytes) -> None:
    """Each thinks that it has the nonces 1 to 3: whoever is first has them, and of the other nothing lands."""
    registry.create(complaint)
    actors = registry.actors
    mine = [registry.entry(complaint, EventType.COMMENTED, data_hash(n), n) for n in (1, 2, 3)]
    theirs = [registry.entry(complaint, EventType.ASSIGNED, data_hash(10 + n), n) for n in (1, 2, 3, 4)]
    assert len(registry.record_batch(mine[:2], sender=actors.recorder).links) == 2
    assert registry.record_batch(theirs, sender=actors.second_recorder).links == ()
    assert len(registry.record_batch(mine[2:], sender=actors.recorder).links) == 1
    assert registry.record_batch(theirs, sender=actors.second_recorder).links == ()
    assert registry.nonce(complaint) == 4


def test_recorders__rest_of_a_lost_batch_fits_by_chance__is_not_recorded_in_that_run(
    registry: Registry, complaint: bytes
) -> None:
    """A predecessor that was skipped takes the rest of its run along, though its nonce would fit."""
    registry.create(complaint)
    registry.log(complaint, EventType.ASSIGNED, data_hash(9), 1, sender=registry.actors.second_recorder)
    batch = [registry.entry(complaint, EventType.COMMENTED, data_hash(n), n) for n in (1, 2, 3)]
    sent = registry.record_batch(batch)
    assert (len(sent.links), len(sent.skipped)) == (0, 3)


def test_recorders__same_complaint_in_two_runs__is_the_one_way_to_land_behind_a_gap(
    registry: Registry, complaint: bytes, other: bytes
) -> None:
    """The contract does not keep it from happening: whoever packs a batch names a complaint in one run."""
    registry.create(complaint)
    registry.log(complaint, EventType.ASSIGNED, data_hash(9), 1, sender=registry.actors.second_recorder)
    lost, fits = (registry.entry(complaint, EventType.COMMENTED, data_hash(n), n) for n in (1, 2))
    between = registry.entry(other, EventType.CREATED, nonce=0)
    sent = registry.record_batch([lost, between, fits])
    assert [link.args["data"] for link in sent.links] == [between.data, fits.data]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_signed_entries__relayed_in_any_order__land_in_that_of_their_nonces(
    order: tuple[int, ...], registry: Registry, complaint: bytes
) -> None:
    """A relayer who holds three signatures of one officer cannot bring them in another order."""
    registry.create(complaint)
    kinds = (EventType.ASSIGNED, EventType.COMMENTED, EventType.RESOLVED)
    signed = [
        registry.signed(registry.entry(complaint, kind, data_hash(n), n)) for n, kind in enumerate(kinds, start=1)
    ]
    signatures = [registry.sign_entry(each) for each in signed]
    landed = 0
    for index in order:
        if index == landed:
            registry.record_signed(signed[index], signatures[index])
            landed += 1
        else:
            with reverts("StaleNonce", complaintId=complaint, expected=landed + 1, given=index + 1):
                registry.record_signed(signed[index], signatures[index])
    assert registry.nonce(complaint) == landed + 1


class TestOtherFilingUnderAPromisedId:
    """The operator gave a receipt for an id, and files something else, or for somebody else."""

    @pytest.mark.parametrize("what", ["data", "author", "number"])
    def test_operator__files_what_the_id_was_not_made_from__is_contradicted_by_the_id(
        self, what: str, registry: Registry
    ) -> None:
        actors = registry.actors
        subject = subject_of(SALT, "C-1", data_hash(1))
        promised = id_of(subject, actors.complainant)
        assert promised == bound_id(subject, actors.complainant)
        data = data_hash(2) if what == "data" else data_hash(1)
        link = registry.log(promised, EventType.CREATED, data, 0).links[0]
        claim = subject_of(SALT, "C-2" if what == "number" else "C-1", link.args["data"])
        author = actors.stranger if what == "author" else actors.complainant
        assert id_of(claim, author) != promised

    def test_operator__files_for_nobody__cannot_keep_the_complainant_from_objecting_to_the_promised_id(
        self, registry: Registry
    ) -> None:
        """Under another id the promised one stays open, and the signed promise opens it."""
        actors = registry.actors
        subject = subject_of(SALT, "C-1", data_hash(1))
        promised = id_of(subject, actors.complainant)
        promise = registry.signed(registry.entry(promised, EventType.CREATED, data_hash(1), 0))
        signature = registry.sign_entry(promise)
        registry.log(id_of(subject, ZERO_ADDRESS), EventType.CREATED, data_hash(1), 0)
        registry.record_signed(promise, signature, sender=actors.complainant, at=registry.node.time + 400 * DAY)
        assert registry.complaint(promised).status is Status.OPEN
        assert is_author(promised, subject, bytes.fromhex(actors.complainant[2:]))
