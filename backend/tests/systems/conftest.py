"""A city's other system, with a token of its own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIClient

from blockchain.protocol.kinds import ENTRIES, EventType
from blockchain.systems.tokens import token_create

Put = Callable[..., Response]
AT = "2026-03-01T09:30:00Z"
FILED = {"event_type": "CREATED", "occurred_at": AT, "payload": {"by": "u-1", "changes": {"title": [None, "Pothole"]}}}


def client_of(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def token_of(name: str, source: str, *event_types: EventType, lifetime: timedelta = timedelta(days=1)) -> str:
    return token_create(name=name, source=source, event_types=event_types or ENTRIES, lifetime=lifetime)[1]


@pytest.fixture
def zammad(db: None) -> APIClient:
    """A system that may record everything of its source."""
    return client_of(token_of("zammad", "zammad"))


@pytest.fixture
def put(zammad: APIClient) -> Put:
    """Puts an event of the system's complaint 7001."""

    def put_event(event_id: str, body: dict[str, Any], *, of: str = "7001", client: APIClient = zammad) -> Response:
        return client.put(f"/api/blockchain/complaints/zammad/{of}/events/{event_id}/", body, format="json")

    return put_event


@pytest.fixture
def filed(put: Put) -> dict[str, Any]:
    """A complaint that was filed with the event e1."""
    answer = put("e1", FILED)
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body
