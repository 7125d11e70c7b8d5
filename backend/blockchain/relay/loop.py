"""One round of the relay: look, settle, push what waits, sign what fits. Any process may call it."""

import itertools
import logging
import os
import socket
import uuid
from collections.abc import Callable, Sequence
from enum import Enum

from blockchain.chain.contract import Registry, registry
from blockchain.chain.errors import ChainUnavailable, NodeError
from blockchain.chain.guard import chain_check
from blockchain.chain.signers import Signer, signer
from blockchain.conf import settings
from blockchain.models import Attempt, RelayLease, Transaction
from blockchain.protocol.links import LogError
from blockchain.relay.alarms import alarm_end, alarm_note
from blockchain.relay.errors import Overtaken, RelayBlocked
from blockchain.relay.escalate import escalation_prepare
from blockchain.relay.estimate import Prepared, prepare
from blockchain.relay.fees import fees_suggest
from blockchain.relay.flight import Flight, flights_load
from blockchain.relay.lease import lease_acquire, lease_release, signers_in_use
from blockchain.relay.pack import MAX_ENTRIES, Kind, escalation_pack
from blockchain.relay.select import writes_ready
from blockchain.relay.send import attempts_send, is_hopeless, is_stuck, is_unsent, pays_for
from blockchain.relay.settle import settle
from blockchain.relay.sign import attempt_sign, transaction_sign
from blockchain.relay.view import ROLES, View, look
from blockchain.reservations import reservations_expire

logger = logging.getLogger("blockchain.relay")

State = Transaction.State
# Gas limit of a call of the contract that does nothing, behind which others wait.
FILLER_GAS = 60_000


class Outcome(Enum):
    """What a round came to."""

    IDLE = "idle"  # nothing to do
    WORKED = "worked"  # a transaction was sent or settled; there may be more at once
    WAITING = "waiting"  # a transaction is under way
    STANDBY = "standby"  # another relay holds the key
    UNAVAILABLE = "unavailable"  # the node does not answer
    BLOCKED = "blocked"  # not everything can be written; the reason is on the health page


