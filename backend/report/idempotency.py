"""Makes requests repeatable: with an `Idempotency-Key`, they create their object only once.

draft-ietf-httpapi-idempotency-key-header: the same key and body get the same response, a different body returns 422,
and a request that is still being answered returns 409.
"""

import hashlib
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import rfc8785
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.models import User
from blockchain.common.errors import NAMESPACE, ConflictError, ProblemError
from blockchain.common.retry import atomic_retried
from report.models import IdempotentRequest

HEADER = "Idempotency-Key"
# A structured-field string (RFC 9651), with or without its quotes.
KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{1,255})"?')
# A request that is not answered within this time counts as dead.
HELD = timedelta(seconds=60)
KEPT = timedelta(days=1)


class KeyReused(ProblemError):
    """The key was used for a different request."""

    status = 422
    type_ = f"{NAMESPACE}idempotency-key-reused"
    title = "Idempotency-Key used before"

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key was used for another request")


class InFlight(ConflictError):
    """The same request is still being answered."""

    type_ = f"{NAMESPACE}request-in-flight"
    title = "Request in flight"
    headers = {"Retry-After": "1"}

    def __init__(self) -> None:
        super().__init__("a request with this Idempotency-Key is still being answered")


def created_once(request: Request, *, user: User, create: Callable[[], int]) -> int:
    """Calls `create` in a transaction and returns its result, a primary key; for a known key, the earlier result.

    If `create` raises, nothing is stored. Raises `KeyReused`, `InFlight` or `ValidationError`.
    """
    header = request.headers.get(HEADER)
    if header is None:
        return create()
    matched = KEY.fullmatch(header)
    if matched is None or header.count('"') not in (0, 2):
        raise ValidationError({HEADER: ["Must be up to 255 visible characters, in quotes or without."]})
    row, holder = _held(user, _hash(matched[1].encode()), _fingerprint(request))
    if row.result_id is not None:
        return row.result_id

    @atomic_retried
    def created() -> int:
        result_id = create()
        mine = IdempotentRequest.objects.filter(pk=row.pk, holder=holder, result_id=None)
        if not mine.update(result_id=result_id):
            raise InFlight  # this request was slow, and another process has taken over
        return result_id

    try:
        return created()
    except Exception:
        IdempotentRequest.objects.filter(pk=row.pk, holder=holder, result_id=None).delete()
        raise


def _held(user: User, key_hash: str, fingerprint: str) -> tuple[IdempotentRequest, uuid.UUID]:
    """The row of the key, which this request holds unless it has a result. Raises `KeyReused` or `InFlight`."""
    now, holder = timezone.now(), uuid.uuid4()
    IdempotentRequest.objects.filter(user=user, created_at__lt=now - KEPT).delete()
    held = {"holder": holder, "held_until": now + HELD}
    try:
        with transaction.atomic():
            row = IdempotentRequest.objects.create(user=user, key_hash=key_hash, fingerprint=fingerprint, **held)
    except IntegrityError:
        try:
            row = IdempotentRequest.objects.get(user=user, key_hash=key_hash)
        except IdempotentRequest.DoesNotExist:
            raise InFlight from None  # the other request has just failed
    else:
        return row, holder
    if row.fingerprint != fingerprint:
        raise KeyReused
    if row.result_id is None:
        # An end too far ahead was set before the clock was set back.
        free = Q(held_until__lte=now) | Q(held_until__gt=now + HELD)
        if not IdempotentRequest.objects.filter(free, pk=row.pk, holder=row.holder, result_id=None).update(**held):
            raise InFlight
    return row, holder


def _fingerprint(request: Request) -> str:
    body: Any = request.data
    try:
        canonical = rfc8785.dumps(body)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        raise ValidationError("JSON implementations would read the body differently.") from None
    return _hash(request.path.encode() + b"\0" + canonical)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
