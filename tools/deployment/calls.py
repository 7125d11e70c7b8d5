"""A call of the registry, and three ways to make it: signed and sent, printed, or kept in a file for a multisig."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click
from web3 import Web3
from web3.contract import Contract

from tools.deployment.artifact import Artifact
from tools.deployment.registry import contract_at
from tools.deployment.safe_batch import SafeCall, put_into_batch
from tools.deployment.transactions import plan_transaction, require_success, send, wait

if TYPE_CHECKING:
    from ape.api import AccountAPI


@dataclass(frozen=True, kw_only=True)
class Call:
    """`function` of the registry, made by `sender`. `due`: whether it can be made now, not only later."""

    sender: str
    function: str
    arguments: tuple[Any, ...]
    meaning: str
    due: bool = True


class Way(Protocol):
    """How a call is made."""

    # Whether the call is made at once, so that one that is not due must be refused.
    at_once: bool

    def sender(self, entitled: str) -> str:
        """Who makes the call, given who is entitled to. Raises `DeploymentError` if there is no key."""

    def make(self, call: Call, registry: "Callee") -> bool:
        """Makes it, or writes down how. True if it is on the chain, where it can be read back."""


@dataclass(frozen=True, kw_only=True)
class Callee:
    """The registry that is called, and how long (`timeout`, seconds; `confirmations`) its receipts are waited for."""

    w3: Web3
    artifact: Artifact
    timeout: float
    confirmations: int

    @property
    def contract(self) -> Contract:
        """The contract."""
        return contract_at(self.w3, address=self.artifact.address, abi=self.artifact.abi)

    def data(self, call: Call) -> bytes:
        """The calldata."""
        return bytes.fromhex(self.contract.encode_abi(call.function, list(call.arguments)).removeprefix("0x"))

    def simulate(self, call: Call) -> None:
        """Raises `DeploymentError` if the call would fail. What is not due yet would, and is not asked."""
        if call.due:
            require_success(
                self.w3, sender=call.sender, to=self.artifact.address, data=self.data(call), abi=self.artifact.abi
            )


class Signed:
    """Signs, sends, and waits for the receipt. `signer` gives the account, told who is entitled to make the call."""

    at_once = True

    def __init__(self, signer: Callable[[str], "AccountAPI"]) -> None:
        self._signer = signer
        self._account: AccountAPI | None = None

    def sender(self, entitled: str) -> str:
        self._account = self._signer(entitled)
        return str(self._account.address)

    def make(self, call: Call, registry: Callee) -> bool:
        assert self._account is not None
        plan = plan_transaction(
            registry.w3,
            sender=call.sender,
            to=registry.artifact.address,
            data=registry.data(call),
            abi=registry.artifact.abi,
        )
        tx_hash = send(registry.w3, self._account, plan)
        click.echo(f"sent {Web3.to_hex(tx_hash)}")
        receipt = wait(registry.w3, tx_hash, timeout=registry.timeout, confirmations=registry.confirmations)
        click.echo(f"mined in block {receipt['blockNumber']}, gas used {receipt['gasUsed']:,}")
        return True


class Prepared:
    """Needs no key and sends nothing: whoever is entitled makes the call later."""

    at_once = False

    def sender(self, entitled: str) -> str:
        return entitled


class Printed(Prepared):
    """Prints target, value and calldata."""

    def make(self, call: Call, registry: Callee) -> bool:
        registry.simulate(call)
        for name, value in (
            ("call", call.meaning),
            ("from", call.sender),
            ("to", registry.artifact.address),
            ("value", 0),
            ("data", "0x" + registry.data(call).hex()),
        ):
            click.echo(f"{name:6} {value}")
        return False


class Batched(Prepared):
    """Puts the call into a Safe Transaction Builder file."""

    def __init__(self, path: Path, *, append: bool = False) -> None:
        self._path, self._append = path, append

    def make(self, call: Call, registry: Callee) -> bool:
        registry.simulate(call)
        if not registry.w3.eth.get_code(Web3.to_checksum_address(call.sender)):
            click.echo(f"note: {call.sender} has no code on this chain, so it is not a Safe")
        function = next(
            entry
            for entry in registry.artifact.abi
            if (entry["type"], entry.get("name")) == ("function", call.function)
        )
        put_into_batch(
            self._path,
            SafeCall(
                to=registry.artifact.address,
                data=registry.data(call),
                function=function,
                arguments=call.arguments,
                meaning=call.meaning,
            ),
            chain_id=registry.artifact.chain_id,
            safe=call.sender,
            append=self._append,
        )
        return False
