"""No secret in a log line, wherever in the record it stands."""

import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from blockchain.common.redaction import SECRET_SETTINGS, RedactionFilter, _secrets, redact, redacted_url

KEY = "0x" + "5ec4e7" * 10 + "abcd"


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> Iterator[dict[str, str]]:
    """Each secret setting has a value of its own."""
    values = {name: f"value-of-{name.lower()}" for name in SECRET_SETTINGS} | {"BLOCKCHAIN_PRIVATE_KEY": KEY}
    for name, value in values.items():
        setattr(settings, name, value)
    _secrets.cache_clear()
    yield values
    _secrets.cache_clear()


def filtered(**more: Any) -> logging.LogRecord:
    """A record after the filter."""
    usual: dict[str, Any] = {"name": "x", "level": 20, "pathname": "p", "lineno": 1, "msg": "", "args": ()}
    extra = {key: more.pop(key) for key in list(more) if key not in (*usual, "exc_info", "func", "sinfo")}
    record = logging.LogRecord(**{**usual, "exc_info": None, **more})
    record.__dict__.update(extra)
    assert RedactionFilter().filter(record)
    return record


def test_redact__each_secret_setting__is_replaced(secrets: dict[str, str]) -> None:
    for value in secrets.values():
        assert redact(f"before {value} after") == "before [redacted] after"
        assert redact(value * 2) == "[redacted]" * 2


def test_redact__key_without_its_prefix__is_replaced() -> None:
    assert redact(f"key={KEY[2:]}") == "key=[redacted]"
    assert redact(f"key={KEY}") == "key=[redacted]"


def test_redact__secret_within_another__leaves_no_part_of_the_longer_one(settings: Any) -> None:
    settings.JWT_SIGNING_KEY = "value-of"
    _secrets.cache_clear()
    assert redact(settings.SECRET_KEY) == "[redacted]"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BLOCKCHAIN_NODE_HEADER", "X-Api-Key: the-secret-of-the-node"),
        ("BLOCKCHAIN_NODE_HEADER", "Authorization: Bearer the-secret-of-the-node"),
        ("IPFS_API_AUTH", "basic:operator:the-secret-of-the-node"),
        ("IPFS_API_AUTH", "bearer:the-secret-of-the-node"),
    ],
)
def test_redact__secret_of_a_setting_that_says_more__is_replaced_alone(settings: Any, name: str, value: str) -> None:
    setattr(settings, name, value)
    _secrets.cache_clear()
    assert redact("the node knows no the-secret-of-the-node!") == "the node knows no [redacted]!"


@pytest.mark.parametrize("value", ["", "0x", "short", None])
def test_redact__setting_that_is_no_secret_yet__replaces_nothing(settings: Any, value: str | None) -> None:
    settings.JWT_SIGNING_KEY = value
    _secrets.cache_clear()
    assert redact("a short text, None and 0x") == "a short text, None and 0x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://node.example/v2/token?key=1#top for", "see https://node.example for"),
        ("http://user:hunter2@node.example:8545/x", "http://node.example:8545"),
        ("wss://node.example:1/hunter2", "wss://node.example:1"),
        ("redis://:hunter2@cache:6379/0", "redis://cache:6379"),
        ("mysql://user:hun@ter2@db/x", "mysql://db"),
        ("'http://a/hunter2' and <http://b/hunter2>", "'http://a' and <http://b>"),
    ],
)
def test_redact__url__keeps_scheme_host_and_port(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc.def-123_~+/=", "Authorization: Bearer [redacted]"),
        ("basic dXNlcjpwYXNz", "basic [redacted]"),
        ("BEARER   x", "BEARER [redacted]"),
        ("a bearer", "a bearer"),
    ],
)
def test_redact__token_of_a_header__is_replaced(text: str, expected: str) -> None:
    assert redact(text) == expected


@hypothesis_settings(max_examples=25)
@given(st.text(alphabet=st.characters(exclude_characters=":"), max_size=40))
def test_redact__text_without_any_secret__stays_as_it_is(text: str) -> None:
    # Only words that announce a token are followed by one.
    if "bearer" not in text.lower() and "basic" not in text.lower():
        assert redact(text) == text
        assert redact(f"{text}{KEY}{text}") == f"{text}[redacted]{text}"


def test_redacted_url__parts__are_those_of_the_address_alone() -> None:
    assert redacted_url("https://u:p@Host.example:99/a?b#c") == "https://host.example:99"
    assert redacted_url("https://host.example") == "https://host.example"


def test_filter__message_with_arguments__is_put_together_and_clean() -> None:
    record = filtered(msg="key %s, %d times", args=(KEY, 3))
    assert record.getMessage() == "key [redacted], 3 times"
    assert record.args is None


def test_filter__percent_in_what_was_sent__stays() -> None:
    record = filtered(msg="path %s", args=("/a%s%d",))
    assert record.getMessage() == "path /a%s%d"


def test_filter__traceback__is_clean_and_formatted_once() -> None:
    try:
        raise RuntimeError(f"no answer from https://node.example/{KEY}")
    except RuntimeError:
        record = filtered(msg="failed", exc_info=sys.exc_info())
    line = logging.Formatter("%(message)s").format(record)
    assert line.startswith("failed\nTraceback (most recent call last)")
    assert line.endswith("RuntimeError: no answer from https://node.example")
    assert KEY not in line


def test_filter__extra_text_and_stack__are_clean() -> None:
    record = filtered(msg="failed", sinfo=f"Stack: {KEY}", error=f"refused {KEY}", attempts=3)
    assert record.__dict__["error"] == "refused [redacted]"
    assert record.stack_info == "Stack: [redacted]"
    assert record.__dict__["attempts"] == 3
