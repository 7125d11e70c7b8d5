"""Makes mutants of proved receipts: one change each, in a place that some statement depends on."""

import functools
import json
import random
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import receipt as r

CORPUS: Final = Path(__file__).resolve().parents[1] / "conformance"
Json = dict[str, Any]


@dataclass(frozen=True)
class Original:
    """A proved case. `required`: every statement that is proved about it."""

    name: str
    text: bytes
    value: Json
    trust: r.Trust
    files: tuple[bytes, ...]
    required: tuple[str, ...]

    def verdict(self, data: bytes) -> Json:
        """On a mutant: everything that was proved is required."""
        return r.verdict_on(data, trust=self.trust, files=self.files, required=self.required)

    def is_same(self, data: bytes, ignored: Sequence[str]) -> bool:
        """Whether a proved mutant is this receipt and an unknown member, which the verdict names as ignored.

        That is what becomes of an empty list under another name.
        """
        value = r.json_read(data)
        return _whole({name: each for name, each in value.items() if name not in ignored}) == _whole(self.value)


def _whole(value: Json) -> Json:
    """The receipt with every member that may be missing."""
    return {"promises": [], "headers": [], "openings": {}} | value


@functools.cache
def originals() -> tuple[Original, ...]:
    """The proved cases of the corpus, but for those with parts that nothing depends on."""
    found = []
    for folder in sorted(CORPUS.glob("*_proved")):
        text, trusted = (folder / "receipt.json").read_bytes(), folder / "trust.json"
        trust = r.trust_read(r.json_read(trusted.read_bytes()) if trusted.exists() else {})
        files = tuple(path.read_bytes() for path in sorted((folder / "files").glob("*")))
        verdict = r.verdict_on(text, trust=trust, files=files)
        value = r.json_read(text)
        if verdict["ignored"] or not all(_is_used(each, value) for each in verdict["statements"]):
            continue
        required = tuple(each["id"] for each in verdict["statements"] if each["verdict"] == "PROVED")
        original = Original(folder.name, text, value, trust, files, required)
        assert original.verdict(text)["verdict"] == "PROVED", folder.name
        if all(original.verdict(r.jcs(less))["verdict"] != "PROVED" for less in _without_an_attestation(value)):
            found.append(original)
    return tuple(found)


def _is_used(statement: Json, value: Json) -> bool:
    """False for a statement that leaves open what the receipt discloses: nothing depends on that."""
    if statement["verdict"] == "PROVED" or statement["code"] == "not-given":
        return True
    return statement["code"] == "not-disclosed" and (
        statement["id"] != "identity" or "salt" not in value.get("openings", {})
    )


def _without_an_attestation(value: Json) -> Iterator[Json]:
    """The receipt without one attestation, or without one signature of a note."""
    for i, attestation in enumerate(value.get("headers", [])):
        yield {**value, "headers": value["headers"][:i] + value["headers"][i + 1 :]}
        lines = attestation.get("note", "").split("\n")
        for line in (each for each in lines if each.startswith("— ")):
            less = deepcopy(value)
            less["headers"][i]["note"] = "\n".join(each for each in lines if each != line)
            yield less


def mutants(seed: int) -> Iterator[tuple[Original, str, bytes]]:
    """Endlessly: an original, what was done to it, and the mutant."""
    choose = random.Random(seed)
    pool = originals()
    while True:
        original = choose.choice(pool)
        if choose.random() < 0.3:
            what, data = "byte", _byte(original.text, choose)
        else:
            value = deepcopy(original.value)
            what = choose.choice(_CHANGES)(value, choose)
            if value == original.value:
                continue
            data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        if not _same(data, original.value):
            yield original, what, data


def _same(data: bytes, value: Json) -> bool:
    """Whether only white space was changed."""
    try:
        return bool(r.json_read(data) == value)
    except r.Unusable:
        return False


def _byte(text: bytes, choose: random.Random) -> bytes:
    """One byte of the file changed, dropped, doubled, or swapped with its neighbour."""
    place = choose.randrange(len(text) - 1)
    how = choose.randrange(4)
    if how == 0:
        digits = b'0123456789abcdefABCDEF",:{}[] x'
        return text[:place] + bytes([choose.choice(digits)]) + text[place + 1 :]
    if how == 1:
        return text[:place] + text[place + 1 :]
    if how == 2:
        return text[:place] + text[place : place + 1] + text[place:]
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]


