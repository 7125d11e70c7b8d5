"""One round of the relay: look at the chain, settle, push open transactions, sign new ones. Any process may run it."""

import itertools
import logging
import os
import socket
import uuid
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from blockchain.chain.contract import Registry, registry
from blockchain.chain.errors import ChainUnavailable, NodeError, WrongChain
from blockchain.chain.guard import chain_check_any
from blockchain.chain.node import Node
from blockchain.chain.signers import Signer, SignerError, signer
from blockchain.conf import settings
from blockchain.models import Attempt, Objection, RelayLease, Transaction
from blockchain.protocol.links import LogError
from blockchain.relay.alarms import alarm_end, alarm_note
from blockchain.relay.errors import Overtaken, RelayBlocked, RelayStopped, RoleMissing, TransactionRefused
from blockchain.relay.escalate import escalation_prepare
from blockchain.relay.estimate import Prepared, prepare, transfer_gas
from blockchain.relay.flight import Flight, flights_load
from blockchain.relay.lease import lease_acquire, lease_release, signers_in_use
from blockchain.relay.margin import margin_of
from blockchain.relay.objections import objection_prepare, objections_at_once, objections_ready
from blockchain.relay.offer import Offers, demand_unmet, is_doubled
from blockchain.relay.pack import MAX_ENTRIES, Kind, escalation_pack
from blockchain.relay.refusals import Demand
from blockchain.relay.select import Ready, writes_ready
from blockchain.relay.send import attempts_send, hold_of, is_hopeless, is_stuck, is_unsent, pays_for
from blockchain.relay.settle import settle
from blockchain.relay.sign import attempt_sign, transaction_sign
from blockchain.relay.spending import spending
from blockchain.relay.view import ROLES, View, look
from blockchain.reservations import reservations_expire

logger = logging.getLogger("blockchain.relay")

State = Transaction.State
# Gas limit of a call to the contract that does nothing, behind which others wait.
FILLER_GAS = 60_000
# How often fees are raised in one round because a refusal asks for it.
OBEYED_AT_ONCE = 3


class Outcome(Enum):
    """The result of a round."""

    IDLE = "idle"  # nothing to do
    WORKED = "worked"  # a transaction was sent or settled; more work may follow at once
    WAITING = "waiting"  # a transaction is in flight
    STANDBY = "standby"  # another relay holds the key
    UNAVAILABLE = "unavailable"  # the node does not answer
    BLOCKED = "blocked"  # not everything can be written; the reason is on the health page


