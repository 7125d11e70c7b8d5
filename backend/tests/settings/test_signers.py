"""`BLOCKCHAIN_SIGNER` and `BLOCKCHAIN_INTAKE_SIGNER`: a short name for each kind of signer, and what it needs."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import CheckMessage

from blockchain.checks import settings_check
from tests.chain.signers.samples import ADDRESS
from tests.chain_fixtures import INTAKE_KEY, RELAY_KEY, Chain
from tests.settings.test_blockchain_settings import BACKEND, NEEDED

TOLD = """
import json
from report_hub import settings
print(json.dumps([settings.BLOCKCHAIN_SIGNER, settings.BLOCKCHAIN_INTAKE_SIGNER]))
"""
SIGNERS = "blockchain.chain.signers."


def process(tmp_path: Any, **environment: str) -> subprocess.CompletedProcess[str]:
    """The settings of a process with this environment."""
    environment = {**NEEDED, "DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        [sys.executable, "-c", TOLD], cwd=BACKEND, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["BLOCKCHAIN_SIGNER", "BLOCKCHAIN_INTAKE_SIGNER"])
def test_signer__file__and_the_other_stays_as_it_is(name: str, tmp_path: Any) -> None:
    given = {name: "file", f"{name}_KEY": "/run/relay.json", f"{name}_PASSPHRASE_FILE": "/run/passphrase"}
    done = process(tmp_path, **given)
    assert done.returncode == 0, done.stderr
    relay, intake = json.loads(done.stdout)
    changed, other = (relay, intake) if name == "BLOCKCHAIN_SIGNER" else (intake, relay)
    assert changed == {
        "BACKEND": f"{SIGNERS}key_file.file_signer",
        "OPTIONS": {"path": "/run/relay.json", "passphrase_file": "/run/passphrase"},
    }
    assert other["BACKEND"] == f"{SIGNERS}local.local_signer"


@pytest.mark.parametrize(
    ("kind", "backend", "place"),
    [
        ("file", "key_file.file_signer", "path"),
        ("aws-secret", "aws_secret.aws_secret_signer", "secret_id"),
        ("aws-kms", "aws_kms.aws_kms_signer", "key_id"),
        ("web3signer", "web3signer.web3signer_signer", "url"),
        ("clef", "clef.clef_signer", "url"),
    ],
)
def test_signer_setting__each_kind__names_a_backend_that_takes_its_options(
    kind: str, backend: str, place: str, settings: Any, deployed_chain: Chain, tmp_path: Any
) -> None:
    from report_hub.settings.signers import signer_setting

    key = tmp_path / "key"
    key.write_text(RELAY_KEY)
    key.chmod(0o600)
    value = {"url": "http://127.0.0.1:9000", "path": str(key)}.get(place, "relay")
    address = {} if kind in ("file", "aws-secret") else {"address": ADDRESS}
    made = signer_setting(name="X", private_key="", kind=kind, key=value, passphrase_file="", **address)
    assert made == {"BACKEND": SIGNERS + backend, "OPTIONS": {place: value, **address}}
    settings.BLOCKCHAIN_SIGNER, settings.BLOCKCHAIN_DEPLOYMENT = made, deployed_chain.artifact_path
    assert settings_check() == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"BLOCKCHAIN_SIGNER": "vault"}, "BLOCKCHAIN_SIGNER must be env, file, aws-secret, aws-kms, web3signer, clef"),
        ({"BLOCKCHAIN_SIGNER": "clef"}, "BLOCKCHAIN_SIGNER=clef needs BLOCKCHAIN_SIGNER_KEY: the url of the key"),
        (
            {"BLOCKCHAIN_INTAKE_SIGNER": "aws-secret"},
            "BLOCKCHAIN_INTAKE_SIGNER=aws-secret needs BLOCKCHAIN_INTAKE_SIGNER_KEY: the secret_id of the key",
        ),
    ],
)
def test_signer__incomplete__ends_the_process_with_the_name(given: dict[str, str], says: str, tmp_path: Any) -> None:
    done = process(tmp_path, **given)
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {says}" in done.stderr


@pytest.fixture
def checked(settings: Any, deployed_chain: Chain) -> Any:
    """Checks with these two signers; what they say."""

    def check(relay: dict[str, Any], intake: dict[str, Any]) -> list[CheckMessage]:
        settings.BLOCKCHAIN_DEPLOYMENT = deployed_chain.artifact_path
        settings.BLOCKCHAIN_SIGNER, settings.BLOCKCHAIN_INTAKE_SIGNER = relay, intake
        return settings_check()

    return check


def named(backend: str, **options: str) -> dict[str, Any]:
    return {"BACKEND": SIGNERS + backend, "OPTIONS": options}


RELAY = named("local.local_signer", setting="BLOCKCHAIN_PRIVATE_KEY")
INTAKE = named("local.local_signer", setting="BLOCKCHAIN_INTAKE_KEY")


@pytest.mark.parametrize(("intake_key", "warns"), [(INTAKE_KEY, False), (RELAY_KEY, True), ("", False)])
def test_check__relay_and_intake_share_a_key__is_a_warning(
    intake_key: str, warns: bool, checked: Any, settings: Any
) -> None:
    settings.BLOCKCHAIN_PRIVATE_KEY, settings.BLOCKCHAIN_INTAKE_KEY = RELAY_KEY, intake_key
    said = checked(RELAY, INTAKE)
    assert [message.id for message in said] == ["complaint_registry.W013"] * warns
    assert all("Make a key of its own for BLOCKCHAIN_INTAKE_SIGNER" in message.hint for message in said)


@pytest.mark.parametrize(
    ("relay", "intake", "warns"),
    [
        (named("aws_kms.aws_kms_signer", key_id="a"), named("aws_kms.aws_kms_signer", key_id="a"), True),
        (named("aws_kms.aws_kms_signer", key_id="a"), named("aws_kms.aws_kms_signer", key_id="b"), False),
        (
            named("clef.clef_signer", url="http://127.0.0.1:1", address=ADDRESS),
            named("web3signer.web3signer_signer", url="http://127.0.0.1:2", address=ADDRESS.lower()),
            True,
        ),
        (RELAY, RELAY, False),
    ],
)
def test_check__places_of_keys__are_compared_without_asking_anybody(
    relay: Any, intake: Any, warns: bool, checked: Any
) -> None:
    assert [message.id for message in checked(relay, intake)] == ["complaint_registry.W013"] * warns


def test_check__key_file_that_others_may_read__is_a_warning(checked: Any, tmp_path: Any) -> None:
    path = tmp_path / "key"
    path.write_text(RELAY_KEY)
    path.chmod(0o644)
    (said,) = checked(named("key_file.file_signer", path=str(path)), INTAKE)
    assert said.id == "complaint_registry.W006"
    assert said.msg == f"BLOCKCHAIN_SIGNER: {path} can be read by others (mode 0644): chmod 400 it."
