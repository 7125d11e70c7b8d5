"""`python -m tools.assurance.mutation`: makes every mutant of the contract and runs the suite on it.

Fails if a mutant survives that `survivors.yaml` does not explain, or if an explained one does not survive any more; and
if one took too long, which proves nothing: the next run judges it again.
The outcomes go to .local/mutation; an interrupted run goes on where it was if the contract is the same (`--again` after
a change of the tests: what survived is judged again). `--part 0/2` and `--part 1/2` share the work between two
processes; a run without it afterwards adds up.
"""

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import yaml

from tools.assurance import solc
from tools.assurance.mutation import suite
from tools.assurance.mutation.mutants import Mutant, generate

BATCH: Final = 24  # mutants in one run of the compiler, which reads the libraries once for all of them
GUESSES: Final = 4  # tests of the function that a mutant is tried on first
REPORTS: Final = solc.ROOT / ".local" / "mutation"
SURVIVORS: Final = Path(__file__).with_name("survivors.yaml")
# Without the optimizer the compiler takes a quarter of the time, and the suite is not about code generation.
SETTINGS: Final = {"optimizer": {"enabled": False}}
# As ape-config.yaml has it: a survivor that compiles to the code that is deployed is no mutant.
DEPLOYED: Final = {"optimizer": {"enabled": True, "runs": 1_000_000}, "viaIR": True}
NOT_KILLED: Final = frozenset({"not compiled", "same code", "survived", "time-out"})
OUTPUTS: Final = ["evm.bytecode.object"]


def compile_variants(variants: dict[str, dict[str, str]], settings: dict[str, Any] = SETTINGS) -> dict[str, str]:
    """Creation code of the contract by name of the variant; none for one that does not compile."""
    rest = dict(variants)
    while rest:
        sources = {f"{name}/{file}": text for name, files in rest.items() for file, text in files.items()}
        outputs = {f"{name}/{solc.CONTRACT}": OUTPUTS for name in rest}
        text = solc.request(sources, outputs, metadata={"appendCBOR": False}, **settings)
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
        self.noticed: dict[str, list[str]] = {}  # by function and by kind, the tests that did, the last one first
        self._file = REPORTS / f"part{part}.json"
        self.sources = sources
        REPORTS.mkdir(parents=True, exist_ok=True)
        for file in () if fresh else REPORTS.glob("part*.json"):
            kept = json.loads(file.read_text())
            if kept["contract"] == self.fingerprint:
                self.outcomes |= kept["outcomes"]

    def learn(self, mutant: Mutant) -> None:
        """Remembers which test noticed it."""
        outcome = self.outcomes.get(mutant.identity, "survived")
        if outcome not in NOT_KILLED:
            for name in (mutant.function, mutant.kind):
                others = [test for test in self.noticed.get(name, []) if test != outcome]
                self.noticed[name] = [outcome, *others]

    def guesses(self, mutant: Mutant) -> list[str]:
        """Tests that noticed others like it."""
        return self.noticed.get(mutant.function, [])[:GUESSES] + self.noticed.get(mutant.kind, [])[:1]

    def record(self, mutant: Mutant, outcome: str) -> None:
        """`not compiled`, `same code`, `survived`, `time-out`, or the test that noticed it."""
        self.outcomes[mutant.identity] = outcome
        self.learn(mutant)
        self._file.write_text(json.dumps({"contract": self.fingerprint, "outcomes": self.outcomes}, indent=1))


