"""One case of the corpus, as a folder."""

import json
import shutil
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import receipt as r

CORPUS: Final = Path(__file__).resolve().parents[2] / "conformance"
Json = dict[str, Any]


@dataclass(kw_only=True)
class Case:
    """`name` ends in the verdict, or in `_error` (a bad trust). `says`: statements that are made, as `name:code`."""

    name: str
    why: str
    receipt: Json | bytes
    says: tuple[str, ...]
    trust: Json = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    require: tuple[str, ...] = ()

    def write(self) -> None:
        """Writes the folder. Raises `AssertionError` if the verifier does not say what the case is for."""
        self.receipt = deepcopy(self.receipt)
        data = self.receipt if isinstance(self.receipt, bytes) else compact(self.receipt)
        trust = compact(self.trust)
        verdict = self._verdict(data, trust)

        folder = CORPUS / self.name
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        (folder / "receipt.json").write_bytes(data)
        if self.trust:
            (folder / "trust.json").write_bytes(trust)
        for name, content in self.files.items():
            (folder / "files").mkdir(exist_ok=True)
            (folder / "files" / name).write_bytes(content)
        if self.require:
            (folder / "require.txt").write_text("".join(f"{each}\n" for each in self.require))
        if verdict:
            (folder / "expected.json").write_bytes(json.dumps(verdict, indent=1, sort_keys=True).encode() + b"\n")
        (folder / "README.md").write_text(f"# {self.name}\n\n{self.why}\n")

    def _verdict(self, data: bytes, trust: bytes) -> Json | None:
        """None where the trust can't be used."""
        try:
            trusted = r.trust_read(r.json_read(trust))
        except r.Unusable:
            assert self.name.endswith("_error"), self.name
            return None
        files = [self.files[name] for name in sorted(self.files)]
        verdict = r.verdict_on(data, trust=trusted, files=files, required=self.require)
        said = {f"{each['id'].split('@')[0].split('/')[0]}:{each['code']}" for each in verdict["statements"]}
        assert self.name.endswith("_" + verdict["verdict"].lower()), (self.name, r.in_words(verdict))
        assert said.issuperset(self.says), (self.name, set(self.says) - said, r.in_words(verdict))
        for statement in verdict["statements"]:
            statement["facts"].pop("at", None)
        return verdict


def compact(value: Json) -> bytes:
    """JSON as short as it gets, so that the corpus is small."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def changed(receipt: Json, *path: str | int, to: Any) -> Json:
    """A copy with one member exchanged."""
    copy = deepcopy(receipt)
    place: Any = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return copy


def flipped(text: str) -> str:
    """Hex with its last bit changed."""
    return text[:-1] + "0123456789abcdef"[int(text[-1], 16) ^ 1]
