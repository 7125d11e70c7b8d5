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


def compile_variants(variants: dict[str, dict[str, str]]) -> dict[str, str]:
    """Creation code of the contract by name of the variant; none for one that does not compile."""
    rest = dict(variants)
    while rest:
        sources = {f"{name}/{file}": text for name, files in rest.items() for file, text in files.items()}
        outputs = {f"{name}/{solc.CONTRACT}": OUTPUTS for name in rest}
        text = solc.request(sources, outputs, metadata={"appendCBOR": False}, **SETTINGS)
        try:
            answer = solc.finish(solc.start(text))
        except solc.CompilerError as error:
            bad = {file.split("/")[0] for file in error.files} & rest.keys()
            if not bad:
                raise
            rest = {name: files for name, files in rest.items() if name not in bad}
        else:
            contracts = {name: answer["contracts"][f"{name}/{solc.CONTRACT}"][solc.NAME] for name in rest}
            return {name: contract["evm"]["bytecode"]["object"] for name, contract in contracts.items()}
    return {}


def original(sources: dict[str, str]) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    """The contract: syntax trees by file, ABI, creation code."""
    outputs = {file: ["ast"] for file in solc.with_code(sources)} | {solc.CONTRACT: ["ast", "abi", *OUTPUTS]}
    answer = solc.finish(solc.start(solc.request(sources, outputs, metadata={"appendCBOR": False}, **SETTINGS)))
    contract = answer["contracts"][solc.CONTRACT][solc.NAME]
    asts = {file: answer["sources"][file]["ast"] for file in solc.with_code(sources)}
    return asts, contract["abi"], contract["evm"]["bytecode"]["object"]


class Report:
    """What became of each mutant, kept on disk as it grows: one file for each part of the work."""

    def __init__(self, sources: dict[str, str], part: int, *, fresh: bool) -> None:
        self.fingerprint = hashlib.sha256(json.dumps(sources, sort_keys=True).encode()).hexdigest()
        self.outcomes: dict[str, str] = {}
        self._file = REPORTS / f"part{part}.json"
        REPORTS.mkdir(parents=True, exist_ok=True)
        for file in () if fresh else REPORTS.glob("part*.json"):
            kept = json.loads(file.read_text())
            if kept["contract"] == self.fingerprint:
                self.outcomes |= kept["outcomes"]

    def record(self, mutant: Mutant, outcome: str) -> None:
        """`not compiled`, `same code`, `survived`, or the test that noticed it."""
        self.outcomes[mutant.identity] = outcome
        self._file.write_text(json.dumps({"contract": self.fingerprint, "outcomes": self.outcomes}, indent=1))


def run(only: str, part: int, parts: int, sample: int, *, fresh: bool) -> int:
    """Exit code."""
    suite.warm_up()
    sources = solc.sources()
    asts, abi, bytecode = original(sources)
    everything = [mutant for file, ast in asts.items() for mutant in generate(file, ast, sources[file].encode())]
    mutants = [mutant for mutant in everything if only in mutant.key][part::parts]
    if sample:
        mutants = mutants[:: max(1, len(mutants) // sample)]
    report = Report(sources, part, fresh=fresh)
    todo = [mutant for mutant in mutants if mutant.identity not in report.outcomes]
    if todo and (failed := suite.killer(abi, bytecode)):
        print(f"mutation: the suite fails on the contract itself: {failed}", file=sys.stderr)
        return 2
    batches = [todo[start : start + BATCH] for start in range(0, len(todo), BATCH)]
    with ThreadPoolExecutor(1) as compiler:  # one batch ahead of the tests
        for batch, codes in zip(batches, compiler.map(partial(compile_batch, sources), batches), strict=True):
            judge(batch, codes, abi, bytecode, report)
    return summarise(mutants, report)


def compile_batch(sources: dict[str, str], batch: list[Mutant]) -> list[str | None]:
    """Creation code of each; `None` for one that does not compile."""
    variants = {
        f"mutant{index}": sources | {mutant.file: mutant.apply(sources[mutant.file].encode()).decode()}
        for index, mutant in enumerate(batch)
    }
    codes = compile_variants(variants)
    return [codes.get(name) for name in variants]


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
        print(
            f"  {time.monotonic() - started:5.1f} s  {mutant.file}:{mutant.line}: {mutant.key}: {outcome}", flush=True
        )


def summarise(mutants: list[Mutant], report: Report) -> int:
    """Prints the score; the exit code says whether the survivors are exactly the explained ones."""
    explained: dict[str, str] = yaml.safe_load(SURVIVORS.read_text()) or {}
    outcomes = {mutant.identity: report.outcomes[mutant.identity] for mutant in mutants}
    survived = {mutant.key for mutant in mutants if outcomes[mutant.identity] == "survived"}
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
    parser.add_argument("--sample", type=int, default=0, help="about so many of them, evenly spread")
    parser.add_argument("--part", default="0/1", help="which part of the work of how many, counted from 0")
    arguments = parser.parse_args()
    part, parts = map(int, arguments.part.split("/"))
    sys.exit(run(arguments.only, part, parts, arguments.sample, fresh=arguments.fresh))
