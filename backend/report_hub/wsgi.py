"""WSGI entry point for gunicorn: `gunicorn report_hub.wsgi`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "report_hub.settings")

try:
    application = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"not started: {error}")

# After Django is set up: it reads settings.
from report_hub.startup import startup_check

startup_check()
