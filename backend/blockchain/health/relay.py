"""Is what was accepted on its way to the chain, and does nothing keep it from getting there?"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, OuterRef, Subquery
from django.utils import timezone

from blockchain.chain.contract import Registry
from blockchain.conf import settings
from blockchain.health.component import Component, Problem, component
from blockchain.models import Attempt, Complaint, RelayLease, Transaction, Write
from blockchain.relay.ages import is_older

State = Write.State
WEI_PER_ETHER = 10**18
UNMINED = (State.PENDING, State.SENT)
# How long a foreign use of our key is an alarm: a person has seen it by then.
ALARM = timedelta(days=1)


def relay_health(registry: Registry | None) -> Component:
    """Up while a relay holds the key, nothing keeps it from writing, and no write failed or waits for too long."""
    problems, outbox = _outbox()
    frozen = Complaint.objects.exclude(frozen_reason="").count()
    if frozen:
        problems.append(
            Problem(
                f"{frozen} complaints are frozen: the chain has links on them that nobody here recorded",
                "Find out who wrote them. A stolen or shared key: rotate it. Then run `manage.py recover`.",
            )
        )
    for lease in RelayLease.objects.exclude(stopped_reason="").order_by("signer"):
        problems.append(
            Problem(
                f"the relay with the key {lease.signer} is stopped: {lease.stopped_reason}",
                "A second instance, a restored backup or a stolen key: stop all relays and run `manage.py recover`.",
            )
        )
    replaced = Transaction.objects.filter(state=Transaction.State.REPLACED)
    lately = replaced.filter(attempts__sent_at__gt=timezone.now() - ALARM)
    for key in lately.order_by("signer").values_list("signer", flat=True).distinct():
        problems.append(
            Problem(
                f"somebody else used an account nonce of the key {key} within a day: what waited is repacked",
                "If none of you sent that transaction, the key is stolen: rotate it. Let a key serve the relay only.",
            )
        )
    # The key that writes, else the one that wrote last; this process need not have it.
    leases = list(RelayLease.objects.order_by("-last_run_at"))
    if not leases:
        problems.append(Problem("no relay has run yet", "Start `manage.py run_relay`, or Celery with its beat."))
        return component(problems, frozen=frozen, **outbox)
    alive = [each for each in leases if not is_older(each.last_run_at, settings.BLOCKCHAIN_LEASE_SECONDS)]
    lease, running = (alive or leases)[0], bool(alive)
    if not running:
        problems.append(Problem("no relay is running", "Start `manage.py run_relay`, or Celery with its beat."))
    if lease.blocked_reason and not lease.stopped_reason:
        problems.append(
            Problem(
                f"the relay can't write: {lease.blocked_reason}",
                "Remove the reason; the relay goes on by itself. Roles are granted with `ape run roles`.",
            )
        )
    balances, low = _balances(registry, lease.signer)
    return component(
        problems + low,
        signer=lease.signer,
        running=running,
        blocked=lease.blocked_reason,
        stopped=lease.stopped_reason,
        frozen=frozen,
        **outbox,
        balance_ether=balances.get(lease.signer),
        balance_low=bool(low),
    )


def _outbox() -> tuple[list[Problem], dict[str, Any]]:
    problems = []
    counts = dict(Write.objects.values_list("state").annotate(number=Count("pk")).order_by())
    oldest = Write.objects.filter(state__in=UNMINED).aggregate(oldest=Min("created_at"))["oldest"]
    if oldest is not None and is_older(oldest, settings.HEALTH_MAX_PENDING_SECONDS):
        problems.append(
            Problem(
                "a write has been waiting for too long, or the clock was set back since",
                "See what keeps the relay from writing, here and in its log; check the clock of this machine.",
            )
        )
    failed = counts.get(State.FAILED, 0)
    if failed:
        codes = Write.objects.filter(state=State.FAILED).values_list("error_code").annotate(number=Count("pk"))
        names = ", ".join(f"{code or 'unknown'} {number}" for code, number in codes.order_by("error_code"))
        problems.append(
            Problem(
                f"{failed} writes failed and hold back their complaints: {names}",
                "Remove the reason and run `manage.py write_retry`, or `manage.py write_give_up`. "
                "SkippedInARow: somebody with a role writes to these complaints, so revoke that role first.",
            )
        )
    # Each holds its complaint until it is signed or expires; what expires is taken back by the relay's rounds.
    limit = settings.HEALTH_MAX_PENDING_SECONDS
    first = Write.objects.filter(state=State.RESERVED).aggregate(first=Min("reserved_until"))["first"]
    if first is not None and first < timezone.now() and is_older(first, limit):
        problems.append(
            Problem(
                "an entry that an officer was to sign expired, and its nonce was not freed",
                "See whether `manage.py run_relay`, or Celery with its beat, is running.",
            )
        )
    return problems, {
        "pending": sum(counts.get(state, 0) for state in UNMINED),
        "oldest_pending_seconds": _age(oldest),
        "failed": failed,
        "reserved": counts.get(State.RESERVED, 0),
    }


def _age(moment: datetime | None) -> int | None:
    """Seconds; 0 for nothing, None for what lies in the future: the clock was set back."""
    seconds = (timezone.now() - moment).total_seconds() if moment else 0.0
    return round(seconds) if seconds >= 0 else None


def _balances(registry: Registry | None, signer: str) -> tuple[dict[str, float], list[Problem]]:
    """The balance of the key that writes now, and of each whose transactions are open, in ether.

    Pools want what all pending transactions may cost at most, also of those that wait behind others.
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
                    f"the key {each} has {balance / WEI_PER_ETHER:.6f} ether, and {enough / WEI_PER_ETHER:.6f} are "
                    "wanted for what is pending and in reserve",
                    "Send ether to that address.",
                )
            )
    return balances, problems
