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

# Imported after Django is set up, since they read settings.
from django.urls import get_resolver

from report_hub.startup import startup_check

# Loads all views before the first requests, so an import error ends the server at once.
get_resolver().url_patterns  # noqa: B018
startup_check()
