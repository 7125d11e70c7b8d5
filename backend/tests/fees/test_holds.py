"""Whatever holds the relay back stands in health, with its number and its remedy, for as long as it lasts."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from blockchain.chain.signers import SignerError
from blockchain.health.relay import relay_health
from blockchain.models import Attempt
from blockchain.relay.loop import Outcome, Relay
from tests.chain_fixtures import Chain
from tests.fees.conftest import Filing
from tests.fees.node import MarketNode, Refusal, not_there
from tests.relay.conftest import assert_recorded_once

Drain = Callable[[], Outcome]
ETHER = 10**18


@pytest.fixture
def alarms(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """What the relay's log has said so far of being blocked."""
    log = logging.getLogger("blockchain.relay")
    log.addHandler(caplog.handler)
    yield lambda: [each.getMessage() for each in caplog.records if each.getMessage().startswith("relay ")]
    log.removeHandler(caplog.handler)


def blocked(chain: Chain) -> tuple[str, str]:
    """The reason and its remedy."""
    problems: list[dict[str, str]] = relay_health(chain.registry)["problems"]
    (found,) = [each for each in problems if each["problem"].startswith("the relay can't write: ")]
    return found["problem"], found["remedy"]


def seconds_pass() -> None:
    Attempt.objects.update(sent_at=F("sent_at") - timedelta(seconds=10))


def test_run__no_ether__what_it_has_what_it_may_need_and_how_much_to_send_and_said_once(
    chain: Chain, relay: Relay, drain: Drain, filing: Filing, alarms: Callable[[], list[str]]
) -> None:
    filed = filing("T1")
    before = chain.anvil.rpc("eth_getBalance", chain.relay_account, "latest")
    chain.anvil.rpc("anvil_setBalance", chain.relay_account, hex(ETHER // 10**6))
    for index in range(4):
        assert relay.run_once() is Outcome.BLOCKED
        if index % 2:
            seconds_pass()
    problem, remedy = blocked(chain)
    assert "it has 0.000001 ether, and may need 0." in problem
    assert remedy.startswith("Send at least 0.")
    assert chain.relay_account in remedy
    chain.anvil.rpc("anvil_setBalance", chain.relay_account, before)
    seconds_pass()
    drain()
    assert alarms() == ["relay blocked", "relay writes again"]
    assert_recorded_once(chain, filed)


def test_run__node_refuses_with_words_of_its_own__in_health_with_the_words_and_said_once(
    chain: Chain, market: MarketNode, relay: Relay, drain: Drain, filing: Filing, alarms: Callable[[], list[str]]
) -> None:
    def refuse(params: list[Any]) -> None:
        raise Refusal("sender is not allowlisted", -32003)

    market.instead["eth_sendRawTransaction"] = refuse
    filed = filing("T1")
    for _ in range(4):
        relay.run_once()
        seconds_pass()
    problem, remedy = blocked(chain)
    assert "the node refuses the transaction at account nonce " in problem
    assert problem.endswith(": sender is not allowlisted")
    assert "Compare with another node" in remedy
    del market.instead["eth_sendRawTransaction"]
    drain()
    assert alarms() == ["relay blocked", "relay writes again"]
    assert_recorded_once(chain, filed)


def test_run__role_missing__names_the_command(chain: Chain, relay: Relay) -> None:
    role = chain.registry.call("SLA_MANAGER_ROLE")[0]
    chain.write("revokeRole", role, chain.relay_account, sender=chain.admin)
    relay.run_once()
    problem, remedy = blocked(chain)
    assert "SLA_MANAGER_ROLE" in problem
    assert "ape run roles grant" in remedy


def test_run__signer_down__names_the_setting(chain: Chain, relay: Relay, filing: Filing) -> None:
    def down() -> None:
        raise SignerError("the signer does not answer")

    filing("T1")
    relay._current = down  # type: ignore[assignment]
    assert relay.run_once() is Outcome.BLOCKED
    problem, remedy = blocked(chain)
    assert "the signer does not answer" in problem
    assert "BLOCKCHAIN_SIGNER" in remedy


def test_run__node_without_estimates__names_the_settings(
    chain: Chain, market: MarketNode, relay: Relay, filing: Filing
) -> None:
    market.instead["eth_estimateGas"] = not_there
    filing("T1")
    assert relay.run_once() is Outcome.BLOCKED
    problem, remedy = blocked(chain)
    assert "refuses batches: the method does not exist" in problem
    assert "BLOCKCHAIN_DEPLOYMENT" in remedy
    assert "BLOCKCHAIN_GAS_LIMIT" in remedy
