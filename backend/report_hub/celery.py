"""The Celery app. Tasks only call functions that also run without Celery; the outbox in the database is the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "report_hub.settings")

app = Celery("report_hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
