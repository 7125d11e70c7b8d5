"""Keeps secrets out of logs: replaces the values of secret settings, and tokens in URLs, in every line."""

import logging
import re
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

SECRET_SETTINGS = (
    "SECRET_KEY",
    "JWT_SIGNING_KEY",
    "BLOCKCHAIN_PRIVATE_KEY",
    "BLOCKCHAIN_INTAKE_KEY",
    "BLOCKCHAIN_NODE_HEADER",
    "IPFS_API_AUTH",
)
URL = re.compile(r"\b(https?|wss?|redis|rediss|mysql)://[^\s'\"<>]+")
# Where a URL is cut into pieces, as in the messages of libraries.
QUERY = re.compile(r"([?&](?:billingtoken|[a-z_-]*(?:key|token|secret))=)[^&\s'\"<>]+", re.IGNORECASE)
SEPARATOR = re.compile(r"[:\s]+")
BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE)


def redacted_url(url: str) -> str:
    """The URL without user, password, path and query, each of which may contain a token."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        # Text from a caller or a node may look like a URL without being a valid one.
        return f"{url.partition('://')[0]}://[malformed]"
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


@cache
def _secrets() -> tuple[str, ...]:
    values = [str(getattr(settings, name, "")) for name in SECRET_SETTINGS]
    values += [value.removeprefix("0x") for value in values]
    # The secret of `Name: Bearer TOKEN` and of `basic:USER:PASSWORD` comes alone, too.
    values += [value[cut.end() :] for value in values for cut in SEPARATOR.finditer(value)]
    for url in getattr(settings, "BLOCKCHAIN_NODE_URLS", ()):
        values += _secrets_of(str(url))
    return tuple(sorted({value for value in values if len(value) >= 8}, key=len, reverse=True))


def _secrets_of(url: str) -> list[str]:
    """What may be secret in a URL: password, query, and the parts of the path."""
    try:
        parts = urlsplit(url)
        # Shorter parts of a path are words.
        return [parts.password or "", parts.query, *(part for part in parts.path.split("/") if len(part) >= 16)]
    except ValueError:
        return []


def redact(text: str) -> str:
    """`text` without secrets."""
    for secret in _secrets():
        text = text.replace(secret, "[redacted]")
    text = URL.sub(lambda match: redacted_url(match.group()), text)
    text = QUERY.sub(r"\1[redacted]", text)
    return BEARER.sub(r"\1 [redacted]", text)


class RedactionFilter(logging.Filter):
    """Redacts the message, its arguments and a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except Exception:  # arguments that don't fit the message must not make the caller fail
            message = f"{record.msg} {record.args}"
        record.msg, record.args = redact(message), None
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        for key, value in record.__dict__.items():
            if isinstance(value, str) and key not in ("msg", "exc_text"):
                record.__dict__[key] = redact(value)
        return True
