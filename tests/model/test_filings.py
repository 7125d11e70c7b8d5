"""The list of all filings, in order, recomputes the registry's chain, and no other list does."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.lives import examples
from tests.support.contract import Sent
from tests.support.entries import Entry, complaint_id, data_hash
from tests.support.links import registry_chain
from tests.support.registry import Registry
from tests.support.slots import FILINGS_SLOT
from tests.support.spec import EventType
from tests.verification.decoder import Filings

batch_shapes = st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0, 0, 0, 3, 6, 12])), max_size=8)
Batches = list[list[tuple[int, int]]]  # of each entry: which complaint, which type


@pytest.fixture(scope="module")
def empty(deploy_registry: Callable[..., Registry]) -> Registry:
    return deploy_registry()


def filed(sent: Sent) -> list[bytes]:
    """The complaints that a transaction filed, in log order."""
    return [link.args["complaintId"] for link in sent.links if link.args["eventType"] == EventType.CREATED]


@examples(25)
@given(
    batches=st.lists(
        st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0, 0, 0, 3, 6, 12])), max_size=8),
        min_size=1,
        max_size=4,
    ),
    data=st.data(),
)
def test_registry_chain__filings_at_random_among_other_writes__is_that_of_their_list(
    empty: Registry, batches: Batches, data: st.DataObject
) -> None:
    registry = empty
    with registry.node.undone():
        assert registry.filings() == (bytes(27), 0)
        filings: list[bytes] = []
        for batch in batches:
            entries = [Entry(complaint_id(number), kind, data_hash(1), 0) for number, kind in batch]
            filings += filed(registry.record_batch(entries))
            assert registry.filings() == (registry_chain(filings), len(filings))
        word = registry.node.storage(registry.address, FILINGS_SLOT)
        assert Filings.decode(word) == Filings(registry_chain(filings), len(filings))
        assert len(set(filings)) == len(filings)
        if len(filings) > 1:
            first, second = sorted(data.draw(st.sets(st.integers(0, len(filings) - 1), min_size=2, max_size=2)))
            swapped = list(filings)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            for forged in (swapped, filings[1:], filings[:-1], [*filings, filings[-1]]):
                assert registry_chain(forged) != registry.filings()[0]
