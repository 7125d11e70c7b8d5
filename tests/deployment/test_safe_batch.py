"""An admin that is a contract: its calls are written down, and then made through it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from web3 import Web3

from tests.deployment.conftest import PATIENCE, Account
from tests.deployment.test_commands import refusal
from tests.support.contract import Contract
from tests.support.node import Node
from tools.deployment.artifact import Artifact
from tools.deployment.calls import Batched, Call, Printed
from tools.deployment.deploy import deploy
from tools.deployment.errors import DeploymentError
from tools.deployment.registry import ROLES
from tools.deployment.roles import Administration
from tools.deployment.safe_batch import checksum
from tools.deployment.signer import development_addresses
from tools.deployment.target import Target

Run = Callable[..., Result]
Json = dict[str, Any]

SUCCESSOR, RELAY, STRANGER = (development_addresses()[index] for index in (5, 2, 6))
DELAY = 86_400


@pytest.fixture
def by_contract(w3: Web3, wallet: Contract, account: Account, target: Target) -> Target:
    """A registry whose admin is a contract, in a file of its own."""
    meant = replace(target, parameters=replace(target.parameters, admin=wallet.address))
    assert deploy(w3, lambda: account(0), meant, patience=PATIENCE) is not None
    return meant


@pytest.fixture
def administration(w3: Web3, by_contract: Target) -> Administration:  # type: ignore[override]
    artifact = Artifact(**json.loads(by_contract.output.read_text()))
    return Administration(w3=w3, artifact=artifact, timeout=5, confirmations=0)


@pytest.fixture
def roles(run: Run, by_contract: Target) -> Run:
    """`ape run roles COMMAND OPTION...` on that registry."""
    return lambda command, *options: run("roles", command, "--artifact", str(by_contract.output), *options)


def execute(node: Node, wallet: Contract, transactions: list[Json]) -> None:
    """What the owners of a Safe do with a batch: the contract makes its calls, one after another."""
    for transaction in transactions:
        assert transaction["value"] == "0"
        data = bytes.fromhex(transaction["data"].removeprefix("0x"))
        call = wallet.codec.call("execute", transaction["to"], data)
        assert node.send(development_addresses()[9], wallet.address, call).succeeded


def encoded(transaction: Json) -> str:
    """The calldata that the Transaction Builder makes of function and arguments when it is given no calldata."""
    method, values = transaction["contractMethod"], transaction["contractInputsValues"]
    types = [item["type"] for item in method["inputs"]]
    arguments = [
        bytes.fromhex(value.removeprefix("0x")) if kind == "bytes32" else value
        for kind, value in zip(types, values.values(), strict=True)
    ]
    assert list(values) == [item["name"] for item in method["inputs"]]
    assert method["payable"] is False
    return "0x" + (keccak(text=f"{method['name']}({','.join(types)})")[:4] + encode(types, arguments)).hex()


def test_checksum__published_files__are_theirs() -> None:
    """`cypress/fixtures/test-working-batch.json` of safe-global/safe-react-apps, and one that the builder exported."""
    contract = "0x51A099ac1BF46D471110AA8974024Bfe518Fd6C4"
    meta = {"name": "Transactions Batch", "description": "", "createdFromOwnerAddress": ""}
    working = {
        "version": "1.0",
        "chainId": "5",
        "createdAt": 1671532788473,
        "meta": meta
        | {"txBuilderVersion": "1.13.1", "createdFromSafeAddress": "0xE96C43C54B08eC528e9e815fC3D02Ea94A320505"},
        "transactions": [
            {
                "to": contract,
                "value": "0",
                "data": None,
                "contractMethod": {
                    "inputs": [{"internalType": kind, "name": "newValue", "type": kind}],
                    "name": f"test{name}Value",
                    "payable": False,
                },
                "contractInputsValues": {"newValue": value},
            }
            for kind, name, value in (("bool", "Boolean", "true"), ("address", "Address", contract))
        ],
    }
    exported = {
        "version": "1.0",
        "chainId": "1",
        "createdAt": 1761326849944,
        "meta": meta
        | {"txBuilderVersion": "1.18.2", "createdFromSafeAddress": "0xA77DE01e157f9f57C7c4A326eeE9C4874D0598b6"},
        "transactions": [
            {
                "to": "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
                "value": "0",
                "data": None,
                "contractMethod": {
                    "inputs": [
                        {"internalType": "address", "name": "spender", "type": "address"},
                        {"internalType": "uint256", "name": "value", "type": "uint256"},
                    ],
                    "name": "approve",
                    "payable": False,
                },
                "contractInputsValues": {
                    "spender": "0x474e5Ded6b5D078163BFB8F6dBa355C3aA5478C8",
                    "value": "100000000000",
                },
            }
        ],
    }
    assert checksum(working) == "0x783b24b06f925df195ac0e0103507caf6520cff278555c11e9b8edb43bc2a196"
    assert checksum(exported) == "0x8b5032f716845c8b08bab3d63dbd9ba92e056f3557793cd041e59b84e16aa989"


@pytest.mark.parametrize("change", ["to", "value", "data", "description"])
def test_checksum__anything_but_the_name_changed__is_another(change: str) -> None:
    batch = {"meta": {"name": "a", "description": "b"}, "transactions": [{"to": "1", "value": "0", "data": "0x"}]}
    before = checksum(batch)
    assert checksum({**batch, "meta": {**batch["meta"], "name": "another", "checksum": before}}) == before
    owner = batch["meta"] if change == "description" else batch["transactions"][0]
    owner[change] = "2"
    assert checksum(batch) != before


def test_safe_batch__rotation_of_a_key__is_what_the_chain_says_once_executed(
    w3: Web3, node: Node, wallet: Contract, roles: Run, administration: Administration, tmp_path: Path
) -> None:
    file = tmp_path / "rotation.json"
    before = w3.eth.block_number
    granted = roles("grant", "--role", "recorder", "--account", STRANGER, "--safe-batch", str(file))
    assert granted.exit_code == 0, granted.output
    assert f"transaction 1, grant RECORDER_ROLE to {STRANGER}" in granted.output
    revoked = roles("revoke", "--role", "recorder", "--account", RELAY, "--safe-batch", str(file), "--append")
    assert revoked.exit_code == 0, revoked.output
    assert w3.eth.block_number == before

    batch = json.loads(file.read_text())
    assert (batch["version"], batch["chainId"]) == ("1.0", "31337")
    assert batch["meta"]["createdFromSafeAddress"] == wallet.address
    assert batch["meta"]["checksum"] == checksum(batch)
    assert [item["contractMethod"]["name"] for item in batch["transactions"]] == ["grantRole", "revokeRole"]
    assert [item["data"] for item in batch["transactions"]] == [encoded(item) for item in batch["transactions"]]

    execute(node, wallet, batch["transactions"])
    listed = roles("list").output
    assert f"RECORDER_ROLE      {STRANGER}" in listed
    assert f"RECORDER_ROLE      {RELAY}" not in listed


def test_safe_batch__admin_handed_over__is_the_new_one_once_executed(
    node: Node, wallet: Contract, account: Account, roles: Run, administration: Administration, tmp_path: Path
) -> None:
    begin = tmp_path / "begin.json"
    assert roles("transfer-admin", "--to", SUCCESSOR, "--safe-batch", str(begin)).exit_code == 0
    execute(node, wallet, json.loads(begin.read_text())["transactions"])
    assert administration.pending_admin[0] == SUCCESSOR
    cancel = tmp_path / "cancel.json"
    assert roles("cancel-transfer", "--safe-batch", str(cancel)).exit_code == 0
    execute(node, wallet, json.loads(cancel.read_text())["transactions"])
    assert administration.pending_admin[1] == 0


def test_safe_batch__accepted_by_a_contract__may_be_prepared_before_the_delay_is_over(
    w3: Web3, node: Node, wallet: Contract, account: Account, run: Run, deployed_path: Path, tmp_path: Path
) -> None:
    artifact, file = ("--artifact", str(deployed_path)), tmp_path / "accept.json"
    assert run("roles", "transfer-admin", *artifact, "--to", wallet.address).exit_code == 0
    prepared = run("roles", "accept-admin", *artifact, "--safe-batch", str(file))
    assert prepared.exit_code == 0, prepared.output
    assert "note: the transfer can be accepted after" in prepared.output
    node.warp(node.time + DELAY + 1)
    execute(node, wallet, json.loads(file.read_text())["transactions"])
    assert f"DEFAULT_ADMIN_ROLE {wallet.address}" in run("roles", "list", *artifact).output


def test_calldata__of_each_change__is_what_the_batch_has(wallet: Contract, roles: Run, tmp_path: Path) -> None:
    changes = {
        "grant": ("--role", "intake", "--account", STRANGER),
        "revoke": ("--role", "sla_manager", "--account", RELAY),
        "transfer-admin": ("--to", SUCCESSOR),
        "cancel-transfer": (),
    }
    for command, options in changes.items():
        printed = roles(command, *options, "--calldata")
        assert printed.exit_code == 0, printed.output
        file = tmp_path / f"{command}.json"
        assert roles(command, *options, "--safe-batch", str(file)).exit_code == 0
        (transaction,) = json.loads(file.read_text())["transactions"]
        words = dict(line.split(maxsplit=1) for line in printed.output.splitlines())
        assert (words["from"], words["to"]) == (wallet.address, transaction["to"])
        assert (words["value"], words["data"]) == (transaction["value"], transaction["data"])


def test_safe_batch__so_already__writes_nothing(roles: Run, tmp_path: Path) -> None:
    file = tmp_path / "batch.json"
    result = roles("grant", "--role", "recorder", "--account", RELAY, "--safe-batch", str(file))
    assert result.output.splitlines()[-1] == f"{RELAY} already holds RECORDER_ROLE; nothing to do"
    assert not file.exists()


@pytest.mark.parametrize("way", ["printed", "batched"])
def test_make__call_that_would_fail__refused(administration: Administration, tmp_path: Path, way: str) -> None:
    role = ROLES["RECORDER_ROLE"]
    call = Call(sender=STRANGER, function="grantRole", arguments=(role, STRANGER), meaning="grant without being admin")
    chosen = Printed() if way == "printed" else Batched(tmp_path / "batch.json")
    with pytest.raises(DeploymentError, match="would refuse this transaction: AccessControlUnauthorizedAccount"):
        chosen.make(call, administration)
    assert not (tmp_path / "batch.json").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not a Transaction Builder file"),
        ('{"meta": []}', "is not a Transaction Builder file"),
        (lambda batch: batch | {"chainId": "1"}, "has the chain id 1, not 31337"),
        (lambda batch: {**batch, "meta": batch["meta"] | {"createdFromSafeAddress": STRANGER}}, "has the Safe 0x"),
        (lambda batch: batch | {"createdAt": 0}, "has the checksum 0x"),
    ],
)
def test_safe_batch__appended_to_another_file__refused(
    roles: Run, tmp_path: Path, content: str | Callable[[Json], Json], message: str
) -> None:
    file = tmp_path / "batch.json"
    options = ("--role", "recorder", "--account", STRANGER, "--safe-batch", str(file))
    assert roles("grant", *options).exit_code == 0
    file.write_text(content if isinstance(content, str) else json.dumps(content(json.loads(file.read_text()))))
    before = file.read_bytes()
    assert message in refusal(roles("grant", *options, "--append"))
    assert file.read_bytes() == before


def test_safe_batch__existing_file__refused_without_append(roles: Run, tmp_path: Path) -> None:
    file = tmp_path / "batch.json"
    file.write_text("precious")
    line = refusal(roles("grant", "--role", "recorder", "--account", STRANGER, "--safe-batch", str(file)))
    assert line.endswith("batch.json exists; nothing was written. Add to it with --append, or remove it")
    assert file.read_text() == "precious"


def test_safe_batch__no_folder__refused(roles: Run, tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "batch.json"
    line = refusal(roles("grant", "--role", "recorder", "--account", STRANGER, "--safe-batch", str(file)))
    assert "cannot be written (No such file or directory)" in line


def test_safe_batch__admin_is_no_contract__says_so(run: Run, deployed_path: Path, tmp_path: Path) -> None:
    options = ("--role", "recorder", "--account", STRANGER, "--safe-batch", str(tmp_path / "batch.json"))
    result = run("roles", "grant", "--artifact", str(deployed_path), *options)
    assert result.exit_code == 0, result.output
    assert "has no code on this chain, so it is not a Safe" in result.output


@pytest.mark.parametrize(
    "options",
    [("--calldata", "--safe-batch", "a.json"), ("--calldata", "--signer", "alias"), ("--append",)],
    ids=" ".join,
)
def test_roles__options_that_contradict_each_other__refused(roles: Run, options: tuple[str, ...]) -> None:
    assert roles("cancel-transfer", *options).exit_code == 2
