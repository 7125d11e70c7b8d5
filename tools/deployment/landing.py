"""Bringing a signed deployment onto the chain, and waiting until its block is final."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click
import requests
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import TransactionNotFound, Web3Exception, Web3RPCError
from web3.types import TxReceipt

from tools.deployment.connection import redact
from tools.deployment.errors import DeploymentError
from tools.deployment.finality import Finality
from tools.deployment.pending import Pending
from tools.deployment.places import shown
from tools.deployment.transactions import rpc_message


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a deployment is waited for (`timeout`) and how often the node is asked (`poll`), both in seconds.

    Once it is final, its code is waited for as well, but not longer than `reading` seconds: some nodes show it late.
    """

    timeout: float
    finality: Finality
    poll: float = 0.1
    reading: float = 300.0
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, kw_only=True)
class Landed:
    """A mined transaction, successful or not, and a final block that is its own or lies above it."""

    receipt: TxReceipt
    final_number: int
    final_hash: HexBytes


@dataclass(kw_only=True)
class Watch(ABC):
    """Watches the transaction `tx_hash` until it is final. Progress is printed when it changes."""

    w3: Web3
    tx_hash: str
    patience: Patience
    _told: str = field(default="", init=False)

    @abstractmethod
    def missing(self) -> None:
        """What to do about a transaction that is not mined, or no longer."""

    def wait(self) -> Landed:
        """Raises `DeploymentError` when time is over, when the node refuses the bytes, or when they can never land.

        A node that does not answer, or with an error, is asked again.
        """
        until = time.monotonic() + self.patience.timeout
        while True:
            try:
                if landed := self.look():
                    return landed
            except requests.RequestException as error:
                self.tell(f"for the node, which does not answer ({type(error).__name__})")
            except Web3Exception as error:
                self.tell(f"for the node, which says: {redact(rpc_message(error))}")
            if time.monotonic() > until:
                seconds = f"{self.patience.timeout:.0f} s"
                raise DeploymentError(
                    f"not finished after {seconds}, still waiting {self._told}; run the same command again to continue"
                )
            self.patience.sleep(self.patience.poll)

    def look(self) -> Landed | None:
        """Asks the node once. `None`: not final yet."""
        receipt = self._receipt()
        if receipt is None:
            self.missing()
            self.tell(f"for {self.tx_hash} to be mined")
            return None
        number = receipt["blockNumber"]
        final_number = self.patience.finality.block_number(self.w3)
        if final_number < number:
            final = f"{self.patience.finality} is {max(final_number, 0)}"
            self.tell(f"for block {number} to be final ({final})")
            return None
        final_hash = HexBytes(self.w3.eth.get_block(final_number)["hash"])
        if self.w3.eth.get_block(number)["hash"] != receipt["blockHash"]:
            return None  # A reorg between the two answers.
        return Landed(receipt=receipt, final_number=final_number, final_hash=final_hash)

    def is_still_final(self, landed: Landed) -> bool:
        """Whether what was read as of `landed` was read on one chain."""
        receipt = self._receipt()
        return (
            receipt is not None
            and receipt["blockHash"] == landed.receipt["blockHash"]
            and self.w3.eth.get_block(landed.final_number)["hash"] == landed.final_hash
        )

    def _receipt(self) -> TxReceipt | None:
        try:
            return self.w3.eth.get_transaction_receipt(HexBytes(self.tx_hash))
        except TransactionNotFound:
            return None

    def tell(self, state: str) -> None:
        """Prints what is waited for, if that is news."""
        if state != self._told:
            click.echo(f"waiting   {state}")
            self._told = state


@dataclass(kw_only=True)
class Found(Watch):
    """A deployment that somebody else sent, or an earlier run that left no record."""

    def missing(self) -> None:
        raise DeploymentError("the chain was reorganised while it was read; run the same command again")


@dataclass(kw_only=True)
class Landing(Watch):
    """Sends `pending`, kept in the file at `path`, as often as it takes, and watches it until it is final.

    A reorg that drops the transaction makes it be sent again, the same bytes.
    """

    pending: Pending
    path: Path

    def missing(self) -> None:
        """Sends what the node does not know."""
        self._send_if_unknown()

    def _is_known(self) -> bool:
        try:
            self.w3.eth.get_transaction(HexBytes(self.tx_hash))
        except TransactionNotFound:
            return False
        return True

    def _send_if_unknown(self) -> None:
        if self._is_known():
            return
        try:
            self.w3.eth.send_raw_transaction(HexBytes(self.pending.raw_transaction))
        except Web3RPCError as error:
            # Another process may have sent it in between; what a node says of that differs from node to node.
            if not self._is_known():
                raise self._refused(error) from None
        else:
            click.echo(f"sent      {self.pending.tx_hash}")

    def _refused(self, error: Web3RPCError) -> DeploymentError:
        deployer, nonce = self.pending.deployer, self.pending.nonce
        if self.w3.eth.get_transaction_count(Web3.to_checksum_address(deployer)) > nonce:
            return DeploymentError(
                f"{self.pending.tx_hash} can no longer be mined: another transaction of {deployer} has its nonce, "
                f"{nonce}; to deploy anew, make sure with another node, and delete {shown(self.path)}"
            )
        return DeploymentError(
            f"the node refused the transaction: {rpc_message(error)}; run the same command to send it again, or "
            f"delete {shown(self.path)} to abandon it"
        )
