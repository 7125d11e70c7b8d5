"""Fixtures for tests on a real chain: anvil once a session, the contract deployed once, each test's chain undone.

`chain` is what a test asks for: the settings then point at it, and `chain.anvil` can be driven at will.
"""

import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from eth_utils import to_checksum_address

from blockchain.chain import artifact, contract, node, nodes
from blockchain.protocol.links import HEAD_BYTES
from tests.anvil import Anvil

REPOSITORY = Path(__file__).resolve().parents[2]
BUILT = REPOSITORY / ".build" / "__local__.json"
DEFAULT_SLA = 30 * 86_400  # seconds
ESCALATION_INTERVAL = 86_400  # seconds
MAX_ESCALATION_LEVEL = 3
# Accounts of anvil's mnemonic: 0 has all three roles, as the relay's key by default has; 2 may file complaints only.
RELAY_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
INTAKE_KEY = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"


@dataclass(frozen=True)
class Chain:
    """One anvil with the contract on it, deployed as `artifact_path` says."""

    anvil: Anvil
    address: str
    artifact_path: Path

    @property
    def relay_account(self) -> str:
        """Has all three roles; its key is `RELAY_KEY`."""
        return to_checksum_address(self.anvil.accounts[0])

    @property
    def admin(self) -> str:
        """Grants and revokes the roles."""
        return to_checksum_address(self.anvil.accounts[1])

    @property
    def intake_account(self) -> str:
        """Has INTAKE_ROLE alone; its key is `INTAKE_KEY`."""
        return to_checksum_address(self.anvil.accounts[2])

    @property
    def stranger(self) -> str:
        """Has no role."""
        return to_checksum_address(self.anvil.accounts[5])

    @cached_property
    def registry(self) -> contract.Registry:
        """The contract as the backend sees it, on a node object of the test's own."""
        deployed = artifact.deployment_load(self.artifact_path)
        return contract.Registry(deployed=deployed, on=node.Node(url=self.anvil.url))

    def write(self, name: str, *arguments: Any, sender: str | None = None, at: int | None = None) -> dict[str, Any]:
        """Sends a call of the contract and returns the receipt. Raises `RpcError` if it reverts."""
        data = "0x" + self.registry.encode(name, *arguments).hex()
        return self.anvil.send(to=self.address, data=data, sender=sender or self.relay_account, at=at)


@pytest.fixture(scope="session")
def deployed_chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Anvil with the contract. Tests use `chain`, which isolates them from each other."""
    compiled = compiled_registry()
    anvil = Anvil()
    try:
        path = tmp_path_factory.mktemp("deployment") / "test.json"
        address = deploy(anvil, compiled, path)
        yield Chain(anvil=anvil, address=address, artifact_path=path)
    finally:
        anvil.stop()


@pytest.fixture
def chain(deployed_chain: Chain, settings: Any) -> Iterator[Chain]:
    """The chain, at the present time; settings point at it, and whatever the test does to it is undone."""
    anvil = deployed_chain.anvil
    snapshot = anvil.rpc("evm_snapshot")
    # A revert turns the chain's clock back too.
    anvil.rpc("evm_setTime", int(time.time()))
    anvil.mine()
    settings.BLOCKCHAIN_NODE_URLS = [anvil.url]
    settings.BLOCKCHAIN_NODE_AUTH = []
    settings.BLOCKCHAIN_DEPLOYMENT = deployed_chain.artifact_path
    settings.BLOCKCHAIN_PRIVATE_KEY = RELAY_KEY
    settings.BLOCKCHAIN_INTAKE_KEY = ""
    settings.BLOCKCHAIN_CONFIRMATIONS = 0
    # anvil makes a block when there is something to put into it.
    settings.HEALTH_MAX_HEAD_AGE_SECONDS = 0
    caches_clear()
    yield deployed_chain
    caches_clear()
    # A transaction that the pool still holds would be dropped by a later one with the same nonce.
    anvil.rpc("anvil_dropAllTransactions")
    assert anvil.rpc("evm_revert", snapshot) is True


@pytest.fixture
def chain_down(chain: Chain, settings: Any) -> Chain:
    """As `chain`, but the backend's node refuses connections."""
    settings.BLOCKCHAIN_NODE_URLS = ["http://127.0.0.1:9"]
    caches_clear()
    return chain


def caches_clear() -> None:
    """Forgets node, contract and artifact, which are read once per process."""
    for cached in (
        nodes.nodes,
        nodes.breakers,
        nodes.nodes_of_requests,
        contract._registry_first,
        artifact.deployment,
    ):
        cached.cache_clear()


def compiled_registry() -> dict[str, Any]:
    """The contract as Ape compiled it; compiled now if there is nothing, or nothing as new as the sources."""
    sources = [path.stat().st_mtime for path in (REPOSITORY / "contracts").rglob("*.sol")]
    with (REPOSITORY / "ape-config.yaml").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not BUILT.exists() or BUILT.stat().st_mtime < max(sources):
            solc = {"SOLCX_BINARY_PATH": str(REPOSITORY / "tools" / "toolchain")}
            subprocess.run(["ape", "compile"], cwd=REPOSITORY, env=os.environ | solc, check=True)
            BUILT.touch()
        compiled: dict[str, Any] = json.loads(BUILT.read_text())["contractTypes"]["ComplaintRegistry"]
    return compiled


# By the names of the parameter files, as the deployment script writes them.
CONSTRUCTOR_ARGS = (
    "admin",
    "admin_transfer_delay",
    "intakes",
    "recorders",
    "sla_managers",
    "default_sla",
    "escalation_interval",
    "max_escalation_level",
)


def deploy(anvil: Anvil, compiled: dict[str, Any], path: Path) -> str:
    """Deploys the contract and writes its artifact to `path`; the address."""
    relay, admin, intake = (to_checksum_address(account) for account in anvil.accounts[:3])
    inputs = next(item["inputs"] for item in compiled["abi"] if item["type"] == "constructor")
    values = [
        admin,
        0,
        [relay, intake],
        [relay],
        [relay],
        DEFAULT_SLA,
        ESCALATION_INTERVAL,
        MAX_ESCALATION_LEVEL,
    ]
    code = compiled["deploymentBytecode"]["bytecode"].removeprefix("0x")
    data = "0x" + code + encode([item["type"] for item in inputs], values).hex()
    receipt = anvil.send(to=None, data=data, sender=admin)
    address = to_checksum_address(receipt["contractAddress"])
    runtime = bytes.fromhex(anvil.rpc("eth_getCode", address, "latest")[2:])
    genesis = anvil.rpc("eth_call", {"to": address, "data": "0x" + keccak(b"GENESIS()")[:4].hex()}, "latest")
    described = {
        "contract": "ComplaintRegistry",
        "version": "2.0.0",
        "network": "test",
        "chain_id": int(anvil.rpc("eth_chainId"), 16),
        "address": address,
        "genesis": genesis[: 2 + 2 * HEAD_BYTES],
        "deployer": admin,
        "tx_hash": receipt["transactionHash"],
        "block_number": int(receipt["blockNumber"], 16),
        "block_hash": receipt["blockHash"],
        "genesis_hash": anvil.rpc("eth_getBlockByNumber", "0x0", False)["hash"],
        "constructor_args": dict(zip(CONSTRUCTOR_ARGS, values, strict=True)),
        "code_hash": "0x" + keccak(runtime).hex(),
        "compiler": {},
        "abi": json.loads(artifact.ABI_PATH.read_text()),
    }
    path.write_text(json.dumps(described, indent=2, sort_keys=True))
    return address
