"""Settings of the blockchain that can't be right stop the process at its start, with one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parents[2]
NEEDED = {
    "ENV_FILE": os.devnull,
    "DATABASE_URL": "sqlite://:memory:",
    "DJANGO_SECRET_KEY": "0123456789" * 5,
    "JWT_SIGNING_KEY": "9876543210" * 5,
}


@pytest.mark.parametrize(
    ("setting", "value"),
    [("SLA_URGENT_SECONDS", "0"), ("SLA_LOW_SECONDS", str(3_649 * 86_400)), ("BLOCKCHAIN_FINALITY", "soon")],
)
def test_settings__value_out_of_range__is_refused_by_name(tmp_path: Path, setting: str, value: str) -> None:
    environment = {**NEEDED, "DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"], setting: value}
    command = [sys.executable, "-c", "import report_hub.settings"]
    done = subprocess.run(command, cwd=BACKEND, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {setting} must be" in done.stderr
