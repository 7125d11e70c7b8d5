"""Components that a setting names, in Django's form: `{"BACKEND": "path.of.a.callable", "OPTIONS": {...}}`."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string


def backend_new(named: dict[str, Any], *, setting: str) -> Any:
    """Calls the `BACKEND` with the `OPTIONS`. Raises `ImproperlyConfigured`, naming the setting."""
    try:
        make: Callable[..., Any] = import_string(named["BACKEND"])
    except (AttributeError, KeyError, TypeError, ImportError) as error:
        raise ImproperlyConfigured(f"{setting} does not name a usable backend: {error}") from None
    return make(**named.get("OPTIONS", {}))


def forgotten_with_settings(cache_clear: Callable[[], None]) -> None:
    """Calls `cache_clear` whenever a setting changes, which happens in tests only."""
    setting_changed.connect(lambda **_: cache_clear(), weak=False, dispatch_uid=cache_clear)
