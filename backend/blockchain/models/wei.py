"""Amounts of wei, which don't fit into 64 bits."""

from typing import Any

from django.db import models


class WeiField(models.CharField):
    """A whole number of wei, as decimal text: SQLite rounds numbers beyond 64 bits, and decimals to 15 digits."""

    # For django-stubs, whose plugin knows the types of a field by these names.
    _pyi_private_set_type: int
    _pyi_private_get_type: int  # type: ignore[assignment]

    # As many digits as 2^256 has.
    DIGITS = 78

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = self.DIGITS
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def from_db_value(self, value: str | None, *_: Any) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> int | None:
        return None if value in (None, "") else int(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(int(value))
