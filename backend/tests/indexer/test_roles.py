"""Changes of the contract's roles are read with the links; one that nobody announced is an alarm until acknowledged."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from eth_hash.auto import keccak

from accounts.models import User
from blockchain.chain.artifact import deployment_load
from blockchain.health.report import health_report
from blockchain.indexer.rebuild import cache_rebuild
from blockchain.indexer.sync import events_sync
from blockchain.models import Complaint, RoleChange
from blockchain.protocol.kinds import Role
from blockchain.roles import roles_changed
from blockchain.verification.audit_trail import Page, audit_trail
from tests.chain_fixtures import Chain
from tests.indexer.conftest import mined


def role(name: Role) -> bytes:
    return keccak(name.value.encode())


def alarms() -> list[str]:
    return [each["problem"] for each in health_report()["contract"]["problems"]]


def granted(chain: Chain) -> dict[str, Any]:
    return chain.write("grantRole", role(Role.RECORDER), chain.stranger, sender=chain.admin)


@pytest.mark.django_db
def test_roles__as_deployed__are_all_announced(chain: Chain) -> None:
    events_sync(registry=chain.registry)
    holders = set(RoleChange.objects.values_list("role", "account"))
    assert holders == {
        ("DEFAULT_ADMIN_ROLE", chain.admin),
        ("INTAKE_ROLE", chain.relay_account),
        ("INTAKE_ROLE", chain.intake_account),
        ("RECORDER_ROLE", chain.relay_account),
        ("SLA_MANAGER_ROLE", chain.relay_account),
    }
    assert not roles_changed().exists()
    assert alarms() == []


@pytest.mark.django_db
def test_roles__artifact_does_not_name_a_holder__is_an_alarm(chain: Chain, settings: Any, tmp_path: Any) -> None:
    described = json.loads(chain.artifact_path.read_text())
    described["constructor_args"]["intakes"] = [chain.relay_account]
    path = tmp_path / "other.json"
    path.write_text(json.dumps(described))
    chain.registry.deployment, kept = deployment_load(path), chain.registry.deployment
    try:
        events_sync(registry=chain.registry)
    finally:
        chain.registry.deployment = kept
    assert list(roles_changed().values_list("account", flat=True)) == [chain.intake_account]


@pytest.mark.parametrize("change", ["grant", "revoke", "renounce", "admin"])
@pytest.mark.django_db
def test_roles__changed_after_the_deployment__is_an_alarm_until_acknowledged(
    chain: Chain, complaint: Complaint, change: str
) -> None:
    mined(chain)
    if change == "grant":
        receipt, wanted = granted(chain), ("RoleGranted", "RECORDER_ROLE", chain.stranger, chain.admin)
    elif change == "revoke":
        receipt = chain.write("revokeRole", role(Role.INTAKE), chain.intake_account, sender=chain.admin)
        wanted = "RoleRevoked", "INTAKE_ROLE", chain.intake_account, chain.admin
    elif change == "renounce":
        receipt = chain.write("renounceRole", role(Role.INTAKE), chain.intake_account, sender=chain.intake_account)
        wanted = "RoleRevoked", "INTAKE_ROLE", chain.intake_account, chain.intake_account
    else:
        receipt = chain.write("beginDefaultAdminTransfer", chain.stranger, sender=chain.admin)
        wanted = "DefaultAdminTransferScheduled", "", chain.stranger, ""
    events_sync(registry=chain.registry)
    (found,) = roles_changed()
    assert (found.event, found.role, found.account, found.sender) == wanted
    (problem,) = alarms()
    assert wanted[0] in problem
    assert wanted[2] in problem
    with pytest.raises(CommandError, match="1 changes are not acknowledged"):
        call_command("role_changes")
    (line,) = audit_trail(complaint=complaint, own=None, page=Page())["roles"]
    assert line == {
        "event": wanted[0],
        "role": wanted[1] or None,
        "account": wanted[2],
        "sender": wanted[3] or None,
        "block_number": int(receipt["blockNumber"], 16),
        "block_hash": receipt["blockHash"],
        "tx_hash": receipt["transactionHash"],
        "acknowledged": False,
    }
    User.objects.create_user("erin")
    call_command("role_changes", "--acknowledge", receipt["transactionHash"], "--username", "erin")
    assert alarms() == []
    # It stays in every trail, and acknowledged also when the cache is made anew.
    cache_rebuild(registry=chain.registry)
    (line,) = audit_trail(complaint=complaint, own=None, page=Page())["roles"]
    assert (line["event"], line["acknowledged"]) == (wanted[0], True)
    assert alarms() == []


@pytest.mark.django_db
def test_roles__acknowledged_transaction_without_a_change__is_refused(chain: Chain) -> None:
    User.objects.create_user("erin")
    with pytest.raises(CommandError, match="no role was changed in the transaction 0x12"):
        call_command("role_changes", "--acknowledge", "0x12", "--username", "erin")


@pytest.mark.django_db
def test_roles__all_acknowledged__are_those_that_were_read_and_no_later_one(chain: Chain) -> None:
    User.objects.create_user("erin")
    call_command("role_changes", "--acknowledge", "all", "--username", "erin")
    for role in (b"RECORDER_ROLE", b"INTAKE_ROLE"):
        chain.write("grantRole", keccak(role), chain.stranger, sender=chain.admin)
    events_sync(registry=chain.registry)
    assert len(list(roles_changed())) == 2
    call_command("role_changes", "--acknowledge", "all", "--username", "erin")
    assert alarms() == []
    chain.write("revokeRole", keccak(b"RECORDER_ROLE"), chain.stranger, sender=chain.admin)
    events_sync(registry=chain.registry)
    assert len(alarms()) == 1


@pytest.mark.django_db
def test_roles__block_gone_in_a_reorg__is_forgotten(chain: Chain) -> None:
    events_sync(registry=chain.registry)
    granted(chain)
    events_sync(registry=chain.registry)
    assert roles_changed().count() == 1
    chain.anvil.rpc("anvil_reorg", 1, [])
    chain.anvil.mine()
    events_sync(registry=chain.registry)
    assert not roles_changed().exists()
