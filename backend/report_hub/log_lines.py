"""Log lines for people, as the journal has them: the message, and the facts that came with it."""

import json
import logging
from typing import Any

UNAVAILABLE = 503
# What every record has; all else is a fact.
# Django's own lines carry the request, with its query: that may be secret or personal.
_PLAIN = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "request"}


class LineFormatter(logging.Formatter):
    """`TIME LEVEL LOGGER MESSAGE key=value …`, one line for each record; a traceback follows on lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        facts = [f"{name}={_shown(value)}" for name, value in vars(record).items() if name not in _PLAIN]
        return " ".join([super().formatMessage(record).replace("\n", "\\n").replace("\r", "\\r"), *facts])


def _shown(value: Any) -> str:
    """In quotation marks where it has a space, a line break or a mark of its own, so that no value looks like two."""
    if isinstance(value, str):
        is_plain = value and value.isprintable() and not set(value) & set(' "=')
        return value if is_plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, default=str, ensure_ascii=False)


class ExpectedFilter(logging.Filter):
    """Drops Django's line about each 503: it is answered on purpose, and what is down is logged where it shows."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", None) != UNAVAILABLE
