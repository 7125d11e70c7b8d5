"""The Django project: settings, URLs and the Celery app."""

from report_hub.celery import app as celery_app

__all__ = ["celery_app"]
