"""Service tokens: hashed at rest, bound, and ended."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from blockchain.models import ServiceToken
from blockchain.protocol.kinds import EventType
from blockchain.systems.tokens import PREFIX, service_find, token_create

pytestmark = pytest.mark.django_db


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("service_token", *arguments, stdout=out)
    return out.getvalue().strip()


def test_create__prints_the_token_once_and_keeps_its_hash_only() -> None:
    token = command("create", "zammad", "--source", "zammad", "--event-types", "created,commented")
    assert token.startswith(PREFIX)
    row = ServiceToken.objects.get()
    assert token not in str(vars(row))
    assert row.event_types == ["CREATED", "COMMENTED"]
    assert timedelta(days=364) < row.expires_at - timezone.now() <= timedelta(days=365)
    service = service_find(token)
    assert service is not None
    assert (service.source, service.event_types) == ("zammad", {EventType.CREATED, EventType.COMMENTED})
    assert command("list").startswith("zammad: source zammad, until ")


def test_service_find__expired_revoked_or_altered__none() -> None:
    token = command("create", "zammad", "--source", "zammad", "--event-types", "all", "--days", "1")
    assert service_find(token + "x") is None
    assert service_find(token.swapcase()) is None
    ServiceToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert service_find(token) is None
    ServiceToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert service_find(token) is not None
    assert command("revoke", "zammad") == "zammad is revoked"
    assert service_find(token) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "a", "--source", "a b", "--event-types", "all"),
        ("create", "a", "--source", "a", "--event-types", "NONSENSE"),
        ("create", "a", "--source", "a", "--event-types", "ESCALATED"),
        ("create", "a", "--source", "a", "--event-types", ""),
        ("create", "a", "--source", "a", "--event-types", "all", "--days", "0"),
        ("revoke", "nobody"),
    ],
)
def test_command__nonsense__says_so(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        command(*arguments)


def test_create__name_in_use__says_so() -> None:
    token_create(name="a", source="a", event_types=[EventType.CREATED], lifetime=timedelta(days=1))
    with pytest.raises(CommandError, match="revoke it first"):
        command("create", "a", "--source", "a", "--event-types", "all")
