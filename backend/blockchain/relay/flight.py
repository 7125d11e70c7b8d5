"""Transactions in flight, with their attempts."""

from typing import NamedTuple

from django.db.models import Q

from blockchain.models import Attempt, Transaction

State = Transaction.State


class Flight(NamedTuple):
    """One transaction and its attempts, oldest first. Calldata and signed bytes are only read when needed."""

    transaction: Transaction
    attempts: list[Attempt]

    @property
    def is_open(self) -> bool:
        """Whether no attempt is mined."""
        return self.transaction.state == State.OPEN

    @property
    def mined(self) -> Attempt:
        """The mined attempt, or else the newest one."""
        return next((attempt for attempt in self.attempts if attempt.block_hash), self.attempts[-1])


def flights_load(*, signer: str) -> list[Flight]:
    """All transactions that are not final, of all keys, in the order of key and nonce; and our last final transaction.

    The last final one shows whether a reorg went deeper than the block that we consider final.
    """
    final = Transaction.objects.filter(signer=signer, state=State.CONFIRMED)
    last = list(final.order_by("-nonce").values_list("pk", flat=True)[:1])
    wanted = Transaction.objects.filter(Q(state__in=(State.OPEN, State.MINED)) | Q(pk__in=last)).defer("data")
    flights = {each.pk: Flight(each, []) for each in wanted.order_by("signer", "nonce")}
    for attempt in Attempt.objects.filter(transaction__in=flights).defer("raw").order_by("attempt_number"):
        attempt.transaction = flights[attempt.transaction_id].transaction
        flights[attempt.transaction_id].attempts.append(attempt)
    return list(flights.values())
