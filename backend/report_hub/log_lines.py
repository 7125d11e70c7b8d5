"""Log lines for people, as in the journal: the message, then the facts logged with it."""

import json
import logging
from typing import Any

UNAVAILABLE = 503
REFUSED = range(400, 500)
# Attributes of every record; any other attribute is a fact. Django's own records carry the request, whose query may be
# secret or personal.
_PLAIN = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "request"}


class LineFormatter(logging.Formatter):
    """`TIME LEVEL LOGGER MESSAGE key=value …`, one line for each record; a traceback follows on separate lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        facts = [f"{name}={_shown(value)}" for name, value in vars(record).items() if name not in _PLAIN]
        return " ".join([super().formatMessage(record).replace("\n", "\\n").replace("\r", "\\r"), *facts])


def _shown(value: Any) -> str:
    """The value, quoted if it has spaces, line breaks, quotes or `=`, so one value never looks like two."""
    if isinstance(value, str):
        is_plain = value and value.isprintable() and not set(value) & set(' "=')
        return value if is_plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, default=str, ensure_ascii=False)


class ExpectedFilter(logging.Filter):
    """Drops Django's line about each 503: the response is intended, and the failed component logs its own error.

    Its line about a refused request stays one line: anyone can send as many as they like, and no code of ours is wrong.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        status = getattr(record, "status_code", None)
        if status in REFUSED:
            record.exc_info, record.exc_text = None, None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return status != UNAVAILABLE
