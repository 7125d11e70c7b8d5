"""The defaults for projects that install the registry are those of the project that ships with it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from blockchain.conf import DEFAULTS, settings

BACKEND = Path(__file__).resolve().parents[2]
# What the project itself decides.
OWN = {"BLOCKCHAIN_HOST", "BLOCKCHAIN_DEPLOYMENT", "EVIDENCE_ROOT"}
TOLD = """
import json
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in dir(settings) if name.isupper()}, default=repr))
"""


def test_defaults__empty_environment__are_what_the_project_reads(tmp_path: Path) -> None:
    environment = {
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "report_hub.settings",
        "DJANGO_SECRET_KEY": "0123456789" * 5,
        "JWT_SIGNING_KEY": "9876543210" * 5,
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "-c", TOLD], cwd=BACKEND, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert {name: read[name] for name in DEFAULTS.keys() - OWN} == {
        name: default for name, default in DEFAULTS.items() if name not in OWN
    }
    # A setting of the registry that has no default would be missing in other projects.
    prefixes = ("BLOCKCHAIN_", "EVIDENCE_", "HEALTH_", "IPFS_")
    assert {name for name in read if name.startswith(prefixes)} <= DEFAULTS.keys()


@pytest.mark.parametrize("name", DEFAULTS)
def test_settings__project_leaves_it_out__is_the_default(name: str) -> None:
    with override_settings():
        if hasattr(django_settings, name):
            delattr(django_settings, name)
        assert getattr(settings, name) == DEFAULTS[name]
        assert type(getattr(settings, name)) is type(DEFAULTS[name])


def test_settings__path_as_text__is_a_path() -> None:
    with override_settings(EVIDENCE_ROOT="/srv/evidence", IPFS_API_URL="http://127.0.0.1:5001"):
        assert Path("/srv/evidence") == settings.EVIDENCE_ROOT
        assert settings.IPFS_API_URL == "http://127.0.0.1:5001"


def test_settings__not_the_registrys__are_the_projects() -> None:
    assert settings.USE_TZ is django_settings.USE_TZ
    with pytest.raises(AttributeError, match="NO_SUCH_SETTING"):
        _ = settings.NO_SUCH_SETTING
