"""Which change of a report is allowed: what passes here, the contract takes."""

from itertools import product

import pytest

from blockchain.protocol.kinds import EventType, Status, kind_of
from blockchain.protocol.lifecycle import transition
from report.lifecycle import (
    LINK_OF_TRANSITION,
    STATUS_OF_KIND,
    TransitionRefused,
    link_of_transition,
    require_not_closed,
    require_unresolved,
)
from report.models import IssueReport

S = IssueReport.Status
# The contract's status of a report.
ON_CHAIN = {
    S.PENDING: Status.OPEN,
    S.IN_PROGRESS: Status.OPEN,
    S.ON_HOLD: Status.ON_HOLD,
    S.RESOLVED: Status.RESOLVED,
    S.REJECTED: Status.RESOLVED,
    S.CLOSED: Status.CLOSED,
}
PAIRS = list(product(S, S))


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_link_of_transition__any_two_states__a_link_that_the_contract_takes_or_refused(source: S, target: S) -> None:
    if (source, target) in LINK_OF_TRANSITION:
        link = link_of_transition(source=source, target=target)
        assert transition(ON_CHAIN[source], link) is ON_CHAIN[target]
        assert STATUS_OF_KIND.get(link, target) == target
        return
    with pytest.raises(TransitionRefused, match=f"^a report that is {source} can't become {target}$") as raised:
        link_of_transition(source=source, target=target)
    assert (raised.value.source, raised.value.target) == (source, target)
    assert raised.value.members == {"from": source.value, "to": target.value}


def test_link_of_transition__states__are_those_of_the_specification() -> None:
    reached = {source: {target.value for (from_, target) in LINK_OF_TRANSITION if from_ == source} for source in S}
    assert reached == {
        S.PENDING: {"in_progress", "on_hold", "resolved", "rejected", "closed"},
        S.IN_PROGRESS: {"on_hold", "resolved", "rejected", "closed"},
        S.ON_HOLD: {"in_progress", "resolved", "rejected", "closed"},
        S.RESOLVED: {"in_progress", "closed"},
        S.REJECTED: {"in_progress", "closed"},
        S.CLOSED: {"in_progress"},
    }


@pytest.mark.parametrize(("kind", "status"), STATUS_OF_KIND.items())
def test_status_of_kind__each__is_where_the_contract_goes(kind: int, status: str) -> None:
    assert set(kind_of(kind).moves.values()) == {ON_CHAIN[S(status)]}


@pytest.mark.parametrize("status", S)
def test_require_unresolved__each_status__as_the_contract_takes_an_assignment(status: S) -> None:
    if transition(ON_CHAIN[status], EventType.ASSIGNED) is not None:
        require_unresolved(status=status, action="assigned")
        return
    with pytest.raises(TransitionRefused, match=f"a report that is {status} can't be assigned") as raised:
        require_unresolved(status=status, action="assigned")
    assert raised.value.members == {"from": status.value, "to": "assigned"}


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("kind", [EventType.COMMENTED, EventType.EVIDENCE_ANCHORED])
def test_require_not_closed__each_status__as_the_contract_takes_a_comment(status: S, kind: EventType) -> None:
    if transition(ON_CHAIN[status], kind) is not None:
        require_not_closed(status=status, action="commented")
        return
    with pytest.raises(TransitionRefused, match="a report that is closed can't be commented"):
        require_not_closed(status=status, action="commented")
