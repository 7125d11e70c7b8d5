"""The commands as they are typed: exit status, one clear line, no traceback."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tools.deployment.connection import redact
from tools.deployment.places import ROOT
from tools.deployment.signer import development_addresses

Run = Callable[..., Result]

STRANGER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"


def refusal(result: Result) -> str:
    """The one line that a refused command leaves."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    return result.output.splitlines()[-1]


def test_run__help__lists_the_commands_and_nothing_else() -> None:
    ape = Path(sys.executable).with_name("ape")
    done = subprocess.run(
        [str(ape), "run", "--help"], cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=60, check=False
    )
    _, _, commands = done.stdout.partition("Commands:\n")
    assert [line.split()[0] for line in commands.splitlines()] == [
        "deploy",
        "export_abi",
        "publish",
        "roles",
        "verify_deployment",
    ]


def test_deploy__typed_in_a_shell_against_a_running_node__writes_the_artifact(url: str, tmp_path: Path) -> None:
    output = tmp_path / "elsewhere" / "local.json"
    ape = Path(sys.executable).with_name("ape")
    words = [str(ape), "run", "deploy", "--network", url, "--name", "local", "--output", str(output)]
    done = subprocess.run(words, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    artifact = json.loads(output.read_text())
    assert artifact["network"] == "local"
    assert artifact["address"] in done.stdout
    assert "gas used" in done.stdout


def test_deploy__key_from_the_environment__deploys_as_it_and_does_not_show_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
    monkeypatch.setenv("DEPLOYER_PRIVATE_KEY", key)
    result = run("deploy", "--output", str(tmp_path / "a.json"))
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "a.json").read_text())["deployer"] == development_addresses()[1]
    assert key not in result.output


def test_deploy__existing_artifact__refused(run: Run, deployed_path: Path) -> None:
    before = deployed_path.read_bytes()
    assert "exists; nothing was deployed" in refusal(run("deploy", "--output", str(deployed_path)))
    assert deployed_path.read_bytes() == before


def test_deploy__parameters_of_another_chain__refused(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text((ROOT / "tools/networks/local.yaml").read_text().replace("31337", "1337"))
    line = refusal(run("deploy", "--parameters", str(other), "--output", str(tmp_path / "a.json")))
    assert line == "Error: wrong chain: the node is on chain id 31337, the parameters of 'other' are for 1337"


def test_deploy__no_such_network__refused(run: Run, tmp_path: Path) -> None:
    line = refusal(run("deploy", "--name", "nowhere", "--output", str(tmp_path / "a.json")))
    assert line == "Error: tools/networks/nowhere.yaml: No such file or directory"


@pytest.mark.parametrize("network", ["http://127.0.0.1:1", "ethereum:local:nothing", "nothing"])
@pytest.mark.parametrize("script", ["deploy", "verify_deployment"])
def test_any_command__no_such_node__refused(run: Run, tmp_path: Path, script: str, network: str) -> None:
    option = "--output" if script == "deploy" else "--artifact"
    refusal(run(script, option, str(tmp_path / "a.json"), network=network))


def test_verify_deployment__as_deployed__agrees(run: Run, deployed_path: Path) -> None:
    result = run("verify_deployment", "--artifact", str(deployed_path), "--source")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == f"the chain agrees with {deployed_path}"


def test_verify_deployment__other_code_hash__fails(run: Run, deployed_path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps(json.loads(deployed_path.read_text()) | {"code_hash": "0x00"}))
    assert refusal(run("verify_deployment", "--artifact", str(other))).endswith("other.json: code hash")


def test_roles__granted__listed_and_accepted_only_when_asked(run: Run, deployed_path: Path) -> None:
    artifact = ("--artifact", str(deployed_path))
    granted = run("roles", "grant", *artifact, "--role", "recorder", "--account", STRANGER)
    assert granted.exit_code == 0, granted.output
    assert f"RECORDER_ROLE      {STRANGER}" in run("roles", "list", *artifact).output
    assert refusal(run("verify_deployment", *artifact)).endswith(": roles")
    accepted = run("verify_deployment", *artifact, "--roles-may-differ")
    assert accepted.exit_code == 0
    assert accepted.output.splitlines()[-1].endswith(", except for roles")
    assert run("roles", "revoke", *artifact, "--role", "recorder", "--account", STRANGER).exit_code == 0
    assert run("verify_deployment", *artifact).exit_code == 0


def test_roles__artifact_of_another_chain__refused(run: Run, deployed_path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps(json.loads(deployed_path.read_text()) | {"genesis_hash": "0x00"}))
    line = refusal(run("roles", "list", "--artifact", str(other)))
    assert line.startswith("Error: not the chain of this artifact: genesis block")


@pytest.mark.parametrize("whose", ["0x" + "0" * 40, STRANGER.lower(), "me"])
def test_roles__not_an_address__refused(run: Run, deployed_path: Path, whose: str) -> None:
    result = run("roles", "grant", "--artifact", str(deployed_path), "--role", "recorder", "--account", whose)
    assert result.exit_code == 2
    assert "Invalid value for '--account'" in result.output


def test_export_abi__check__agrees(run: Run) -> None:
    assert run("export_abi", "--check").exit_code == 0


def test_redact__urls__keep_only_their_host() -> None:
    message = "no node\non 'https://user:pass@rpc.example.org:8545/v3/token?key=1' today"
    assert redact(message) == "no node on 'https://rpc.example.org:8545' today"
