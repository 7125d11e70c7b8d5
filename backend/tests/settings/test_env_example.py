"""`.env.example` against the settings modules: every setting is in it, with the default that the code has."""

import ast
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import environ
import pytest

from report_hub import settings
from report_hub.settings.environment import BASE_DIR, REPOSITORY_DIR

EXAMPLE = REPOSITORY_DIR / ".env.example"
# A setting, or an example of one: `#` without a space behind it.
LINE = re.compile(r"(?P<hash>#?)(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)")
SECRETS = {
    "DJANGO_SECRET_KEY",
    "JWT_SIGNING_KEY",
    "BLOCKCHAIN_PRIVATE_KEY",
    "BLOCKCHAIN_INTAKE_KEY",
    "BLOCKCHAIN_NODE_HEADER",
    "IPFS_API_AUTH",
}
# Their defaults follow from other places, so that the file gives an example instead.
PLACES = {
    "DATA_DIR",
    "DATABASE_URL",
    "EVIDENCE_ROOT",
    "LOG_DIR",
    "BLOCKCHAIN_DEPLOYMENT",
    "FILE_UPLOAD_TEMP_DIR",
}


@dataclass(frozen=True, kw_only=True)
class Read:
    """One `env.<kind>("NAME", default)` of the settings modules."""

    name: str
    kind: str
    default: ast.expr | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One line of the file, with the comment above it."""

    name: str
    value: str
    commented_out: bool
    comment: str


def settings_read() -> list[Read]:
    """Every reading of the environment by the settings modules, found in their source."""
    found = []
    for module in sorted((BASE_DIR / "report_hub" / "settings").glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if not isinstance(node.func.value, ast.Name) or node.func.value.id != "env" or not node.args:
                continue
            if node.func.attr == "read_env":
                continue
            name = node.args[0]
            assert isinstance(name, ast.Constant), f"{module.name}: the name of a setting must be written out"
            named = [keyword.value for keyword in node.keywords if keyword.arg == "default"]
            default = named[0] if named else node.args[1] if len(node.args) > 1 else None
            found.append(Read(name=str(name.value), kind=node.func.attr, default=default))
    return found


def settings_shown() -> list[Shown]:
    """Every setting of the file."""
    shown, comment = [], ""
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        match = LINE.fullmatch(line)
        if match:
            shown.append(
                Shown(
                    name=match["name"], value=match["value"], commented_out=bool(match["hash"]), comment=comment.strip()
                )
            )
        elif line.startswith("# "):
            comment += line[1:]
        elif not line:
            comment = ""
        # Settings in a block share the comment above the first.
    return shown


READ = {read.name: read for read in settings_read()}
SHOWN = {shown.name: shown for shown in settings_shown()}


def test_env_example__lists_exactly_what_the_settings_read() -> None:
    assert set(SHOWN) == set(READ)


def test_env_example__names_each_setting_once() -> None:
    names = [shown.name for shown in settings_shown()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_env_example__setting__has_a_comment(name: str) -> None:
    assert SHOWN[name].comment


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_env_example__secret__is_blank(name: str) -> None:
    assert SHOWN[name].value == ""
    assert not SHOWN[name].commented_out


@pytest.mark.parametrize("name", sorted(PLACES))
def test_env_example__place__is_an_example(name: str) -> None:
    assert SHOWN[name].commented_out
    assert SHOWN[name].value


@pytest.mark.parametrize("name", sorted(set(READ) - SECRETS - PLACES))
def test_env_example__value__is_the_default(name: str) -> None:
    defaults = {repr(value_of(read.default)) for read in settings_read() if read.name == name}
    assert defaults == {repr(value_read(READ[name].kind, name, SHOWN[name].value))}
    assert not SHOWN[name].commented_out


def test_env_example__copied_with_the_secrets_filled_in__is_accepted(tmp_path: Any) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for name in ("DJANGO_SECRET_KEY", "JWT_SIGNING_KEY"):
        text = text.replace(f"\n{name}=\n", f"\n{name}={name.lower() * 3}\n")
    copy = tmp_path / "env"
    copy.write_text(text, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(BASE_DIR), "ENV_FILE": str(copy)}
    done = subprocess.run(
        [sys.executable, "-c", f"import {settings.__name__}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def value_of(default: ast.expr | None) -> Any:
    """A default as the code has it: constants and arithmetic, no names."""
    assert default is not None
    return eval(compile(ast.Expression(default), "<default>", "eval"), {"__builtins__": {}})


def value_read(kind: str, name: str, text: str) -> Any:
    """What `env.<kind>(name)` makes of the file's text."""
    env = environ.Env()
    env.ENVIRON = {name: text}
    return getattr(env, kind)(name)