def run(only: str, part: int, parts: int, sample: int, *, fresh: bool, again: bool) -> int:
    """Exit code."""
    suite.warm_up()
    sources = solc.sources()
    asts, abi, bytecode = original(sources)
    everything = [mutant for file, ast in asts.items() for mutant in generate(file, ast, sources[file].encode())]
    mutants = [mutant for mutant in everything if only in mutant.key][part::parts]
    if sample:
        mutants = mutants[:: max(1, len(mutants) // sample)]
    report = Report(sources, part, fresh=fresh)
    for mutant in everything:
        report.learn(mutant)
    open_ones = {"time-out", "survived"} if again else {"time-out"}
    todo = [mutant for mutant in mutants if report.outcomes.get(mutant.identity, "time-out") in open_ones]
    todo.sort(key=lambda mutant: mutant.key in explained())  # these take the whole suite, so they come last
    is_going_on = bool(report.outcomes) and not again  # so it has passed on the contract itself
    if todo and not is_going_on and (failed := suite.killer(abi, bytecode)):
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
        f"mutant{index}": sources | {mutant.file: mutated(sources, mutant)} for index, mutant in enumerate(batch)
    }
    codes = compile_variants(variants)
    return [codes.get(name) for name in variants]


def mutated(sources: dict[str, str], mutant: Mutant) -> str:
    """The text of its file."""
    return mutant.apply(sources[mutant.file].encode()).decode()


def judge(
    batch: list[Mutant], codes: list[str | None], abi: list[dict[str, Any]], bytecode: str, report: Report
) -> None:
    """Runs the suite on each of a batch, beginning with the tests that noticed others of the same function."""
    for mutant, code in zip(batch, codes, strict=True):
        if code is None or code == bytecode:
            report.record(mutant, "not compiled" if code is None else "same code")
            continue
        started = time.monotonic()
        outcome = suite.killer(abi, code, mutant.function, report.guesses(mutant)) or "survived"
        if outcome == "survived" and is_same_when_deployed(report.sources, mutant):
            outcome = "same code"
        report.record(mutant, outcome)
        print(
            f"  {time.monotonic() - started:5.1f} s  {mutant.file}:{mutant.line}: {mutant.key}: {outcome}", flush=True
        )


@cache
def explained() -> dict[str, str]:
    """Why no test can notice them, by key."""
    return yaml.safe_load(SURVIVORS.read_text()) or {}


def is_same_when_deployed(sources: dict[str, str], mutant: Mutant) -> bool:
    """Whether the optimizer makes the same code of both."""
    variants = {"contract": sources, "mutant": sources | {mutant.file: mutated(sources, mutant)}}
    codes = {name: compile_variants({name: files}, DEPLOYED).get(name) for name, files in variants.items()}
    return codes["contract"] == codes["mutant"]


def summarise(mutants: list[Mutant], report: Report) -> int:
    """Prints the score; the exit code says whether the survivors are exactly the explained ones."""
    outcomes = {mutant.identity: report.outcomes[mutant.identity] for mutant in mutants}
    survived = {mutant.key for mutant in mutants if outcomes[mutant.identity] == "survived"}
    tally = Counter(outcome if outcome in NOT_KILLED else "killed" for outcome in outcomes.values())
    timed_out = sorted(mutant.key for mutant in mutants if outcomes[mutant.identity] == "time-out")
    judged = tally["killed"] + tally["survived"]
    unexplained = sorted(survived - explained().keys())
    gone = sorted(key for key in explained().keys() - survived if any(mutant.key == key for mutant in mutants))
    print(
        f"mutation: {len(mutants)} mutants; {tally['not compiled']} do not compile, {tally['same code']} compile to the"
        f" same code; of the other {judged} the suite kills {tally['killed']}, and {tally['survived']} survive"
        f" ({len(survived) - len(unexplained)} explained); {len(timed_out)} took too long"
    )
    for key in timed_out:
        print(f"took too long, not judged: {key}", file=sys.stderr)
    for key in unexplained:
        print(f"survived, not explained: {key}", file=sys.stderr)
    for key in gone:
        print(f"explained, but does not survive: {key}", file=sys.stderr)
    return 1 if unexplained or gone or timed_out else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Mutation testing of the contract.")
    parser.add_argument("--only", default="", help="only mutants whose key contains this text")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run found out")
    parser.add_argument("--again", action="store_true", help="judge again what survived")
    parser.add_argument("--sample", type=int, default=0, help="about so many of them, evenly spread")
    parser.add_argument("--part", default="0/1", help="which part of the work of how many, counted from 0")
    arguments = parser.parse_args()
    part, parts = map(int, arguments.part.split("/"))
    sys.exit(run(arguments.only, part, parts, arguments.sample, fresh=arguments.fresh, again=arguments.again))
