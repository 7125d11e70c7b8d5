"""Granting, revoking, and the two steps of handing the admin over. Each is read back from the chain."""

from dataclasses import replace
from typing import Any

import pytest
from ape.api import AccountAPI
from web3 import Web3

from tests.deployment.conftest import Account
from tests.support.node import Node
from tests.support.proxy import asking, proxied
from tools.deployment.calls import Signed, Way
from tools.deployment.errors import DeploymentError
from tools.deployment.registry import ADMIN_ROLE, current_holders
from tools.deployment.roles import (
    ROLE_OPTIONS,
    Administration,
    accept_transfer,
    begin_transfer,
    cancel_transfer,
    list_holders,
    set_role,
)
from tools.deployment.signer import development_addresses

DELAY = 86_400
# Of tools/networks/local.yaml: the relay has all three roles.
ADMIN, RELAY, INTAKE, OFFICER, SUCCESSOR, STRANGER = (development_addresses()[index] for index in (1, 2, 3, 4, 5, 6))
OTHERS = {"INTAKE_ROLE": {INTAKE}, "RECORDER_ROLE": {OFFICER}, "SLA_MANAGER_ROLE": set()}


def holders(administration: Administration, role: str) -> frozenset[str]:
    artifact = administration.artifact
    return current_holders(administration.w3, address=artifact.address, since=artifact.block_number)[role]


def by(account: AccountAPI) -> Way:
    return Signed(lambda _: account)


def no_key(_: str) -> AccountAPI:
    raise AssertionError("asked for a key")


@pytest.fixture
def admin(account: Account) -> Way:
    return by(account(1))


@pytest.mark.parametrize("role", ROLE_OPTIONS)
def test_set_role__granted_and_revoked__is_what_the_chain_says(
    administration: Administration, admin: Way, role: str
) -> None:
    name = ROLE_OPTIONS[role]
    set_role(administration, admin, role=role, account=STRANGER, hold=True)
    assert holders(administration, name) == {RELAY, STRANGER, *OTHERS[name]}
    set_role(administration, admin, role=role, account=RELAY, hold=False)
    assert holders(administration, name) == {STRANGER, *OTHERS[name]}


def test_set_role__node_lags_behind_the_receipt__is_read_until_it_does_not(
    node: Node, administration: Administration, admin: Way
) -> None:
    has_role = "0x91d14854"
    ask, mined = asking(node.rpc), [0]
    lagging = [0]

    def answer(method: str, params: list[Any]) -> Any:
        result = ask(method, params)
        if method == "eth_getTransactionReceipt" and result:
            mined[0] += 1
        if mined[0] and method == "eth_call" and params[0].get("data", "").startswith(has_role) and lagging[0] < 3:
            lagging[0] += 1
            return "0x" + "00" * 32
        return result

    with proxied(answer) as url:
        lagged = replace(administration, w3=Web3(Web3.HTTPProvider(url)))
        set_role(lagged, admin, role="recorder", account=STRANGER, hold=True)
    assert lagging == [3]


def test_set_role__so_already__sends_nothing(w3: Web3, administration: Administration) -> None:
    before = w3.eth.block_number
    set_role(administration, Signed(no_key), role="recorder", account=RELAY, hold=True)
    set_role(administration, Signed(no_key), role="recorder", account=STRANGER, hold=False)
    assert w3.eth.block_number == before


def test_set_role__signer_is_not_the_admin__refused(w3: Web3, administration: Administration, account: Account) -> None:
    before = w3.eth.block_number
    with pytest.raises(DeploymentError, match=f"is not the admin of this registry; {ADMIN} is"):
        set_role(administration, by(account(0)), role="recorder", account=STRANGER, hold=True)
    assert w3.eth.block_number == before


def test_list_holders__transfer_pending__shows_everybody(
    administration: Administration, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    begin_transfer(administration, by(account(1)), to=SUCCESSOR)
    capsys.readouterr()
    list_holders(administration)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["DEFAULT_ADMIN_ROLE", ADMIN]
    roles = {(role, account) for role, account in lines[1:6]}
    assert roles == {
        *((role, RELAY) for role in OTHERS),
        *((role, account) for role, accounts in OTHERS.items() for account in accounts),
    }
    assert lines[6][:3] == ["pending", "admin", SUCCESSOR + ","]


def test_list_holders__nobody_left__says_nobody(
    administration: Administration, admin: Way, capsys: pytest.CaptureFixture[str]
) -> None:
    set_role(administration, admin, role="sla_manager", account=RELAY, hold=False)
    list_holders(administration)
    assert "SLA_MANAGER_ROLE   nobody" in capsys.readouterr().out


def test_accept_transfer__after_the_delay__admin_is_the_new_one(
    node: Node, administration: Administration, account: Account
) -> None:
    begin_transfer(administration, by(account(1)), to=SUCCESSOR)
    assert administration.admin == ADMIN
    node.warp(node.time + DELAY + 1)
    accept_transfer(administration, by(account(5)))
    assert administration.admin == SUCCESSOR
    assert holders(administration, ADMIN_ROLE) == {SUCCESSOR}


def test_accept_transfer__before_the_delay__refused(administration: Administration, account: Account) -> None:
    begin_transfer(administration, by(account(1)), to=SUCCESSOR)
    with pytest.raises(DeploymentError, match=r"can be accepted after .* UTC"):
        accept_transfer(administration, by(account(5)))


def test_accept_transfer__by_somebody_else__refused(
    node: Node, administration: Administration, account: Account
) -> None:
    begin_transfer(administration, by(account(1)), to=SUCCESSOR)
    node.warp(node.time + DELAY + 1)
    with pytest.raises(DeploymentError, match="is not the pending admin"):
        accept_transfer(administration, by(account(6)))


def test_accept_transfer__nothing_pending__refused(administration: Administration, account: Account) -> None:
    with pytest.raises(DeploymentError, match="no transfer of the admin is pending"):
        accept_transfer(administration, by(account(5)))


def test_cancel_transfer__pending__leaves_the_admin(
    node: Node, administration: Administration, account: Account
) -> None:
    begin_transfer(administration, by(account(1)), to=SUCCESSOR)
    cancel_transfer(administration, by(account(1)))
    node.warp(node.time + DELAY + 1)
    with pytest.raises(DeploymentError, match="no transfer of the admin is pending"):
        accept_transfer(administration, by(account(5)))
    assert administration.admin == ADMIN


def test_begin_transfer__by_somebody_else__refused(administration: Administration, account: Account) -> None:
    with pytest.raises(DeploymentError, match="is not the admin"):
        begin_transfer(administration, by(account(0)), to=SUCCESSOR)
