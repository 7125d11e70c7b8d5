"""The backend's own pytest root: an environment of its own, whatever the shell or a `.env` file say.

`DATABASE_URL` is honoured, so that the same tests run on MariaDB; without it each run has a fresh SQLite file.
"""

import atexit
import os
import shutil
import tempfile

import django

OWN_PREFIXES = (
    "BLOCKCHAIN_",
    "CELERY_",
    "CORS_",
    "DJANGO_",
    "EVIDENCE_",
    "HEALTH_",
    "IPFS_",
    "JWT_",
    "QUOTA_",
    "SLA_",
    "THROTTLE_",
)

for name in [name for name in os.environ if name.startswith(OWN_PREFIXES)]:
    del os.environ[name]

DATA_DIR = tempfile.mkdtemp(prefix="complaint-registry-tests-")
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)

os.environ.update(
    # Here and not in pytest.ini: pytest-django would load the settings before the rest is set.
    DJANGO_SETTINGS_MODULE="report_hub.settings",
    DJANGO_SECRET_KEY="django-secret-key-of-the-tests-0123456789",
    JWT_SIGNING_KEY="token-signing-key-of-the-tests-0123456789",
    ENV_FILE=os.devnull,
    DATA_DIR=DATA_DIR,
    LOG_DIR=os.path.join(DATA_DIR, "logs"),
    BLOCKCHAIN_DEPLOYMENT=os.path.join(DATA_DIR, "deployment.json"),
    # Nothing listens there: a test that uses the chain without starting one fails at once.
    BLOCKCHAIN_NODE_URLS="http://127.0.0.1:1",
)

django.setup()  # before the fixtures below are imported: they need the models

# Fixtures for all backend tests; one file for each thing that they provide.
pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.actors",
    "tests.fixtures.deployment",
    "tests.fixtures.network",
    "tests.fixtures.reports",
]
