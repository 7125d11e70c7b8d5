"""`python -m scripts.assurance.mutation`: makes every mutant of the contract and runs the suite on it.

Fails if a mutant survives that `survivors.yaml` does not explain, or if an explained one does not survive any more.
The outcomes go to .local/mutation; an interrupted run goes on where it was if the contract is the same. `--part 0/2`
and `--part 1/2` share the work between two processes; a run without it afterwards adds up.
"""

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

from scripts.assurance import solc
from scripts.assurance.mutation import suite
from scripts.assurance.mutation.mutants import Mutant, generate

BATCH: Final = 12  # mutants in one run of the compiler, which reads the libraries once for all of them
REPORTS: Final = solc.ROOT / ".local" / "mutation"
SURVIVORS: Final = Path(__file__).with_name("survivors.yaml")
# The legacy pipeline compiles in a third of the time, and the suite is not about code generation.
SETTINGS: Final = {"optimizer": {"enabled": True, "runs": 200}}
OUTPUTS: Final = ["evm.bytecode.object"]


def compile_mutants(sources: dict[str, str]) -> dict[str, str]:
    """Creation code by file; none for a mutant that does not compile."""
    rest = dict(sources)
    interface = {solc.INTERFACE: solc.sources()[solc.INTERFACE]}
    while rest:
        text = solc.request(interface | rest, dict.fromkeys(rest, OUTPUTS), metadata={"appendCBOR": False}, **SETTINGS)
        try:
            answer = solc.finish(solc.start(text))
        except solc.CompilerError as error:
            if not error.files & rest.keys():
                raise
            rest = {file: source for file, source in rest.items() if file not in error.files}
        else:
            return {file: answer["contracts"][file][solc.NAME]["evm"]["bytecode"]["object"] for file in rest}
    return {}


def original() -> tuple[bytes, dict[str, Any], list[dict[str, Any]], str]:
    """The contract: source, syntax tree, ABI, creation code."""
    sources = solc.sources()
    text = solc.request(sources, {solc.CONTRACT: ["ast", "abi", *OUTPUTS]}, metadata={"appendCBOR": False}, **SETTINGS)
    answer = solc.finish(solc.start(text))
    contract = answer["contracts"][solc.CONTRACT][solc.NAME]
    ast = answer["sources"][solc.CONTRACT]["ast"]
    return sources[solc.CONTRACT].encode(), ast, contract["abi"], contract["evm"]["bytecode"]["object"]


class Report:
    """What became of each mutant, kept on disk as it grows: one file for each part of the work."""

    def __init__(self, source: bytes, part: int, *, fresh: bool) -> None:
        self.fingerprint = hashlib.sha256(source).hexdigest()
        self.outcomes: dict[str, str] = {}
        self._file = REPORTS / f"part{part}.json"
        REPORTS.mkdir(parents=True, exist_ok=True)
        for file in () if fresh else REPORTS.glob("part*.json"):
            kept = json.loads(file.read_text())
            if kept["contract"] == self.fingerprint:
                self.outcomes |= kept["outcomes"]

    def record(self, mutant: Mutant, outcome: str) -> None:
        """`not compiled`, `same code`, `survived`, or the test that noticed it."""
        self.outcomes[identity(mutant)] = outcome
        self._file.write_text(json.dumps({"contract": self.fingerprint, "outcomes": self.outcomes}, indent=1))


def identity(mutant: Mutant) -> str:
    """Of a mutant in this version of the contract."""
    return f"{mutant.line}:{mutant.start} {mutant.key}"


def run(only: str, part: int, parts: int, *, fresh: bool) -> int:
    """Exit code."""
    suite.warm_up()
    source, ast, abi, bytecode = original()
    mutants = [mutant for mutant in generate(ast, source) if only in mutant.key][part::parts]
    report = Report(source, part, fresh=fresh)
    todo = [mutant for mutant in mutants if identity(mutant) not in report.outcomes]
    if todo and (failed := suite.killer(abi, bytecode)):
        print(f"mutation: the suite fails on the contract itself: {failed}", file=sys.stderr)
        return 2
    batches = [todo[start : start + BATCH] for start in range(0, len(todo), BATCH)]
    with ThreadPoolExecutor(1) as compiler:  # one batch ahead of the tests
        for batch, codes in zip(batches, compiler.map(partial(compile_batch, source), batches), strict=True):
            judge(batch, codes, abi, bytecode, report)
    return summarise(mutants, report)


def compile_batch(source: bytes, batch: list[Mutant]) -> list[str | None]:
    """Creation code of each; `None` for one that does not compile."""
    files = {f"contracts/Mutant{index}.sol": mutant.apply(source).decode() for index, mutant in enumerate(batch)}
    codes = compile_mutants(files)
    return [codes.get(file) for file in files]


def judge(
    batch: list[Mutant], codes: list[str | None], abi: list[dict[str, Any]], bytecode: str, report: Report
) -> None:
    """Runs the suite on each of a batch."""
    for mutant, code in zip(batch, codes, strict=True):
        if code is None or code == bytecode:
            report.record(mutant, "not compiled" if code is None else "same code")
            continue
        started = time.monotonic()
        outcome = suite.killer(abi, code) or "survived"
        report.record(mutant, outcome)
        print(f"  {time.monotonic() - started:5.1f} s  {mutant.line}: {mutant.key}: {outcome}", flush=True)


def summarise(mutants: list[Mutant], report: Report) -> int:
    """Prints the score; the exit code says whether the survivors are exactly the explained ones."""
    explained: dict[str, str] = yaml.safe_load(SURVIVORS.read_text()) or {}
    outcomes = {identity(mutant): report.outcomes[identity(mutant)] for mutant in mutants}
    survived = {mutant.key for mutant in mutants if outcomes[identity(mutant)] == "survived"}
    tally = Counter(
        outcome if outcome in ("not compiled", "same code", "survived") else "killed" for outcome in outcomes.values()
    )
    judged = tally["killed"] + tally["survived"]
    unexplained = sorted(survived - explained.keys())
    gone = sorted(key for key in explained.keys() - survived if any(mutant.key == key for mutant in mutants))
    print(
        f"mutation: {len(mutants)} mutants; {tally['not compiled']} do not compile, {tally['same code']} compile to the"
        f" same code; of the other {judged} the suite kills {tally['killed']}, and {tally['survived']} survive"
        f" ({len(survived) - len(unexplained)} explained)"
    )
    for key in unexplained:
        print(f"survived, not explained: {key}", file=sys.stderr)
    for key in gone:
        print(f"explained, but does not survive: {key}", file=sys.stderr)
    return 1 if unexplained or gone else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Mutation testing of the contract.")
    parser.add_argument("--only", default="", help="only mutants whose key contains this text")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run found out")
    parser.add_argument("--part", default="0/1", help="which part of the work of how many, counted from 0")
    arguments = parser.parse_args()
    sys.exit(run(arguments.only, *map(int, arguments.part.split("/")), fresh=arguments.fresh))