class Relay:
    """The relay of this process: one holder of the lease on one key."""

    def __init__(self, *, registry: Registry, signer: Signer) -> None:
        self.registry, self.signer = registry, signer
        self.holder = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        # Complaints that may be overdue, the most urgent first; the SLA check fills it.
        self.overdue: list[str] = []
        # The newest block that is known to be final; and whether the node was found to be on the right chain.
        self._final, self._checked = -1, False
        # Transactions that seem to be replaced; `settle` makes sure.
        self._suspects: dict[int, float] = {}

    def run_once(self) -> Outcome:
        """Settles and sends once. Raises `WrongChain` if the node is not on the deployment's chain."""
        lease = lease_acquire(signer=self.signer.address, holder=self.holder)
        if lease is None:
            return Outcome.STANDBY
        try:
            if not self._checked:
                chain_check(self.registry)
                self._checked = True
            outcome = self._round(lease)
        except (ChainUnavailable, LogError) as error:
            # It may come back as another node, or with another history.
            self._final, self._checked = -1, False
            alarm_note(lease, reason=str(error), level=logging.WARNING, message="node unavailable")
            return Outcome.UNAVAILABLE
        except Overtaken as error:
            logger.info("nonce or write already taken", extra={"error": str(error)})
            return Outcome.WAITING
        except (RelayBlocked, NodeError) as error:
            alarm_note(lease, reason=str(error), level=logging.ERROR, message="relay blocked")
            return Outcome.BLOCKED
        alarm_end(lease)
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

    def _round(self, lease: RelayLease) -> Outcome:
        flights = flights_load(signer=self.signer.address)
        view = look(registry=self.registry, signer=self.signer.address, flights=flights, final=self._final)
        self._final = view.final
        if settle(flights=flights, view=view, address=self.registry.address, suspects=self._suspects):
            # What follows is decided by a look at what is left.
            return Outcome.WORKED
        if lease.stopped_reason:
            raise RelayBlocked(f"stopped until `recover` has run: {lease.stopped_reason}")
        opened = [flight for flight in flights if flight.is_open]
        own = [flight for flight in opened if flight.transaction.signer == self.signer.address]
        self._require_seen(view)
        raised = self._push(own, [flight for flight in opened if flight not in own], view)
        # What waits behind them may travel now.
        reservations_expire()
        signed = self._sign(own, view, raised=raised)
        if missing := [role.value for role in ROLES if role not in view.roles]:
            raise RelayBlocked(f"the relay's key lacks {', '.join(missing)} on the contract")
        if signed:
            return Outcome.WORKED
        return Outcome.WAITING if own else Outcome.IDLE

    def _require_seen(self, view: View) -> None:
        """Raises `ChainUnavailable` while the node has not seen what our own transactions have used already."""
        ahead = Transaction.objects.filter(signer=self.signer.address, nonce__gte=view.nonce)
        # What took their nonce is gone by a reorg, or the node is behind and takes it again.
        ahead.filter(state=State.REPLACED).update(state=State.OPEN)
        if ahead.filter(state__in=(State.MINED, State.CONFIRMED)).exists():
            raise ChainUnavailable("the node lags behind our own transactions")

    def _push(self, own: Sequence[Flight], others: Sequence[Flight], view: View) -> bool:
        """Sends what was not sent, and again what was forgotten; raises what is stuck, cancels what is hopeless.

        Returns whether there is anything that was raised and still waits.
        """
        in_use = signers_in_use() if others else ()
        left_behind = [each.attempts[-1] for each in others if each.transaction.signer not in in_use]
        to_send = [attempt for attempt in left_behind if is_unsent(attempt, view)]
        waiting = [flight.attempts[-1] for flight in own if flight.transaction.nonce >= view.nonce]
        # All of them, since each waits for the lowest.
        stuck = bool(waiting) and is_stuck(waiting[0])
        blocked: RelayBlocked | None = None
        for attempt in waiting:
            # More fees don't help what the key can't pay for as it is.
            if (stuck and pays_for(attempt, view)) or is_hopeless(attempt):
                try:
                    to_send.append(self._raised(attempt, view))
                    continue
                except RelayBlocked as error:
                    blocked = blocked or error
            if is_unsent(attempt, view):
                to_send.append(attempt)
        if to_send:
            attempts_send(to_send, node=self.registry.node, view=view)
        if blocked is not None:
            raise blocked
        return stuck or any(len(flight.attempts) > 1 for flight in own)

    def _raised(self, attempt: Attempt, view: View) -> Attempt:
        """The next attempt at the same nonce, stored. Raises `RelayBlocked` where the fees are at their cap."""
        fees = fees_suggest(node=self.registry.node, header=view.head, replacing=attempt)
        cancels = attempt.cancels or is_hopeless(attempt)
        return attempt_sign(signer=self.signer, registry=self.registry, previous=attempt, fees=fees, cancels=cancels)

    def _sign(self, own: Sequence[Flight], view: View, *, raised: bool) -> int:
        """Fills the free places in flight. Returns how many transactions were signed."""
        taken = {flight.transaction.nonce for flight in own}
        escalating = any(flight.transaction.kind == Kind.ESCALATE for flight in own)
        # What is stuck comes first.
        room, signed = 0 if raised else settings.BLOCKCHAIN_RELAY_IN_FLIGHT - len(own), 0
        for nonce in (nonce for nonce in itertools.count(view.nonce) if nonce not in taken):
            # Behind a nonce that nothing uses, nothing is mined.
            is_hole = nonce < max(taken, default=0)
            if signed >= room and not is_hole:
                break
            prepared = (None if escalating else self._escalation(view)) or self._batch(view)
            if prepared is None and is_hole:
                prepared = escalation_pack([]), FILLER_GAS
            if prepared is None:
                break
            batch, gas = prepared
            escalating = escalating or batch.kind == Kind.ESCALATE
            attempt = transaction_sign(
                signer=self.signer,
                registry=self.registry,
                nonce=nonce,
                batch=batch,
                gas=gas,
                fees=fees_suggest(node=self.registry.node, header=view.head),
            )
            attempts_send([attempt], node=self.registry.node, view=view)
            signed += 1
        return signed

    def _batch(self, view: View) -> Prepared | None:
        rows = writes_ready(kinds=view.kinds, limit=MAX_ENTRIES)
        return prepare(registry=self.registry, view=view, rows=rows)

    def _escalation(self, view: View) -> Prepared | None:
        while self.overdue:
            if prepared := escalation_prepare(registry=self.registry, view=view, overdue=self.overdue):
                return prepared
        return None


def relay_new() -> Relay:
    """A relay for the configured contract and key. Raises `ArtifactError` or `SignerError`."""
    return Relay(registry=registry(), signer=signer())
