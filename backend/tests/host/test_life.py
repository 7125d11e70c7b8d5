"""A complaint's life in somebody else's project, far from this tree, on anvil; and docs/integration.md with it."""

import re
import shlex
import time
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.anvil import Anvil
from tests.chain_fixtures import RELAY_KEY
from tests.host.city import BACKEND, PROJECT, SECONDS, TICKET_SECONDS, City, Person

pytestmark = pytest.mark.standalone
GUIDE = BACKEND.parent / "docs" / "integration.md"
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What a project that installs the wheel need not have.
NOT_NEEDED = ("report", "accounts", "report_hub", "celery", "model_utils", "environ", "rest_framework_simplejwt")
# People, a pothole that is filled at once; and that the migrations make all that the models want.
BEGIN = """
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from potholes.models import Pothole
for name, staff in (("bob", False), ("olga", True), ("ada", False)):
    user = User.objects.create_user(name, password=name, is_staff=staff)
with transaction.atomic():
    hole = Pothole.objects.create(number=7, street="Mill Lane", reporter=user)
    hole.state = "filled"
    hole.save()
call_command("makemigrations", check_changes=True, dry_run=True)
"""


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    anvil = Anvil()
    yield anvil
    anvil.stop()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, anvil: Anvil) -> City:
    city = City(tmp_path_factory.mktemp("city"), anvil)
    city.manage("migrate")
    city.manage("shell", "-c", BEGIN)
    return city


@pytest.fixture(scope="module")
def server(city: City) -> Iterator[str]:
    with city.served() as url:
        yield url


def blocks(language: str, kind: str = "") -> list[str]:
    """The guide's blocks of a language."""
    return [text for name, own, text in BLOCK.findall(GUIDE.read_text()) if (name, own) == (language, kind)]


