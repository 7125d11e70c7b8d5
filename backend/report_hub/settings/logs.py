"""Logs: JSON lines, in one file for everything about the chain, without secrets, keys, tokens or personal data."""

from typing import Any

from report_hub.settings.environment import DATA_DIR, env

LOG_DIR = env.path("LOG_DIR", default=str(DATA_DIR / "logs"))
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "redact": {"()": "blockchain.common.redaction.RedactionFilter"},
        "expected": {"()": "report_hub.log_lines.ExpectedFilter"},
    },
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
        "line": {
            "()": "report_hub.log_lines.LineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact", "expected"]},
        # Several processes append to it, logrotate may move it, and a full disk ends none of them.
        "blockchain": {
            "class": "report_hub.log_file.LogFileHandler",
            "filename": str(LOG_DIR("blockchain.log")),
            "formatter": "json",
            "filters": ["redact"],
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "blockchain": {"handlers": ["blockchain", "console"], "level": LOG_LEVEL, "propagate": False},
        "report": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # It logs URLs, which may carry a token.
        "urllib3": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
