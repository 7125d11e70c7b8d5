"""One run of the relay: settle what is under way, then send the next batch. Any number of processes may call it."""

import logging
import os
import socket
import uuid
from collections.abc import Callable
from datetime import timedelta
from enum import Enum

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from blockchain.chain.contract import Registry, registry
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.guard import chain_check, history_check
from blockchain.chain.head import head_get
from blockchain.chain.signers import Signer, signer
from blockchain.models import BlockchainTransaction, SignedTransaction
from blockchain.relay.attempts import WriteTaken, attempt_send, attempt_sign
from blockchain.relay.errors import RelayBlocked
from blockchain.relay.fees import Fees, fees_bump, fees_suggest
from blockchain.relay.lease import lease_acquire, lease_blocked, lease_release
from blockchain.relay.packing import transaction_data
from blockchain.relay.preparation import Preparation
from blockchain.relay.selection import writes_ready
from blockchain.relay.settlement import attempts_settle
from blockchain.relay.simulation import gas_limit

logger = logging.getLogger("blockchain.relay")

State = SignedTransaction.State
# Gas of a transfer of nothing to oneself: uses up a nonce whose writes are all gone.
TRANSFER_GAS = 21_000
RESEND_AFTER = timedelta(seconds=5)


class Outcome(Enum):
    """What a run came to."""

    IDLE = "idle"  # nothing to do
    WORKED = "worked"  # a transaction was sent or settled; there may be more at once
    WAITING = "waiting"  # a transaction is under way
    STANDBY = "standby"  # another relay holds the key
    UNAVAILABLE = "unavailable"  # the node does not answer
    BLOCKED = "blocked"  # nothing can be written; the reason is on the health page