def places_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """Every leaf, as its container and key."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        if isinstance(each, dict | list):
            yield from places_of(each, (*path, key))
        else:
            yield value, key


def _leaf(value: Json, choose: random.Random) -> str:
    """A number, a hex text or another text is changed a little."""
    part = choose.choice(
        [name for name in ("deployment", "links", "proofs", "promises", "headers", "openings") if value.get(name)]
    )
    container, key = choose.choice(list(places_of(value[part])) or [(value, "version")])
    each = container[key]
    if isinstance(each, bool) or each is None:
        container[key] = {True: False, False: True, None: 0}[each]
    elif isinstance(each, int):
        container[key] = choose.choice([each + 1, each - 1, each ^ 1 << choose.randrange(40), str(each)])
    elif each.startswith("0x"):
        container[key] = _hex(each, choose)
    else:
        place = choose.randrange(len(each) + 1)
        container[key] = each[:place] + choose.choice("aZ0 é\u200b") + each[place + choose.randrange(2) :]
    return f"leaf {key}"


def _hex(text: str, choose: random.Random) -> str:
    body = bytearray.fromhex(text[2:])
    if not body:
        return "0x00"
    place = choose.randrange(len(body))
    how = choose.randrange(5)
    if how == 0:
        body[place] ^= 1 << choose.randrange(8)
    elif how == 1:
        body[place] = choose.randrange(256)
    elif how == 2:
        del body[place]
    elif how == 3:
        body.insert(place, body[place])
    else:
        body += bytes([choose.randrange(256)])
    return "0x" + body.hex()


def _node_lists(value: Json) -> list[list[str]]:
    lists = []
    for proof in value["proofs"]:
        lists += [proof["account"], *(slot["nodes"] for slot in proof["slots"])]
    for header in value.get("headers", []):
        lists += [header[name] for name in ("headers", "body", "branch", "account", "nodes") if name in header]
    return lists


def _nodes(value: Json, choose: random.Random) -> str:
    """A node is dropped, doubled, swapped, replaced, or added."""
    lists = _node_lists(value)
    nodes, other = choose.choice(lists), choose.choice(choose.choice(lists) or ["0x80"])
    how = choose.choice(["drop", "double", "swap", "replace", "insert", "append", "all", "byte"])
    place = choose.randrange(len(nodes) + 1)
    if how == "drop":
        del nodes[place : place + 1]
    elif how == "double":
        nodes[place:place] = nodes[place : place + 1]
    elif how == "swap":
        choose.shuffle(nodes)
    elif how == "replace":
        nodes[place : place + 1] = [other]
    elif how == "insert":
        nodes.insert(place, other)
    elif how == "append":
        nodes.append(choose.choice([other, "0x80", "0xc0", "0xc20102", "0x" + "80" * 17]))
    elif how == "all":
        nodes[:] = choose.choice(lists)
    elif nodes:
        place %= len(nodes)
        nodes[place] = _hex(nodes[place], choose)
    return f"nodes {how}"


def _header(value: Json, choose: random.Random) -> str:
    """A header is altered, or exchanged for another proof's."""
    proofs = value["proofs"]
    block = choose.choice(proofs)["block"]
    other = choose.choice(proofs)["block"]["header"]
    block["header"] = _hex(block["header"], choose) if choose.random() < 0.8 else other
    return "header"


def _attestation(value: Json, choose: random.Random) -> str:
    """What attests a header is altered, or exchanged for another's."""
    if not value.get("headers"):
        return _header(value, choose)
    attestation = choose.choice(value["headers"])
    name = choose.choice([each for each in attestation if each != "type"])
    member = attestation[name]
    if isinstance(member, list):
        other = choose.choice([each for each in attestation.values() if isinstance(each, list)])
        how = choose.choice(["drop", "double", "shuffle", "byte", "move"]) if member else "insert"
        place = choose.randrange(len(member)) if member else 0
        if how == "drop":
            del member[place]
        elif how == "double":
            member.insert(place, member[place])
        elif how == "shuffle":
            choose.shuffle(member)
        elif how == "byte":
            member[place] = _hex(member[place], choose)
        elif how == "insert":
            member.append("0x80")
        else:
            other.insert(choose.randrange(len(other) + 1), member.pop(place))
        return f"attestation {name} {how}"
    if isinstance(member, int):
        attestation[name] = choose.choice([0, member + 1, member - 1, member ^ 1 << choose.randrange(30)])
    elif name == "note":
        attestation[name] = _note(member, choose)
    else:
        attestation[name] = _hex(member, choose)
    return f"attestation {name}"


def _note(note: str, choose: random.Random) -> str:
    """A line is altered, dropped or doubled; the signatures in another order are the same note."""
    lines = note.split("\n")
    place = choose.randrange(len(lines))
    how = choose.randrange(3)
    if how == 0:
        del lines[place]
    elif how == 1:
        lines.insert(choose.randrange(6), lines[place])
    else:
        at = choose.randrange(len(lines[place]) + 1)
        lines[place] = lines[place][:at] + choose.choice("0aZ+= \r—") + lines[place][at + choose.randrange(2) :]
    return "\n".join(lines)


def _links(value: Json, choose: random.Random) -> str:
    """A link is dropped, doubled, moved, or altered; the others are numbered anew."""
    links = value["links"]
    if not links:
        links.append({"sequence": 1, "type": 0, "actor": "0x" + "00" * 20, "time": 1, "data": "0x" + "00" * 32})
        return "links invented"
    how = choose.choice(["drop", "double", "swap", "field"])
    place = choose.randrange(len(links))
    if how == "drop":
        del links[place]
    elif how == "double":
        links.insert(place, dict(links[place]))
    elif how == "swap":
        choose.shuffle(links)
    else:
        name = choose.choice(["type", "actor", "time", "data"])
        links[place] = {**links[place], name: choose.choice(links)[name]}
    for i, link in enumerate(links, 1):
        link["sequence"] = i
    return f"links {how}"


def _dropped(value: Json, choose: random.Random) -> str:
    """A proof, a promise, an attestation or an opening is gone."""
    lists = [value[name] for name in ("proofs", "promises", "headers") if value.get(name)]
    place = choose.choice(lists)
    del place[choose.randrange(len(place))]
    return "dropped"


_CHANGES: Final[list[Callable[[Json, random.Random], str]]] = [
    _leaf,
    _leaf,
    _nodes,
    _nodes,
    _header,
    _attestation,
    _attestation,
    _links,
    _dropped,
]
