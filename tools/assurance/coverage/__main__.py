"""`python -m tools.assurance.coverage`: lines and branches of the contract that the suite runs through.

The suite runs on the contract as compiled without the optimizer, where every instruction has its place in the source.
Every transaction and call that it sends is traced. Fails below 100 % but for what `exceptions.yaml` explains.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tools.assurance import solc
from tools.assurance.coverage import recorder
from tools.assurance.coverage.source_map import Place, Program, read
from tools.assurance.mutation import suite
from tools.assurance.mutation.mutants import Node, walk

EXCEPTIONS: Final = Path(__file__).with_name("exceptions.yaml")
SUITE: Final = ("tests/unit", "tests/adversarial", "tests/model/test_construction.py")
OUTPUTS: Final = [
    *("ast", "abi", "evm.bytecode.object", "evm.bytecode.sourceMap"),
    *("evm.deployedBytecode.object", "evm.deployedBytecode.sourceMap"),
]
STATEMENTS: Final = frozenset(
    {"ExpressionStatement", "EmitStatement", "RevertStatement", "Return", "VariableDeclarationStatement"}
)
BRANCHING: Final = frozenset({"IfStatement", "Conditional", "ForStatement", "WhileStatement"})
LOGICAL: Final = frozenset({"&&", "||"})


@dataclass(frozen=True)
class Item:
    """A statement, or one outcome of a condition. `name` finds it again after edits elsewhere."""

    file: str
    line: int
    name: str
    is_covered: bool


@dataclass(frozen=True)
class Source:
    """A file with bodies; `number` is solc's."""

    file: str
    text: bytes
    ast: Node
    number: int

    def place_of(self, node: Node) -> Place:
        start, length, _ = map(int, node["src"].split(":"))
        return Place(start, length, self.number)

    def line_of(self, place: Place) -> int:
        return self.text[: place.start].count(b"\n") + 1

    def name_of(self, place: Place) -> str:
        text = " ".join(self.text[place.start : place.start + place.length].decode().split())
        return text if len(text) <= 80 else text[:77] + "..."


def compiled() -> tuple[list[Source], Any]:
    """The files, and the compiler's output of the contract."""
    sources = solc.sources()
    settings = {"optimizer": {"enabled": False}, "metadata": {"appendCBOR": False}}
    outputs = {file: ["ast"] for file in solc.with_code(sources)} | {solc.CONTRACT: OUTPUTS}
    answer = solc.finish(solc.start(solc.request(sources, outputs, **settings)))
    files = [
        Source(file, sources[file].encode(), answer["sources"][file]["ast"], answer["sources"][file]["id"])
        for file in solc.with_code(sources)
    ]
    return files, answer["contracts"][solc.CONTRACT][solc.NAME]


def record(abi: list[dict[str, Any]], creation_code: str) -> dict[str, Any]:
    """Runs the suite with every transaction and call traced."""
    suite.warm_up()
    with tempfile.NamedTemporaryFile("r") as output:
        os.environ[recorder.OUTPUT] = output.name
        os.environ[recorder.CREATION_CODE] = "0x" + creation_code
        paths = ("-p", "tools.assurance.coverage.recorder", *SUITE)
        failed = suite.run(abi, creation_code, paths, "--steps-tracing")  # or mined transactions have empty traces
        if failed is not None:
            raise SystemExit(f"coverage: the suite fails: {failed}")
        result: dict[str, Any] = json.loads(Path(output.name).read_text())
        return result


def statements(source: Source, reached: set[Place]) -> Iterator[Item]:
    """Covered: some instruction of the statement ran, or of a part of it."""
    for node in walk(source.ast):
        if node["nodeType"] in STATEMENTS:
            place = source.place_of(node)
            is_covered = any(is_within(inner, place) for inner in reached)
            yield Item(source.file, source.line_of(place), source.name_of(place), is_covered)


def branches(source: Source, programs: dict[str, Program], result: dict[str, Any]) -> Iterator[Item]:
    """Covered: the conditional jump of the condition was taken, and not taken, in creation or runtime code."""
    for node in walk(source.ast):
        is_logical = node["nodeType"] == "BinaryOperation" and node["operator"] in LOGICAL
        if node["nodeType"] not in BRANCHING and not is_logical:
            continue
        place = source.place_of(node)
        outcomes: set[bool] = set()
        jumps = 0
        for kind, program in programs.items():
            mine = {pc for pc in program.conditional_jumps if program.places[pc] == place}
            jumps += len(mine)
            outcomes |= {after == pc + 1 for pc, after in result["steps"][kind] if pc in mine}
        if not jumps:
            raise SystemExit(f"coverage: no jump for {source.name_of(place)}")
        for outcome, text in ((True, "goes on"), (False, "jumps")):
            name = f"{source.name_of(place)} [{text}]"
            yield Item(source.file, source.line_of(place), name, outcome in outcomes)


def is_within(inner: Place, outer: Place) -> bool:
    return (
        inner.file == outer.file
        and outer.start <= inner.start
        and inner.start + inner.length <= outer.start + outer.length
    )


def report(title: str, items: list[Item], explained: dict[str, str]) -> bool:
    """Prints; whether all that is missing is explained."""
    missing = [item for item in items if not item.is_covered]
    covered = len(items) - len(missing)
    print(f"coverage: {covered} of {len(items)} {title} ({100 * covered / len(items):.1f} %)")
    for item in missing:
        print(f"  {item.file}:{item.line}: {item.name}: {explained.get(item.name, 'NOT EXPLAINED')}")
    return all(item.name in explained for item in missing)


def main() -> int:
    """Exit code."""
    sources, contract = compiled()
    code = contract["evm"]
    programs = {
        "creation": read(code["bytecode"]["object"], code["bytecode"]["sourceMap"]),
        "runtime": read(code["deployedBytecode"]["object"], code["deployedBytecode"]["sourceMap"]),
    }
    result = record(contract["abi"], code["bytecode"]["object"])
    reached = {
        program.places[pc] for kind, program in programs.items() for pc in result["ran"][kind] if pc in program.places
    }
    explained: dict[str, str] = yaml.safe_load(EXCEPTIONS.read_text()) or {}
    found_statements = [item for source in sources for item in statements(source, reached)]
    found_branches = [item for source in sources for item in branches(source, programs, result)]
    lines: dict[tuple[str, int], list[Item]] = {}
    for item in found_statements:
        lines.setdefault((item.file, item.line), []).append(item)
    by_line = [
        Item(file, line, items[0].name, all(item.is_covered for item in items))
        for (file, line), items in sorted(lines.items())
    ]
    print(f"coverage: {result['traced']} transactions and calls traced")
    complete = [
        report("lines with statements", by_line, explained),
        report("statements", found_statements, explained),
        report("branches", found_branches, explained),
    ]
    return 0 if all(complete) else 1


if __name__ == "__main__":
    sys.exit(main())
