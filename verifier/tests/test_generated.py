"""What is committed and generated is what the generator makes now: the corpus, and the code of the releases."""

import json
from pathlib import Path

import pytest
from eth_hash.auto import keccak

import receipt as r
from tests.corpus import __main__ as generator
from tests.corpus import case
from tests.corpus.chain import Chain, anvil, compiled

RELEASES = Path(r.__file__).parent / "releases"


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_corpus__made_anew__is_the_committed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed = content(case.CORPUS)
    monkeypatch.setattr(case, "CORPUS", tmp_path)
    monkeypatch.setattr(generator, "CORPUS", tmp_path)
    # Most of the time goes into keccak-256. test_oracles.py shows that both implementations agree.
    monkeypatch.setattr(r, "keccak", keccak)
    monkeypatch.setattr(r, "keccak_many", lambda messages: ((each, keccak(each)) for each in messages))
    generator.main()
    made = content(tmp_path)
    assert made == {name: data for name, data in committed.items() if "/" in name}


def test_releases__files__are_what_the_verifier_contains() -> None:
    files = {path.stem: json.loads(path.read_text()) for path in RELEASES.glob("*.json")}
    assert set(files) == set(r.RELEASES)
    for version, (packed, places) in r.RELEASES.items():
        assert "0x" + r._unpacked(packed).hex() == files[version]["code"]
        assert {name: list(offsets) for name, offsets in places.items()} == files[version]["immutables"]


def test_releases__newest__is_the_compiled_contract() -> None:
    newest = json.loads(max(RELEASES.glob("*.json")).read_text())
    assert newest["code"] == "0x" + compiled()["runtimeBytecode"]["bytecode"].removeprefix("0x")


def test_code_hashes__deployed_contract__is_recognised() -> None:
    with anvil() as node:
        chain = Chain.deployed(node, default_sla=0)
        code = bytes.fromhex(node.ask("eth_getCode", r.hex0x(chain.deployment.contract), "latest")[2:])
        assert r.code_hashes(chain.deployment)[r.keccak(code)] == "2.0.0"
