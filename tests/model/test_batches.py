"""What a batch leaves out, and that it is nothing but its single calls in order."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.conftest import ModelFactory
from tests.model.lives import examples
from tests.model.plans import Context, Plan, make_batch, plans
from tests.model.registry_model import RegistryModel
from tests.support.codec import Reverted
from tests.support.contract import Sent
from tests.support.entries import NO_DATA, Entry
from tests.support.registry import Registry
from tests.support.slots import Complaint
from tests.support.spec import CLOCK, DAY, EventType

AFTER = (1, 60, DAY, 40 * DAY)  # seconds between the history and the batch

parts = st.lists(plans, min_size=1, max_size=10)
cases = st.tuples(parts, parts, st.sampled_from(AFTER))
Case = tuple[list[Plan], list[Plan], int]


@pytest.fixture(scope="module")
def pair(model_of: ModelFactory) -> tuple[Registry, RegistryModel]:
    return model_of(defaultSLA=3600, escalationInterval=DAY, maxEscalationLevel=3)


def prepared(pair: tuple[Registry, RegistryModel], case: Case) -> tuple[list[Entry], int]:
    """Puts a history on the chain. Returns the batch to send, and the time of its block."""
    (registry, model), (history, batch, after) = pair, case
    model = model.at(registry.node.time + 1)
    before = make_batch(history, "operator", Context(registry, model)).entries
    before = tuple(entry for entry in before if entry.event_type <= EventType.NOTED)
    registry.record_batch(before, at=model.now)
    model.record_batch(registry.actors.operator, before)
    model = model.at(model.now + after)
    entries = make_batch(batch, "operator", Context(registry, model)).entries
    return [entry for entry in entries if entry.event_type <= EventType.NOTED], model.now


def states(
    registry: Registry, entries: list[Entry]
) -> tuple[list[Complaint], tuple[bytes, int], list[tuple[int, int]]]:
    """Everything that the entries can have changed."""
    ids = sorted({entry.complaint_id for entry in entries})
    anchors = [registry.call("evidenceAnchor", entry.complaint_id, entry.data) for entry in entries]
    return registry.complaints(ids), registry.filings(), anchors


def which_landed(sent: Sent, entries: list[Entry]) -> list[bool]:
    """Of each entry, whether it landed: the logs come in the order of the entries."""
    events, landed = list(sent.events), []
    for entry in entries:
        event = events.pop(0)
        landed.append(event.name == "LinkAppended")
        while event.args.get("eventType") == EventType.ESCALATED:
            event = events.pop(0)
        assert event.args["complaintId"] == entry.complaint_id
        assert event.args.get("eventType") == (entry.event_type if landed[-1] else None)
    assert not events
    return landed


@examples(25)
@given(case=cases)
def test_batch__complaint_named_in_one_run__lands_a_prefix_of_it(
    pair: tuple[Registry, RegistryModel], case: Case
) -> None:
    registry = pair[0]
    with registry.node.undone():
        entries, now = prepared(pair, case)
        entries.sort(key=lambda entry: entry.complaint_id)
        nonces = {entry.complaint_id: registry.nonce(entry.complaint_id) for entry in entries}
        sent = registry.record_batch(entries, at=now)
        landed = dict.fromkeys(nonces, 0)
        for complaint, run in groupby(
            zip(entries, which_landed(sent, entries), strict=True), lambda x: x[0].complaint_id
        ):
            flags = [is_landed for _, is_landed in run]
            landed[complaint] = sum(flags)
            assert flags == sorted(flags, reverse=True)
        for complaint, nonce in nonces.items():
            assert registry.nonce(complaint) == nonce + landed[complaint]


@examples(25)
@given(case=cases)
def test_batch__without_what_it_skips__is_the_same(pair: tuple[Registry, RegistryModel], case: Case) -> None:
    registry = pair[0]
    with registry.node.undone():
        entries, now = prepared(pair, case)
        with registry.node.undone():
            sent = registry.record_batch(entries, at=now)
            after = states(registry, entries)
        flags = which_landed(sent, entries)
        kept = [entry for entry, is_landed in zip(entries, flags, strict=True) if is_landed]
        lean = registry.record_batch(kept, at=now)
        assert lean.links == sent.links
        assert lean.skipped == ()
        assert states(registry, entries) == after


@examples(25)
@given(case=cases)
def test_batch__against_its_single_calls_in_order__leaves_the_same_and_names_their_errors(
    pair: tuple[Registry, RegistryModel], case: Case
) -> None:
    registry = pair[0]
    with registry.node.undone():
        entries, now = prepared(pair, case)
        entries = [entry for entry in entries if entry.event_type not in CLOCK[1:] or entry.data == NO_DATA]
        with registry.node.undone():
            sent = registry.record_batch(entries, at=now)
            after = states(registry, entries)
        links, skips, run, is_run_over = [], [], None, False
        for entry in entries:
            if entry.complaint_id != run:
                run, is_run_over = entry.complaint_id, False
            reason = registry.selector("PredecessorSkipped")
            if not is_run_over:
                try:
                    links += registry.record(entry, at=now).links
                    continue
                except Reverted as error:
                    reason = error.data[:4]
            is_run_over = True
            skips.append({"complaintId": entry.complaint_id, "nonce": entry.nonce, "reason": reason})
        assert list(sent.links) == links
        assert [event.args for event in sent.skipped] == skips
        assert states(registry, entries) == after
