"""What a failing test prints of the contract's answers: names, where there are any."""

import pytest

from tests.support.codec import Reverted
from tests.support.registry import Registry, complaint_id
from tests.support.spec import EventType

ID = complaint_id("names")


def test_reverted__role_missing__names_the_role(registry: Registry, stranger: str) -> None:
    with pytest.raises(Reverted, match="neededRole=INTAKE_ROLE"):
        registry.log(ID, EventType.CREATED, sender=stranger)


def test_reverted__transition_forbidden__names_status_and_type(registry: Registry) -> None:
    with pytest.raises(Reverted, match=r"status=<Status\.NONE: 0>, eventType=<EventType\.CLOSED: 6>"):
        registry.log(ID, EventType.CLOSED)


def test_event__link__names_its_type(registry: Registry) -> None:
    assert "EventType.CREATED" in repr(registry.log(ID, EventType.CREATED).event)