class Relay:
    """The relay of this process: one holder of the lease on one key."""

    def __init__(self, *, on: Registry, by: Signer) -> None:
        self.registry, self.signer = on, by
        self.holder = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._checked = False

    def run_once(self) -> Outcome:
        """Settles and sends once. Raises `WrongChain` if the node is not on the deployment's chain."""
        if not lease_acquire(signer=self.signer.address, holder=self.holder):
            return Outcome.STANDBY
        try:
            # Each time: behind a proxy or a load balancer, no broken connection tells that the node was replaced.
            if self._checked:
                history_check(self.registry)
            else:
                chain_check(self.registry)
                self._checked = True
            outcome = self._settle_and_send()
        except ChainUnavailable as error:
            # It may come back as another node, or with another history.
            self._checked = False
            lease_blocked(signer=self.signer.address, reason=str(error))
            logger.warning("node unavailable", extra={"error": str(error)})
            return Outcome.UNAVAILABLE
        except (RelayBlocked, NodeError) as error:
            lease_blocked(signer=self.signer.address, reason=str(error))
            logger.error("relay blocked", extra={"error": str(error)})
            return Outcome.BLOCKED
        lease_blocked(signer=self.signer.address, reason="")
        return outcome

    def run_until_idle(self, *, wait: Callable[[], None] = lambda: None, rounds: int = 10_000) -> Outcome:
        """Runs until there is nothing to do or no way to do it; `wait` is called between looks at a transaction."""
        outcome = Outcome.IDLE
        for _ in range(rounds):
            outcome = self.run_once()
            if outcome is Outcome.WAITING:
                wait()
            elif outcome is not Outcome.WORKED:
                break
        return outcome

    def release(self) -> None:
        """Gives the lease up."""
        lease_release(signer=self.signer.address, holder=self.holder)

    def _settle_and_send(self) -> Outcome:
        still_open = attempts_settle(registry=self.registry, signer=self.signer.address)
        if still_open:
            return self._push(still_open)
        writes = writes_ready()
        if not writes:
            return Outcome.IDLE
        head = head_get(self.registry.node)
        preparation = Preparation(registry=self.registry, sender=self.signer.address, at=head.time_to_come)
        prepared = preparation.batch_prepare(writes)
        if prepared is None:
            return Outcome.IDLE
        fees = fees_suggest(node=self.registry.node, header=head.latest)
        try:
            attempt = attempt_sign(
                signer=self.signer,
                chain_id=self.registry.deployment.chain_id,
                nonce=self._next_nonce(),
                to=self.registry.address,
                data=transaction_data(self.registry, prepared.batch.calls(self.registry)),
                gas=gas_limit(prepared.gas),
                fees=fees,
                packed=prepared.batch.packed(),
            )
        except (WriteTaken, IntegrityError) as error:
            logger.info("another relay was faster", extra={"error": str(error)})
            return Outcome.WAITING
        attempt_send(node=self.registry.node, attempt=attempt)
        return Outcome.WORKED

    def _push(self, still_open: list[SignedTransaction]) -> Outcome:
        """Sends what was not sent, sends again what the node forgot, and raises the fees of what is stuck."""
        now = timezone.now()
        for attempt in still_open:
            unsent = attempt.state == State.SIGNED
            if unsent or (attempt.sent_at and now - attempt.sent_at > RESEND_AFTER):
                attempt_send(node=self.registry.node, attempt=attempt)
        lowest = still_open[0].nonce
        newest = [attempt for attempt in still_open if attempt.nonce == lowest][-1]
        if now - newest.created_at > timedelta(seconds=settings.BLOCKCHAIN_BUMP_AFTER):
            self._bump(newest)
        return Outcome.WAITING

    def _bump(self, stuck: SignedTransaction) -> None:
        """Replaces a transaction that nobody mines, at the same nonce, with what its writes would be now."""
        head = head_get(self.registry.node)
        previous = Fees(
            max_fee=stuck.max_fee_per_gas,
            priority_fee=stuck.max_priority_fee_per_gas,
            legacy="baseFeePerGas" not in head.latest,
        )
        fees = fees_bump(previous=previous, suggested=fees_suggest(node=self.registry.node, header=head.latest))
        if fees is None:
            raise RelayBlocked(f"transaction {stuck.tx_hash} is stuck and its fees are at BLOCKCHAIN_MAX_FEE_GWEI")
        writes = list(
            BlockchainTransaction.objects.filter(
                signed_transaction__signer=stuck.signer,
                signed_transaction__nonce=stuck.nonce,
                state__in=(BlockchainTransaction.State.SIGNED, BlockchainTransaction.State.SENT),
            )
            .select_related("report")
            .order_by("report_id", "order")
        )
        preparation = Preparation(
            registry=self.registry, sender=self.signer.address, at=head.time_to_come, replacing=True
        )
        prepared = preparation.batch_prepare(writes)
        try:
            attempt = attempt_sign(
                signer=self.signer,
                chain_id=self.registry.deployment.chain_id,
                nonce=stuck.nonce,
                to=self.registry.address if prepared else self.signer.address,
                data=transaction_data(self.registry, prepared.batch.calls(self.registry)) if prepared else b"",
                gas=gas_limit(prepared.gas) if prepared else TRANSFER_GAS,
                fees=fees,
                packed=prepared.batch.packed() if prepared else [],
            )
        except (WriteTaken, IntegrityError) as error:
            # Mined after all, or another relay raised the fees.
            logger.info("another was faster", extra={"nonce": stuck.nonce, "error": str(error)})
            return
        logger.warning("fees raised", extra={"nonce": stuck.nonce, "attempt": attempt.attempt})
        attempt_send(node=self.registry.node, attempt=attempt)

    def _next_nonce(self) -> int:
        """The next nonce, from the chain. Raises `ChainUnavailable` if the node has not seen our own transactions."""
        nonce = self.registry.node.transaction_count(self.signer.address)
        used = SignedTransaction.objects.filter(
            signer=self.signer.address, nonce__gte=nonce, state__in=(State.MINED, State.CONFIRMED)
        )
        if used.exists():
            raise ChainUnavailable("the node lags behind our own transactions")
        return nonce


def relay_new() -> Relay:
    """A relay for the configured contract and key. Raises `ArtifactError` or `SignerError`."""
    return Relay(on=registry(), by=signer())
