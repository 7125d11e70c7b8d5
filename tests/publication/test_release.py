"""The files of a release, used as a stranger uses them: installed offline, imported, type-checked."""

import fcntl
import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tools.deployment.artifact import Artifact, write_artifact
from tools.deployment.compiled import Compiled
from tools.deployment.errors import DeploymentError
from tools.deployment.places import ABI_FILE
from tools.publication.npm_package import NAME, pack, package_files, public_deployments
from tools.publication.release import build_wheel, make_release
from tools.publication.standard_json import standard_json

TYPESCRIPT = Path(__file__).parent / "typescript"

# What a client of the package writes. The lines behind @ts-expect-error would compile if types were not literal.
CLIENT = """
import { abi, deployments } from "complaint-registry-abi";
import type { abi as Abi } from "complaint-registry-abi";

type Entry = (typeof Abi)[number];
type Names<Kind extends string> = Extract<Entry, { readonly type: Kind; readonly name: string }>["name"];

const batch: Names<"function"> = "recordBatch";
const event: Names<"event"> = "LinkAppended";
const error: Names<"error"> = "StaleNonce";
// @ts-expect-error
const typo: Names<"function"> = "recordBatsh";
// @ts-expect-error
abi[0].type = "function";
const address: "0x5FbDB2315678afecb367f032d93F642f64180aa3" = deployments["11155111"].address;
// @ts-expect-error
deployments["1"];
console.log(batch, event, error, typo, address);
"""


@pytest.fixture(scope="session")
def released(compiled: Compiled, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By the ends of their names."""
    made = make_release(compiled, folder=tmp_path_factory.mktemp("release") / "dist")
    return {path.suffix or path.name: path for path in made}


@pytest.fixture
def sepolia(deployed: Artifact) -> Artifact:
    return replace(deployed, chain_id=11155111, network="sepolia", address="0x5FbDB2315678afecb367f032d93F642f64180aa3")


def installed(package: Path, folder: Path) -> None:
    """A project in `folder` that has nothing but the package, taken from its tarball without a network."""
    (folder / "package.json").write_text('{"private": true}')
    words = ["npm", "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", str(package)]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)


def node(folder: Path, script: str, kind: str) -> str:
    words = ["node", f"--input-type={kind}", "-e", script]
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout


def typescript() -> Path:
    """The pinned compiler, installed if it is not there."""
    lock_file, stamp = TYPESCRIPT / "package-lock.json", TYPESCRIPT / "node_modules" / ".installed"
    with lock_file.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != lock_file.read_text():
            subprocess.run(["npm", "ci", "--silent"], cwd=TYPESCRIPT, check=True)
            stamp.write_text(lock_file.read_text())
    return TYPESCRIPT / "node_modules" / ".bin" / "tsc"


def test_make_release__files__are_four_with_their_hashes(released: dict[str, Path], compiled: Compiled) -> None:
    files = {end: path for end, path in released.items() if end != "SHA256SUMS"}
    assert sorted(files) == [".json", ".tgz", ".whl"]
    assert all("2.0.0" in path.name for path in files.values())
    lines = [line.split("  ") for line in released["SHA256SUMS"].read_text().splitlines()]
    found = {name: digest for digest, name in lines}
    assert found == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files.values()}
    assert json.loads(files[".json"].read_text()) == standard_json(compiled)


@pytest.mark.parametrize(
    ("kind", "script"),
    [
        ("module", f'import {{ abi }} from "{NAME}"; console.log(JSON.stringify(abi))'),
        ("commonjs", f'console.log(JSON.stringify(require("{NAME}").abi))'),
        ("commonjs", f'console.log(JSON.stringify(require("{NAME}/abi.json")))'),
    ],
    ids=["import", "require", "json"],
)
def test_npm_package__installed_offline__has_the_abi(
    released: dict[str, Path], tmp_path: Path, kind: str, script: str
) -> None:
    installed(released[".tgz"], tmp_path)
    assert json.loads(node(tmp_path, script, kind)) == json.loads(ABI_FILE.read_text())


def test_npm_package__used_from_typescript__types_are_literal(
    compiled: Compiled, sepolia: Artifact, tmp_path: Path
) -> None:
    files = package_files(compiled.abi, version="2.0.0", deployments=[sepolia])
    project = tmp_path / "client"
    project.mkdir()
    installed(pack(files, into=tmp_path, staging=tmp_path / "package"), project)
    (project / "client.mts").write_text(CLIENT)
    options = ["--strict", "--noEmit", "--module", "nodenext", "--skipLibCheck", "false"]
    done = subprocess.run(
        [str(typescript()), *options, "client.mts"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    places = json.loads(
        node(project, f'import {{ deployments }} from "{NAME}"; console.log(JSON.stringify(deployments))', "module")
    )
    assert places["11155111"]["blockNumber"] == sepolia.block_number


def test_npm_package__made_twice__is_the_same_byte_for_byte(compiled: Compiled, tmp_path: Path) -> None:
    files = package_files(compiled.abi, version="2.0.0", deployments=[])
    made = []
    for name in ("1", "2"):
        (tmp_path / name).mkdir()
        made.append(pack(files, into=tmp_path / name, staging=tmp_path / "package").read_bytes())
    assert made[0] == made[1]


def test_public_deployments__local_and_pending__are_left_out(
    deployed: Artifact, sepolia: Artifact, tmp_path: Path
) -> None:
    write_artifact(deployed, tmp_path / "local.json")
    write_artifact(sepolia, tmp_path / "sepolia.json")
    (tmp_path / "sepolia.pending.json").write_text("{}")
    assert public_deployments(tmp_path) == [sepolia]
    write_artifact(sepolia, tmp_path / "another.json")
    with pytest.raises(DeploymentError, match="two artifacts are of one chain"):
        public_deployments(tmp_path)
    assert public_deployments(tmp_path / "nowhere") == []


def test_wheel__as_a_resource_of_the_package__has_the_abi(released: dict[str, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(released[".whl"]) as wheel:
        wheel.extractall(tmp_path)
    script = (
        "from importlib.resources import files; import blockchain;"
        "print(blockchain.__file__, file=__import__('sys').stderr);"
        "print((files('blockchain.abi') / 'ComplaintRegistry.json').read_text(encoding='utf-8'), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True, env={"PATH": ""}
    )
    assert str(tmp_path) in done.stderr
    assert done.stdout == ABI_FILE.read_text()


def test_build_wheel__no_such_tool__says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.publication.release.BACKEND", tmp_path)
    with pytest.raises(DeploymentError, match="the wheel cannot be built: "):
        build_wheel(tmp_path)
