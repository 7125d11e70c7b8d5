"""The lease on a signing key: the relays of one operator take turns."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from blockchain.conf import settings
from blockchain.models import RelayLease
from blockchain.relay.ages import is_ahead


def lease_acquire(*, signer: str, holder: str) -> RelayLease | None:
    """Takes or renews the lease for `BLOCKCHAIN_LEASE_SECONDS`; None while another holder has it."""
    now, length = timezone.now(), settings.BLOCKCHAIN_LEASE_SECONDS
    renewed = {"holder": holder, "expires_at": now + timedelta(seconds=length), "last_run_at": now}
    lease = RelayLease.objects.filter(signer=signer).first()
    if lease is None:
        try:
            with transaction.atomic():
                return RelayLease.objects.create(signer=signer, **renewed)
        except IntegrityError:
            return None
    # Most calls only read: a standby relay, or one that renewed a moment ago, takes no database lock.
    if is_ahead(lease.expires_at, length):
        if lease.holder != holder:
            return None
        if lease.expires_at > now + timedelta(seconds=length / 2):
            return lease
    # An end further ahead than the length of a lease was set before the clock was set back.
    expired = Q(expires_at__lte=now) | Q(expires_at__gt=renewed["expires_at"])
    return lease if RelayLease.objects.filter(expired | Q(holder=holder), signer=signer).update(**renewed) else None


def signers_in_use() -> set[str]:
    """The keys that a relay currently writes with."""
    leases = RelayLease.objects.all()
    return {each.signer for each in leases if is_ahead(each.expires_at, settings.BLOCKCHAIN_LEASE_SECONDS)}


def lease_release(*, signer: str, holder: str) -> None:
    """Gives up the lease, so the next relay need not wait for its end."""
    RelayLease.objects.filter(signer=signer, holder=holder).update(expires_at=timezone.now())


def lease_blocked(*, signer: str, reason: str, remedy: str) -> None:
    """Stores why the relay can't write, for the health page; an empty reason means that it can."""
    found = {"blocked_reason": reason[:300], "blocked_remedy": remedy[:300]}
    RelayLease.objects.filter(signer=signer).exclude(**found).update(**found)
