"""Logs each problem of the health page when it begins and when it is over: once, by the process that sees it first."""

import logging
import re
from collections.abc import Mapping

from django.db import DatabaseError

from blockchain.alarms import NAME_LENGTH, alarm_begin, alarm_end
from blockchain.health.component import Component
from blockchain.models import Alarm

logger = logging.getLogger("blockchain.health")

# Ages, block numbers and balances change while the problem stays the same. Addresses and ids do not match.
NUMBER = re.compile(r"\b\d+(\.\d+)?\b")
PREFIX = "health: "


def alarms_log(report: Mapping[str, Component]) -> None:
    """Compares a health report with the active alarms. Does nothing while the database is down."""
    wanted = {
        f"{PREFIX}{name}: {NUMBER.sub('#', each['problem'])}"[:NAME_LENGTH]: {"component": name, **each}
        for name, component in report.items()
        for each in component.get("problems", ())
    }
    try:
        standing = dict(Alarm.objects.filter(name__startswith=PREFIX).values_list("name", "problem"))
        for key in sorted(wanted.keys() - standing.keys()):
            if alarm_begin(key, problem=wanted[key]["problem"]):
                logger.error("alarm", extra=wanted[key])
        for key in sorted(standing.keys() - wanted.keys()):
            if (stood := alarm_end(key)) is not None:
                component = key.removeprefix(PREFIX).partition(":")[0]
                seconds = round(stood.total_seconds())
                extra = {"component": component, "problem": standing[key], "seconds": seconds}
                logger.warning("alarm is over", extra=extra)
    except DatabaseError:
        return
