"""A city's Django project: its own users, its own tickets, and the registry."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[1]
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "tickets",
    "potholes",
    "blockchain",
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "city.urls"
WSGI_APPLICATION = "city.wsgi.application"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "city.sqlite3",
        "OPTIONS": {"transaction_mode": "IMMEDIATE"},
    }
}
# For tests: hashing passwords is slow on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"]}

# The registry: which contract, whose complaints, and where evidence lies.
BLOCKCHAIN_DEPLOYMENT = BASE_DIR / "deployment.json"
BLOCKCHAIN_HOST = {"BACKEND": "tickets.host.TicketHost"}
EVIDENCE_ROOT = BASE_DIR / "evidence"
# Secrets come from the environment. Only the relay has the first one.
BLOCKCHAIN_PRIVATE_KEY = os.environ.get("BLOCKCHAIN_PRIVATE_KEY", "")
BLOCKCHAIN_INTAKE_KEY = os.environ.get("BLOCKCHAIN_INTAKE_KEY", "")
BLOCKCHAIN_NODE_URLS = os.environ.get("BLOCKCHAIN_NODE_URLS", "http://127.0.0.1:8545").split(",")
BLOCKCHAIN_CONFIRMATIONS = int(os.environ.get("BLOCKCHAIN_CONFIRMATIONS", "12"))

if "RELAY_KEY_FILE" in os.environ:
    BLOCKCHAIN_SIGNER = {"BACKEND": "city.signing.file_signer", "OPTIONS": {"path": os.environ["RELAY_KEY_FILE"]}}

TICKET_SECONDS = int(os.environ.get("TICKET_SECONDS", str(7 * 86_400)))