class Relay:
    """The relay of this process, which may hold the lease on one key."""

    def __init__(self, *, registry: Registry, signer: Signer, current: Callable[[], Signer] | None = None) -> None:
        """`current` returns the signer as it is now; without it, the key stays the same."""
        self.registry, self.signer = registry, signer
        self._current = current or (lambda: signer)
        # Why nothing can be signed in this round; and the signer that replaces ours once nothing of ours is under way.
        self._unusable: SignerError | None = None
        self._next: Signer | None = None
        self.holder = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        # Complaints that may be overdue, most urgent first; the SLA check adds them.
        self.overdue: list[str] = []
        # The newest block known to be final; and the node that was confirmed to be on the right chain.
        self._final = -1
        self._checked: Node | None = None
        # Transactions that seem to be replaced; `settle` confirms it.
        self._suspects: dict[int, float] = {}
        self._offers = Offers()
        # Whether the last transaction recorded an objection: they take turns with the writes.
        self._objected = False
        # What the node refuses in this round although it may take it later: other transactions go on.
        self._refused: TransactionRefused | None = None

    def run_once(self) -> Outcome:
        """Settles and sends once. Raises `WrongChain` if the node is not on the deployment's chain."""
        self._look_for_key()
        lease = lease_acquire(signer=self.signer.address, holder=self.holder)
        if lease is None:
            return Outcome.STANDBY
        self._choose_node()
        try:
            if self._checked is not self.registry.node:
                self._checked = chain_check_any(self.registry).node
                if self._checked is not self.registry.node:
                    # The next round is with that one.
                    raise ChainUnavailable("the node is on another chain than the other nodes, or does not answer")
            outcome = self._round(lease)
        except (ChainUnavailable, LogError) as error:
            # When it answers again, it may be a different node, or have a different history.
            self._final, self._checked = -1, None
            self.registry.node.standing.fault()
            alarm_note(lease, error=error, level=logging.WARNING, message="node unavailable")
            return Outcome.UNAVAILABLE
        except WrongChain as error:
            self.registry.node.standing.wrong()
            if self.registry.best() is self.registry or self.registry.best().node.standing.is_wrong:
                raise
            alarm_note(lease, error=error, level=logging.ERROR, message="node on another chain")
            return Outcome.UNAVAILABLE
        except Overtaken as error:
            logger.info("nonce or write already taken", extra={"error": str(error)})
            return Outcome.WAITING
        except (RelayBlocked, NodeError, SignerError) as error:
            alarm_note(lease, error=error, level=logging.ERROR, message="relay blocked")
            return Outcome.BLOCKED
        if self._refused is not None:
            alarm_note(lease, error=self._refused, level=logging.ERROR, message="relay blocked")
        else:
            alarm_end(lease)
        return outcome

    def run_until_idle(self, *, wait: Callable[[], None] = lambda: None, rounds: int = 10_000) -> Outcome:
        """Runs until nothing is left to do or nothing can be done. Calls `wait` between looks at a transaction."""
        outcome = Outcome.IDLE
        for _ in range(rounds):
            outcome = self.run_once()
            if outcome is Outcome.WAITING:
                wait()
            elif outcome is not Outcome.WORKED:
                break
        return outcome

    def release(self) -> None:
        """Gives up the lease."""
        lease_release(signer=self.signer.address, holder=self.holder)

    def _choose_node(self) -> None:
        """A round asks one node. What another one said before is not combined with what this one says."""
        best = self.registry.best()
        if best is not self.registry:
            logger.warning("relay asks another node", extra={"was": self.registry.node.name, "node": best.node.name})
            self.registry, self._final = best, -1
            self._suspects.clear()

    def _round(self, lease: RelayLease) -> Outcome:
        self._refused = None
        flights = flights_load(signer=self.signer.address)
        view = look(registry=self.registry, signer=self.signer.address, flights=flights, final=self._final)
        self._final = view.final
        if settle(flights=flights, view=view, address=self.registry.address, suspects=self._suspects):
            # The next steps need a look at the remaining transactions.
            return Outcome.WORKED
        # Whichever key it was: with another one, the relay would write on complaints that the chain knows better.
        stopped = RelayLease.objects.exclude(stopped_reason="").order_by("signer").first()
        if stopped is not None:
            raise RelayStopped(f"{stopped.signer} is stopped until `recover` has run: {stopped.stopped_reason}")
        opened = [flight for flight in flights if flight.is_open]
        own = [flight for flight in opened if flight.transaction.signer == self.signer.address]
        self._require_seen(view)
        raised = self._push(own, [flight for flight in opened if flight not in own], view)
        # The writes that waited behind them may now be packed.
        reservations_expire()
        if self._next is not None:
            if own:
                return Outcome.WAITING
            self._change_key(self._next)
            return Outcome.WORKED
        signed = self._sign(own, view, raised=raised)
        # Also while there is nothing to sign: health names it before a write has to wait.
        self._usable_signer()
        if missing := [role.value for role in ROLES if role not in view.roles]:
            raise RoleMissing(f"the relay's key lacks {', '.join(missing)} on the contract")
        if signed:
            return Outcome.WORKED
        return Outcome.WAITING if own else Outcome.IDLE

    def _look_for_key(self) -> None:
        """Asks whether the key was exchanged. Without an answer, what was signed is still sent and settled."""
        self._unusable = self._next = None
        try:
            found = self._current()
        except SignerError as error:
            self._unusable = error
            return
        if found.address == self.signer.address:
            self.signer = found
        else:
            self._next = found

    def _change_key(self, new: Signer) -> None:
        logger.warning("relay key rotated", extra={"was": self.signer.address, "signer": new.address})
        self.release()
        self.signer, self._next = new, None

    def _usable_signer(self) -> Signer:
        if self._unusable is not None:
            raise self._unusable
        return self.signer

    def _require_seen(self, view: View) -> None:
        """Raises `ChainUnavailable` while the node does not know nonces that our own transactions have already used."""
        ahead = Transaction.objects.filter(signer=self.signer.address, nonce__gte=view.nonce)
        # The other transaction is gone after a reorg; or the node lags behind, and the next look replaces them again.
        ahead.filter(state=State.REPLACED).update(state=State.OPEN)
        if ahead.filter(state__in=(State.MINED, State.CONFIRMED)).exists():
            raise ChainUnavailable("the node lags behind our own transactions")

    def _push(self, own: Sequence[Flight], others: Sequence[Flight], view: View) -> bool:
        """Sends unsent and forgotten transactions, raises the fees of stuck ones, and cancels hopeless ones.

        Returns whether a transaction with raised fees is still waiting. Raises `RelayBlocked`.
        """
        in_use = signers_in_use() if others else ()
        left_behind = [each.attempts[-1] for each in others if each.transaction.signer not in in_use]
        to_send = [attempt for attempt in left_behind if is_unsent(attempt, view)]
        waiting = [flight for flight in own if flight.transaction.nonce >= view.nonce]
        # If the lowest is stuck, all are, since each waits for the lowest.
        stuck = bool(waiting) and is_stuck(waiting[0].attempts[-1])
        blocked: RelayBlocked | SignerError | None = None
        for flight in waiting:
            attempt = flight.attempts[-1]
            demand = demand_unmet(attempt, view=view)
            # Once at once; after that, only if it is stuck.
            wanted = demand.is_named and not (demand.twice and is_doubled(flight.attempts))
            # Higher fees don't help if the key's balance does not cover the present ones.
            if ((stuck or wanted) and pays_for(attempt, view)) or is_hopeless(attempt):
                try:
                    to_send.append(self._raised(attempt, view, demand))
                    continue
                except (RelayBlocked, SignerError) as error:
                    blocked = blocked or error
            if is_unsent(attempt, view):
                to_send.append(attempt)
        self._send(to_send, view)
        if blocked is not None:
            raise blocked
        sent = {attempt.transaction_id: attempt for attempt in to_send}
        self._require_accepted([sent.get(flight.transaction.pk, flight.attempts[-1]) for flight in waiting], view)
        return stuck or any(len(flight.attempts) > 1 for flight in own)

    def _send(self, attempts: Sequence[Attempt], view: View) -> None:
        """Sends; obeys a refusal that asks for higher fees, at once and within the caps. Raises `RelayBlocked`."""
        if not attempts:
            return
        node = self.registry.node
        refused = attempts_send(attempts, registry=self.registry, view=view)
        for _ in range(OBEYED_AT_ONCE):
            again = []
            for attempt in refused:
                if attempt.transaction.signer != self.signer.address or not pays_for(attempt, view):
                    continue
                demand = demand_unmet(attempt, view=view, node=node)
                if demand.is_named and not demand.twice:
                    again.append(self._raised(attempt, view, demand))
            if not again:
                return
            refused = attempts_send(again, registry=self.registry, view=view)

    def _require_accepted(self, attempts: Sequence[Attempt], view: View) -> None:
        """Raises `NoEther` if a transaction waits for ether; notes one that the node refuses."""
        for attempt in attempts:
            hold = hold_of(attempt, view=view)
            if isinstance(hold, TransactionRefused):
                self._refused = self._refused or hold
            elif hold is not None:
                raise hold

    def _raised(self, attempt: Attempt, view: View, demand: Demand) -> Attempt:
        """Signs and stores the next attempt at the same nonce. Raises `RelayBlocked` if a cap or the limit forbids."""
        # No pool has what was refused again and again.
        hopeless = is_hopeless(attempt)
        fees = self._offers.fees(
            node=self.registry.node, view=view, demand=demand, replacing=attempt, known=not hopeless
        )
        cancels = attempt.cancels or hopeless
        gas = transfer_gas(registry=self.registry, view=view) if cancels else attempt.gas_limit
        if limited := spending():
            limited.require(gas * fees.max_fee, replacing=attempt.transaction_id)
        return attempt_sign(
            signer=self._usable_signer(), registry=self.registry, previous=attempt, gas=gas, fees=fees, cancels=cancels
        )

    def _sign(self, own: Sequence[Flight], view: View, *, raised: bool) -> int:
        """Fills the free places in flight. Returns the number of signed transactions."""
        taken = {flight.transaction.nonce for flight in own}
        escalating = any(flight.transaction.kind == Kind.ESCALATE for flight in own)
        objecting = sum(flight.transaction.kind == Kind.OBJECT for flight in own)
        # Stuck transactions come first.
        room, signed = 0 if raised else settings.BLOCKCHAIN_RELAY_IN_FLIGHT - len(own), 0
        for nonce in (nonce for nonce in itertools.count(view.nonce) if nonce not in taken):
            # No transaction is mined behind an unused nonce.
            is_hole = nonce < max(taken, default=0)
            if signed >= room and not is_hole:
                break
            rows = [] if self.overdue and not escalating else writes_ready(kinds=view.kinds, limit=MAX_ENTRIES)
            objections = objections_ready() if objecting < objections_at_once() else []
            if not rows and not objections and not is_hole and (escalating or not self.overdue):
                break
            margin = margin_of(self.signer.address)
            if margin.is_trial and (own or signed) and not is_hole:
                break
            fees = self._offers.fees(node=self.registry.node, view=view)
            limited = spending()
            terms = {"margin": margin.factor, "most_gas": limited and limited.gas_left(max_fee=fees.max_fee)}
            prepared = None if escalating else self._escalation(view, terms)
            prepared = prepared or self._turn(view, rows, objections, terms)
            if prepared is None and is_hole:
                prepared = escalation_pack([]), FILLER_GAS
            if prepared is None:
                break
            batch, gas = prepared
            if limited:
                limited.require(gas * fees.max_fee)
            escalating = escalating or batch.kind == Kind.ESCALATE
            self._objected = batch.kind == Kind.OBJECT
            objecting += self._objected
            attempt = transaction_sign(
                signer=self._usable_signer(),
                registry=self.registry,
                nonce=nonce,
                batch=batch,
                gas=gas,
                fees=fees,
                margin=margin.factor,
            )
            self._send([attempt], view)
            self._require_accepted([attempt], view)
            signed += 1
        return signed

    def _turn(
        self, view: View, rows: Sequence[Ready], objections: Sequence[Objection], terms: dict[str, Any]
    ) -> Prepared | None:
        """An objection or a batch of writes, whichever did not come last."""
        if objections and not self._objected:
            prepared = objection_prepare(registry=self.registry, view=view, ready=objections, **terms)
            return prepared or self._batch(view, rows, terms)
        prepared = self._batch(view, rows, terms)
        if prepared is None and objections:
            prepared = objection_prepare(registry=self.registry, view=view, ready=objections, **terms)
        return prepared

    def _batch(self, view: View, rows: Sequence[Ready], terms: dict[str, Any]) -> Prepared | None:
        # None yet: there were complaints to escalate, and none of them is due.
        rows = rows or writes_ready(kinds=view.kinds, limit=MAX_ENTRIES)
        return prepare(registry=self.registry, view=view, rows=rows, **terms)

    def _escalation(self, view: View, terms: dict[str, Any]) -> Prepared | None:
        while self.overdue:
            if prepared := escalation_prepare(registry=self.registry, view=view, overdue=self.overdue, **terms):
                return prepared
        return None


def relay_new() -> Relay:
    """A relay for the configured contract and key. Raises `ArtifactError` or `SignerError`."""
    return Relay(registry=registry(), signer=signer(), current=signer)
