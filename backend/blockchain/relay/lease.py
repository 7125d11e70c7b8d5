"""The lease on a signing key: the relays of one operator take turns."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from blockchain.models import RelayLease


def lease_acquire(*, signer: str, holder: str) -> bool:
    """Takes or renews the lease for `BLOCKCHAIN_LEASE_SECONDS`; False while another holder's is valid."""
    now = timezone.now()
    length = timedelta(seconds=settings.BLOCKCHAIN_LEASE_SECONDS)
    expires_at = now + length
    # Most looks only read: who stands by, and who renewed it a moment ago, takes no lock of the database.
    valid = RelayLease.objects.filter(signer=signer, expires_at__gte=now).first()
    if valid is not None and valid.holder != holder:
        return False
    if valid is not None and valid.expires_at > now + length / 2:
        return True
    mine_or_expired = RelayLease.objects.filter(Q(holder=holder) | Q(expires_at__lt=now), signer=signer)
    if mine_or_expired.update(holder=holder, expires_at=expires_at, last_run_at=now):
        return True
    try:
        with transaction.atomic():
            RelayLease.objects.create(signer=signer, holder=holder, expires_at=expires_at, last_run_at=now)
    except IntegrityError:
        return False
    return True


def lease_release(*, signer: str, holder: str) -> None:
    """Gives the lease up, so that the next relay need not wait for its end."""
    RelayLease.objects.filter(signer=signer, holder=holder).update(expires_at=timezone.now())


def lease_blocked(*, signer: str, reason: str) -> None:
    """Remembers why the relay can't write, for the health page; empty when it can."""
    RelayLease.objects.filter(signer=signer).exclude(blocked_reason=reason[:300]).update(blocked_reason=reason[:300])
