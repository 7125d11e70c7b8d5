"""`ape run publish` as it is typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.deployment.test_commands import refusal
from tests.publication.services import FakeEtherscan, FakeSourcify

Run = Callable[..., Result]


def test_publish__to_sourcify__says_how_it_ended(
    run: Run, deployed_path: Path, sourcify: FakeSourcify, sourcify_url: str
) -> None:
    result = run("publish", "--artifact", str(deployed_path), "--url", sourcify_url)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].endswith("(exact match)")
    assert len(sourcify.verified) == 1


def test_publish__deployed_by_create2__is_an_exact_match(
    run: Run, sourcify: FakeSourcify, sourcify_url: str, tmp_path: Path
) -> None:
    output = tmp_path / "local.json"
    assert run("deploy", "--create2", "--output", str(output)).exit_code == 0
    result = run("publish", "--artifact", str(output), "--url", sourcify_url)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].endswith("(exact match)")


def test_publish__to_an_explorer__takes_the_key_from_the_environment_and_does_not_show_it(
    run: Run, deployed_path: Path, etherscan_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETHERSCAN_API_KEY", f" {FakeEtherscan.key}\n")
    result = run("publish", "--artifact", str(deployed_path), "--service", "etherscan", "--url", etherscan_url)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].startswith("verified: the explorer's compiler")
    assert FakeEtherscan.key not in result.output


def test_publish__checkout_does_not_compile_to_the_code__sends_nothing(
    run: Run, deployed_path: Path, sourcify: FakeSourcify, sourcify_url: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    changed = json.loads(deployed_path.read_text())
    changed["constructor_args"]["default_sla"] = 7
    other.write_text(json.dumps(changed))
    line = refusal(run("publish", "--artifact", str(other), "--url", sourcify_url))
    assert line.startswith("Error: nothing was sent: source: the immutable at byte")
    assert sourcify.requests == []


@pytest.mark.parametrize(
    ("key", "options", "message"),
    [
        (None, ("--service", "etherscan"), "no key: set ETHERSCAN_API_KEY"),
        ("k", ("--service", "etherscan"), "the chain's parameter file names no explorer; give its API with --url"),
        ("k", ("--service", "etherscan", "--url", "http://a.example/api"), "is not sent without TLS"),
        (None, ("--url", "sourcify.example"), "--url must begin with https://"),
    ],
)
def test_publish__service_that_cannot_be_used__refused(
    run: Run,
    deployed_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str | None,
    options: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.delenv("ETHERSCAN_API_KEY", raising=False)
    if key:
        monkeypatch.setenv("ETHERSCAN_API_KEY", key)
    assert message in refusal(run("publish", "--artifact", str(deployed_path), *options))
