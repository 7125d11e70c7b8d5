"""The form of what `make test-operations` runs: every block is a command, every name in it is something."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools.operations.__main__ import ADMINISTER, DEPLOY, DEPLOYMENT, OPERATIONS
from tools.operations.document import PLACEHOLDER, Block, blocks
from tools.operations.story import RECOVER, Story, sections
from tools.stack.places import BACKEND, ROOT

TEXT = OPERATIONS.read_text()
BLOCKS = list(blocks(TEXT))
BUILT_IN = {"check", "migrate", "collectstatic", "help"}
COMMANDS = {path.stem for path in BACKEND.glob("*/management/commands/[a-z]*.py")} | BUILT_IN
SOURCES = "\n".join(path.read_text() for path in BACKEND.glob("[!t]*/**/*.py"))
UNITS = sorted((ROOT / "docs" / "systemd").glob("*.service"))


@pytest.fixture
def story() -> Story:
    """A story that nobody runs."""
    nothing: Any = None
    return Story(machine=nothing, root=Path(), source="", blocks_run=nothing)


def names_used(text: str) -> set[str]:
    return set(re.findall(r"\$\{?([A-Z_]{2,})", text))


def names_set(text: str) -> set[str]:
    return set(re.findall(r"(?:^|\s)([A-Z_]{2,})=", text))


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", [OPERATIONS, DEPLOYMENT], ids=lambda path: path.name)
def test_document__each_block__is_bash(document: Path) -> None:
    for block in blocks(document.read_text()):
        checked = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, f"{document.name}:{block.line}: {checked.stderr}"


def test_operations__each_fence__is_of_a_known_kind() -> None:
    opened = [line for line in TEXT.splitlines() if line.startswith("```")][::2]
    assert set(opened) <= {"```sh", "```text"}


def test_operations__each_placeholder__has_a_value(story: Story) -> None:
    named = {name for block in BLOCKS for name in block.placeholders}
    assert named == set(story.values)


def test_operations__three_dots__are_placeholders() -> None:
    for block in BLOCKS:
        assert "..." not in PLACEHOLDER.sub("", block.text), f"line {block.line}"


def test_operations__each_variable__is_set_before(story: Story) -> None:
    for machine in (True, False):
        known: set[str] = set()
        for block in BLOCKS:
            if block.is_for_admin != machine:
                known |= names_set(block.text)
                assert names_used(block.text) - known == set(), f"line {block.line}"


def test_operations__each_command__exists() -> None:
    named = set(re.findall(r"(?:complaint-manage|manage\.py) ([a-z_]+)", TEXT))
    named |= set(re.findall(r'ARGS=["\']([a-z_]+)', TEXT))
    assert named
    assert named <= COMMANDS


def test_operations__each_message_of_the_log__is_logged() -> None:
    table = TEXT[TEXT.index("| message | what to do |\n") :].split("\n\n")[0]
    named = [name for row in table.splitlines()[2:] for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert named
    assert [name for name in named if f'"{name}"' not in SOURCES] == []


@pytest.mark.parametrize("document", [OPERATIONS, DEPLOYMENT], ids=lambda path: path.name)
def test_document__each_link__leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]*(?:#[^)]*)?)\)", document.read_text()):
        name, _, place = target.partition("#")
        path = document.parent / name if name else document
        assert path.exists(), target
        if place:
            headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
            assert place in map(anchor, headings), target


def test_story__each_hook__is_at_a_block(story: Story) -> None:
    places = sections(BLOCKS)
    assert set(story.before) | set(story.after) <= set(places)
    assert set(RECOVER) <= {place[0] for place in places}
    assert {*DEPLOY, *ADMINISTER} <= {block.section for block in blocks(DEPLOYMENT.read_text())}


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_unit__what_it_starts__is_installed_by_the_document(unit: Path) -> None:
    text = unit.read_text()
    assert text.startswith(f"# /etc/systemd/system/{unit.name}\n")
    assert f"](systemd/{unit.name})" in TEXT or f"{unit.stem.removeprefix('complaint-')} " in TEXT
    assert "\nUser=complaint\n" in text
    assert "\nExecStart=/opt/complaint-registry/.venv/bin/" in text
    assert "\nNoNewPrivileges=yes\n" in text


def test_blocks__sections_and_lines__are_those_of_the_document() -> None:
    document = (
        "# A\n```sh\none\n```\n## B\n```text\nno\n```\n\n```sh\n# On the admin's machine\nX=... Y=...  # z\n```\n"
    )
    assert list(blocks(document)) == [
        Block("A", 3, "one\n"),
        Block("B", 11, "# On the admin's machine\nX=... Y=...  # z\n"),
    ]


def test_filled__placeholders__have_the_values() -> None:
    block = Block("A", 1, "X=... Y=...  # z\necho $X...\n")
    assert block.filled({"X": lambda: "1", "Y": lambda: "2"}) == "X=1 Y=2  # z\necho $X...\n"
