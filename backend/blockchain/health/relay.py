"""Checks whether the accepted writes reach the chain, and what holds them up."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, OuterRef, Subquery
from django.utils import timezone

from blockchain.chain.contract import Registry
from blockchain.conf import settings
from blockchain.health.component import Component, Problem, component
from blockchain.health.jobs import job_problems
from blockchain.jobs import PROOFS, SLA_CHECK
from blockchain.models import Attempt, ChainEvent, Complaint, Objection, RelayLease, Transaction, Write
from blockchain.objections import objections_next
from blockchain.proofs.due import complaints_unproved
from blockchain.relay.ages import is_older
from blockchain.relay.errors import RelayBlocked
from blockchain.relay.spending import SETTING as LIMIT
from blockchain.relay.spending import WEI_PER_ETHER, ether, spending

State = Write.State
UNMINED = (State.PENDING, State.SENT)
# The part of the daily limit from which on health is red.
LIMIT_SHOWN = 0.8
# Seconds for which foreign use of our key is reported: long enough for a person to see it.
ALARM = timedelta(days=1)


def relay_health(registry: Registry | None) -> Component:
    """Up while a relay holds the key and can write, and no write has failed or has waited for too long."""
    problems, outbox = _outbox()
    problems += job_problems(SLA_CHECK, PROOFS)
    frozen = Complaint.objects.exclude(frozen_reason="").count()
    if frozen:
        problems.append(
            Problem(
                f"{frozen} complaints are frozen: the chain has links on them that this system did not record",
                "Find out who wrote them. If a key was stolen or shared, rotate it. Then run `manage.py recover`.",
            )
        )
    for lease in RelayLease.objects.exclude(stopped_reason="").order_by("signer"):
        problems.append(
            Problem(
                f"the relay with the key {lease.signer} is stopped: {lease.stopped_reason}",
                "The cause is a second instance, a restored backup or a stolen key. Stop all relays and run "
                "`manage.py recover`.",
            )
        )
    for key in _keys_used_by_others():
        problems.append(
            Problem(
                f"someone else used an account nonce of the key {key} within the last day: the affected writes are "
                "packed again",
                "If no one in your team sent that transaction, the key is stolen: rotate it. Use the key for the "
                "relay only.",
            )
        )
    # The key that writes, or the key that wrote last. This process may not have it.
    leases = list(RelayLease.objects.order_by("-last_run_at"))
    if not leases:
        problems.append(Problem("no relay has run yet", "Start `manage.py run_relay`, or Celery with its beat."))
        return component(problems, frozen=frozen, **outbox)
    alive = [each for each in leases if not is_older(each.last_run_at, settings.BLOCKCHAIN_LEASE_SECONDS)]
    lease, running = (alive or leases)[0], bool(alive)
    if not running:
        problems.append(
            Problem(
                "no relay is running, or the one that is running has been waiting for the database",
                "Start `manage.py run_relay`, or Celery with its beat. If it is running, see in its log what it waits "
                "for: with SQLite, perhaps for another process that holds the lock.",
            )
        )
    if lease.blocked_reason and not lease.stopped_reason:
        problems.append(
            Problem(
                f"the relay can't write: {lease.blocked_reason}",
                lease.blocked_remedy or RelayBlocked.remedy,
            )
        )
    balances, low = _balances(registry, lease.signer)
    return component(
        problems + _limit() + low,
        signer=lease.signer,
        running=running,
        blocked=lease.blocked_reason,
        stopped=lease.stopped_reason,
        frozen=frozen,
        **outbox,
        unproved=complaints_unproved(),
        balance_ether=balances.get(lease.signer),
        balance_low=bool(low),
    )


def _keys_used_by_others() -> list[str]:
    """The keys of which somebody else used an account nonce lately."""
    replaced = Attempt.objects.filter(transaction__state=Transaction.State.REPLACED)
    lately = set(replaced.filter(sent_at__gt=timezone.now() - ALARM).values_list("transaction", flat=True))
    hashes = dict(replaced.filter(transaction__in=lately).values_list("tx_hash", "transaction"))
    # A node that never had the receipts of our own transactions; their events tell.
    ours = ChainEvent.objects.filter(tx_hash__in=hashes).values_list("tx_hash", flat=True) if hashes else []
    by_others = lately - {hashes[tx_hash] for tx_hash in ours}
    return sorted(set(Transaction.objects.filter(pk__in=by_others).values_list("signer", flat=True)))


def _limit() -> list[Problem]:
    """Red before the daily limit stops the relay, while there is time to raise it."""
    limited = spending()
    if limited is None or limited.used < LIMIT_SHOWN * limited.limit:
        return []
    return [
        Problem(
            f"{ether(limited.spent)} ether were spent in the last 24 hours, and open transactions may cost "
            f"{ether(limited.used - limited.spent)}: {limited.used * 100 // limited.limit} % of the daily limit of "
            f"{ether(limited.limit)}",
            f"Find out what costs so much with `manage.py chain_costs`, or raise {LIMIT}. At the limit, writes wait "
            "until earlier costs are 24 hours old.",
        )
    ]


def _outbox() -> tuple[list[Problem], dict[str, Any]]:
    problems = []
    counts = dict(Write.objects.values_list("state").annotate(number=Count("pk")).order_by())
    oldest = Write.objects.filter(state__in=UNMINED).aggregate(oldest=Min("created_at"))["oldest"]
    if oldest is not None and is_older(oldest, settings.HEALTH_MAX_PENDING_SECONDS):
        problems.append(
            Problem(
                "a write has been waiting for too long, or the clock was set back",
                "See the other problems and the relay's log for the cause; check the clock of this machine.",
            )
        )
    failed = counts.get(State.FAILED, 0)
    if failed:
        codes = Write.objects.filter(state=State.FAILED).values_list("error_code").annotate(number=Count("pk"))
        names = ", ".join(f"{code or 'unknown'} {number}" for code, number in codes.order_by("error_code"))
        problems.append(
            Problem(
                f"{failed} writes failed and hold back their complaints: {names}",
                "Remove the cause, then run `manage.py write_retry` or `manage.py write_give_up`. SkippedInARow means "
                "that someone else with a role writes to these complaints: revoke that role first.",
            )
        )
    objections, objection_problems = _objections()
    problems += objection_problems
    # Each reservation limits its complaint until it is signed or expires; the relay's rounds end the expired ones.
    limit = settings.HEALTH_MAX_PENDING_SECONDS
    first = Write.objects.filter(state=State.RESERVED).aggregate(first=Min("reserved_until"))["first"]
    if first is not None and first < timezone.now() and is_older(first, limit):
        problems.append(
            Problem(
                "an entry expired before its officer signed it, and its nonce was not released",
                "Check whether `manage.py run_relay`, or Celery with its beat, is running.",
            )
        )
    return problems, {
        "pending": sum(counts.get(state, 0) for state in UNMINED),
        "oldest_pending_seconds": _age(oldest),
        "failed": failed,
        "reserved": counts.get(State.RESERVED, 0),
        "objections": objections,
    }


def _objections() -> tuple[int, list[Problem]]:
    """How many objections can be recorded or are on their way; and that one of them has waited for too long."""
    limit = settings.HEALTH_MAX_PENDING_SECONDS
    rows = list(objections_next().values_list("created_at", "error_code"))
    sent = Objection.objects.filter(standing=True, transaction__state=Transaction.State.OPEN)
    rows += sent.values_list("created_at", "error_code")
    late = [code for created_at, code in rows if is_older(created_at, limit)]
    if not late:
        return len(rows), []
    codes = ", ".join(sorted({code for code in late if code})) or "not tried yet"
    problem = f"{len(late)} objections have been waiting for too long: {codes}"
    return len(rows), [Problem(problem, "See the other problems, the objections in the admin, and the relay's log.")]


def _age(moment: datetime | None) -> int | None:
    """Age in seconds; 0 without a time; None for a time in the future, which means that the clock was set back."""
    seconds = (timezone.now() - moment).total_seconds() if moment else 0.0
    return round(seconds) if seconds >= 0 else None


def _balances(registry: Registry | None, signer: str) -> tuple[dict[str, float], list[Problem]]:
    """The balance, in ether, of the key that writes now and of each key with open transactions.

    Pools require the maximum cost of all pending transactions, including those that wait behind others.
    """
    if registry is None:
        return {}, []
    wanted = {signer: int(settings.HEALTH_MIN_BALANCE_ETHER * WEI_PER_ETHER)}
    newest = Attempt.objects.filter(transaction=OuterRef("pk")).order_by("-attempt_number")
    pending = Transaction.objects.filter(state=Transaction.State.OPEN).annotate(
        gas=Subquery(newest.values("gas_limit")[:1]), fee=Subquery(newest.values("max_fee_per_gas")[:1])
    )
    needed: dict[str, int] = {}
    for each, gas, fee in pending.values_list("signer", "gas", "fee"):
        needed[each] = needed.get(each, 0) + (gas or 0) * (fee or 0)
    balances, problems = {}, []
    for each in sorted({*wanted, *needed}):
        balance = registry.node.balance(each)
        balances[each] = balance / WEI_PER_ETHER
        enough = max(wanted.get(each, 0), needed.get(each, 0))
        if balance < enough:
            problems.append(
                Problem(
                    f"the key {each} has {balance / WEI_PER_ETHER:.6f} ether, but needs {enough / WEI_PER_ETHER:.6f} "
                    "for pending transactions and the reserve",
                    "Send ether to that address.",
                )
            )
    return balances, problems