def test_wheel__built_from_the_backend__has_one_package_and_all_its_files(city: City) -> None:
    assert city.wheel.name == "complaint_registry-2.0.0-py3-none-any.whl"
    names = [name for name in zipfile.ZipFile(city.wheel).namelist() if ".dist-info/" not in name]
    tree = [path for path in (BACKEND / "blockchain").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sorted(names) == sorted(str(path.relative_to(BACKEND)) for path in tree)
    assert not [name for name in names if "test" in name]


def test_dependencies__as_ranges__are_satisfied_by_the_lock() -> None:
    project = tomllib.loads((BACKEND / "pyproject.toml").read_text())["project"]
    optional = [text for extra in project["optional-dependencies"].values() for text in extra]
    locks = "".join((BACKEND / name).read_text() for name in ("requirements.txt", "requirements-aws.txt"))
    locked = dict(re.findall(r"^([\w-]+)==([\w.]+)", locks, re.MULTILINE))
    for text in project["dependencies"] + optional:
        wanted = Requirement(text)
        assert wanted.specifier, text
        assert locked[wanted.name.lower()] in wanted.specifier


def test_environment__fresh__sees_nothing_of_this_tree(city: City) -> None:
    code = "import importlib.util as u, sys, blockchain; print(blockchain.__file__, *sys.path); "
    said = city.run("-c", code + f"print([name for name in {NOT_NEEDED} if u.find_spec(name)])")
    assert said.startswith(str(city.python.parents[1]))
    assert str(BACKEND) not in said
    assert said.endswith("\n[]\n")


def test_check__installed_project__finds_no_issue(city: City) -> None:
    assert city.manage("check") == "System check identified no issues (0 silenced).\n"


def test_suite__of_the_project__passes(city: City) -> None:
    said = city.manage("test")
    assert re.search(r"^Ran 2\d tests in [\d.]+s\n\nOK$", said, re.MULTILINE)


@pytest.fixture(scope="module")
def lived(city: City, server: str, anvil: Anvil) -> City:
    """A ticket's whole life, on the chain, checked at each step."""
    ada, bob, olga = (Person(server, name) for name in ("ada", "bob", "olga"))
    filed = ada.ask("POST", "/tickets/", 201, json={"subject": "No light in Mill Lane"})
    path = f"/tickets/{filed['reference']}"
    olga.ask("POST", f"{path}/assign/", 200)
    assigned_at = time.monotonic()
    assert "relay is idle: nothing is left to write" in city.manage("run_relay", "--once")

    time.sleep(max(0, TICKET_SECONDS + 1 - (time.monotonic() - assigned_at)))
    anvil.mine()
    assert "1 overdue, relay is idle" in city.manage("check_sla")
    olga.ask("POST", f"{path}/resolve/", 200)
    assert olga.ask("POST", f"{path}/assign/", 409)["detail"] == "a complaint that is RESOLVED does not accept ASSIGNED"

    (city.folder / "evidence.jpg").write_bytes(b"a lamp that is lit")
    said = client_run(city, server, filed["reference"], blocks("python"))
    assert said[:2] == ["Evidence stored. Blockchain anchoring in progress.", "pending"]
    key = city.folder / "relay.key"
    key.write_text(f"{RELAY_KEY}\n")
    by_file = {"RELAY_KEY_FILE": str(key), "BLOCKCHAIN_PRIVATE_KEY": ""}
    assert "relay is idle: nothing is left to write" in city.manage("run_relay", "--once", **by_file)
    said = client_run(city, server, filed["reference"], blocks("python"))
    kinds = ["CREATED", "ASSIGNED", "SLA_DEADLINE_SET", "ESCALATED", "RESOLVED", "EVIDENCE_ANCHORED"]
    assert said == ["This complaint already has this file.", "anchored", "True", str(kinds)]

    trail = ada.ask("GET", f"{path}/audit-trail/", 200)
    assert trail["complaint_id"] == filed["complaint_id"]
    assert trail["report_matches"] is True
    assert ada.ask("GET", f"{path}/status/", 200)["sla"]["level"] == 1
    (evidence,) = ada.ask("GET", f"{path}/evidence/", 200)["results"]
    assert ada.session.get(evidence["ipfs_url"], timeout=SECONDS).content == b"a lamp that is lit"
    bob.ask("GET", f"{path}/audit-trail/", 404)
    assert olga.ask("GET", f"{path}/audit-trail/", 200) == trail

    city.run("-m", "blockchain.receipt", "prove", "trail.json", "--rpc", anvil.url, "--output", "my.receipt.json")
    verify = ("-m", "blockchain.receipt", "verify", "my.receipt.json", "--block", anvil.head()["hash"])
    assert city.run(*verify, "--file", "evidence.jpg").splitlines()[-1].startswith("PROVED")
    saved = city.folder / "my.receipt.json"
    saved.write_text(saved.read_text().replace("Mill Lane", "Hill Lane"))
    with pytest.raises(AssertionError, match="CONTRADICTED"):
        city.run(*verify)
    saved.write_text(saved.read_text().replace("Hill Lane", "Mill Lane"))
    return city


def test_ticket__its_whole_life__is_on_the_chain_and_verifies(lived: City) -> None:
    assert any(ran.startswith("python -m blockchain.receipt verify my.receipt.json") for ran in lived.ran)


def client_run(city: City, server: str, reference: str, snippets: list[str]) -> list[str]:
    """Runs the guide's snippets for clients, one after the other; the lines that they print."""
    own = [text for text in snippets if file_of(text) is None]
    names = f"SERVER, REFERENCE, LOGIN = {server!r}, {reference!r}, ('ada', 'ada')\n"
    return city.run("-c", names + "".join(own)).splitlines()


def file_of(snippet: str) -> Path | None:
    """The file of the project that a snippet is an excerpt of, as its first line says."""
    name = snippet.partition("\n")[0].removeprefix("# ")
    return PROJECT / name if name.endswith(".py") else None


@pytest.mark.parametrize("snippet", [text for text in blocks("python") if file_of(text)], ids=lambda text: text[:24])
def test_guide__excerpt_of_a_file__is_what_the_file_says(snippet: str) -> None:
    path = file_of(snippet)
    assert path is not None
    assert snippet.partition("\n")[2] in path.read_text()


def test_guide__all_else__was_or_can_be_run(lived: City, server: str, anvil: Anvil) -> None:
    city = lived
    olga = Person(server, "olga")
    trail = olga.ask("GET", "/api/blockchain/complaints/potholes/7/audit-trail/", 200)
    assert [event["event_type"] for event in trail["events"]] == ["CREATED", "RESOLVED"]
    assert trail["events"][1]["payload"]["changes"] == {"state": ["reported", "filled"]}
    said = city.manage("shell", "-c", "\n".join(blocks("python", "shell")))
    assert re.search(r"^gas used: [1-9]\d+$", said, re.MULTILINE)
    commands = "".join(blocks("sh")).replace("$NODE_URL", anvil.url).replace(" $BLOCK_HASH", "")
    for line in commands.splitlines():
        if line.startswith("python ") and not any(ran.startswith(line) for ran in city.ran):
            city.run(*shlex.split(line)[1:])
    assert sum(len(blocks(*each)) for each in (("python",), ("python", "shell"), ("sh",))) == len(
        BLOCK.findall(GUIDE.read_text())
    )
