"""How nodes know us, from the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parents[2]
TOLD = """
from django.conf import settings
auths = [auth and auth["BACKEND"].rpartition(".")[2] for auth in settings.BLOCKCHAIN_NODE_AUTH]
print(settings.BLOCKCHAIN_NODE_URLS, auths)
"""


def run(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "report_hub.settings",
        "DJANGO_SECRET_KEY": "0123456789" * 5,
        "JWT_SIGNING_KEY": "9876543210" * 5,
        "PATH": os.environ["PATH"],
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-c", TOLD], cwd=BACKEND, env=given, capture_output=True, text=True, check=False
    )


def test_nodes__a_kind_for_each__are_backends_in_their_order(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        BLOCKCHAIN_NODE_URLS="http://a.example,https://b.example,https://c.example,https://d.example",
        BLOCKCHAIN_NODE_AUTH="none,header,bearer,aws",
        BLOCKCHAIN_NODE_HEADER="X-Key: abc",
        BLOCKCHAIN_NODE_TOKEN_FILE="/run/token",
        BLOCKCHAIN_NODE_AWS_REGION="us-east-1",
    )
    assert done.stdout.strip() == (
        "['http://a.example', 'https://b.example', 'https://c.example', 'https://d.example'] "
        "[None, 'HeaderAuth', 'BearerFileAuth', 'SigV4Auth']"
    ), done.stderr


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("header", "needs BLOCKCHAIN_NODE_HEADER"),
        ("bearer", "needs BLOCKCHAIN_NODE_TOKEN_FILE"),
        ("aws", "needs BLOCKCHAIN_NODE_AWS_REGION"),
        ("basic", "must list none, header, bearer, aws"),
    ],
)
def test_nodes__kind_without_its_setting__is_refused_with_its_name(tmp_path: Path, kind: str, said: str) -> None:
    done = run(tmp_path, BLOCKCHAIN_NODE_AUTH=kind)
    assert done.returncode != 0
    assert said in done.stderr
