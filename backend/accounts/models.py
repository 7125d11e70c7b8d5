"""The user: Django's own, with an id that says nothing about the person."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A complainant, or staff (`is_staff`)."""

    # Stands for the person in payloads and tokens, so that neither carries a name or a countable number.
    opaque_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
