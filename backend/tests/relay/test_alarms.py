"""What keeps the relay from writing is logged when it begins and when it ends, not in each round."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from blockchain.chain.contract import Registry
from blockchain.chain.node import Node
from blockchain.models import RelayLease
from blockchain.relay.errors import RelayBlocked
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import Chain


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """The messages of the relay's log since the last call."""
    log = logging.getLogger("blockchain.relay")
    log.addHandler(caplog.handler)

    def messages() -> list[str]:
        found = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        caplog.clear()
        return found

    yield messages
    log.removeHandler(caplog.handler)


def test_run_once__role_missing__said_once_named_and_said_when_it_is_back(
    chain: Chain, relay: Relay, said: Callable[[], list[str]]
) -> None:
    role = chain.registry.call("SLA_MANAGER_ROLE")[0]
    chain.write("revokeRole", role, chain.relay_account, sender=chain.admin)
    assert [relay.run_once() for _ in range(4)] == [Outcome.BLOCKED] * 4
    assert RelayLease.objects.get().blocked_reason == "the relay's key lacks SLA_MANAGER_ROLE on the contract"
    assert said() == ["relay blocked"]
    # Another process, as after a restart, or a task of Celery's.
    relay.release()
    another = Relay(registry=chain.registry, signer=relay.signer)
    assert another.run_once() is Outcome.BLOCKED
    assert said() == []
    chain.write("grantRole", role, chain.relay_account, sender=chain.admin)
    assert [another.run_once() for _ in range(3)] == [Outcome.IDLE] * 3
    assert said() == ["relay writes again"]


def test_run_once__node_down__said_once_and_said_when_it_is_back(
    chain: Chain, relay: Relay, said: Callable[[], list[str]]
) -> None:
    relay.run_once()
    relay.registry = Registry(deployed=chain.registry.deployment, on=Node(url="http://127.0.0.1:1"))
    assert [relay.run_once() for _ in range(3)] == [Outcome.UNAVAILABLE] * 3
    relay.registry = chain.registry
    assert said() == ["node unavailable"]
    assert relay.run_once() is Outcome.IDLE
    assert said() == ["relay writes again"]


def test_run_once__numbers_in_the_reason_change__said_once(
    relay: Relay, said: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fees: Any = iter(range(300, 310))

    def too_expensive(*_: Any, **__: Any) -> None:
        raise RelayBlocked(f"the chain asks {next(fees)}.5 gwei per gas")

    monkeypatch.setattr(Relay, "_round", too_expensive)
    for _ in range(3):
        relay.run_once()
    assert said() == ["relay blocked"]
    assert "302.5" in RelayLease.objects.get().blocked_reason
