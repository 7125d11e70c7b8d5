"""Parts that a setting names."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from blockchain.common.backends import backend_new, forgotten_with_settings


def test_backend_new__options__are_what_it_is_called_with() -> None:
    named = {"BACKEND": "datetime.timedelta", "OPTIONS": {"hours": 1, "minutes": 30}}
    assert backend_new(named, setting="X").total_seconds() == 5_400


def test_backend_new__no_options__is_called_without() -> None:
    assert backend_new({"BACKEND": "collections.OrderedDict"}, setting="X") == {}


@pytest.mark.parametrize(
    ("named", "says"),
    [
        (None, "NoneType"),
        ("collections.OrderedDict", "string indices"),
        ({}, "'BACKEND'"),
        ({"OPTIONS": {}}, "'BACKEND'"),
        ({"BACKEND": ""}, "doesn't look like a module path"),
        ({"BACKEND": "OrderedDict"}, "doesn't look like a module path"),
        ({"BACKEND": "nowhere.at.all"}, "No module named 'nowhere'"),
        ({"BACKEND": "collections.Nothing"}, '"Nothing"'),
    ],
)
def test_backend_new__setting_that_names_none__is_said_with_its_name(named: Any, says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="BLOCKCHAIN_HOST does not name a usable backend: ") as raised:
        backend_new(named, setting="BLOCKCHAIN_HOST")
    assert says in str(raised.value)


def test_forgotten_with_settings__any_setting_changes__calls_it_each_time() -> None:
    calls: list[int] = []

    def forget() -> None:
        calls.append(1)

    forgotten_with_settings(forget)
    forgotten_with_settings(forget)  # twice is once
    with override_settings(BLOCKCHAIN_CONFIRMATIONS=1):
        assert len(calls) == 1
    assert len(calls) == 2
