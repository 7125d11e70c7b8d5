"""Celery, which is optional. Without `CELERY_BROKER_URL`, the relay command does the work of all tasks."""

from report_hub.settings.blockchain import (
    BLOCKCHAIN_PROOF_INTERVAL,
    BLOCKCHAIN_RECONCILE_INTERVAL,
    SLA_CHECK_INTERVAL,
)
from report_hub.settings.environment import env

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 540  # seconds; below the shortest schedule, so runs can't pile up
CELERY_TASK_SOFT_TIME_LIMIT = 480  # seconds
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 5}  # seconds
CELERY_TIMEZONE = "UTC"
# This schedule is copied to the database, where an operator can see and change it.
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "relay": {"task": "blockchain.relay_run", "schedule": 5.0, "options": {"expires": 5}},
    "sla-check": {
        "task": "blockchain.sla_check",
        "schedule": SLA_CHECK_INTERVAL,
        "options": {"expires": SLA_CHECK_INTERVAL},
    },
    "event-sync": {"task": "blockchain.event_sync", "schedule": 10 * 60.0, "options": {"expires": 10 * 60}},
    "reconcile": {
        "task": "blockchain.reconcile",
        "schedule": BLOCKCHAIN_RECONCILE_INTERVAL,
        "options": {"expires": BLOCKCHAIN_RECONCILE_INTERVAL},
    },
}
# The database keeps a schedule that was once in it; the task then does nothing.
if BLOCKCHAIN_PROOF_INTERVAL:
    CELERY_BEAT_SCHEDULE["proofs"] = {
        "task": "blockchain.proofs",
        "schedule": BLOCKCHAIN_PROOF_INTERVAL,
        "options": {"expires": BLOCKCHAIN_PROOF_INTERVAL},
    }
