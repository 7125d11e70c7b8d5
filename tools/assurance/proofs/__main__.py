"""`python -m tools.assurance.proofs`: what proves a rule must fail on a contract that breaks it.

Each mutant of mutants.yaml changes one place of the contract, or of the specification that the proofs compare it with,
and names the proofs that claim the rule. All of them must find a counterexample, and no proof may be without a mutant.
An interrupted run goes on where it was: a mutant stays killed while it, the contract and the proofs are the same.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from tools.assurance.solc import ROOT

MUTANTS: Final = Path(__file__).with_name("mutants.yaml")
PROOFS: Final = ROOT / "proofs" / "test"
WORK: Final = ROOT / ".local" / "proofs" / "mutants"
KILLED: Final = ROOT / ".local" / "proofs" / "killed.json"
TIMEOUT: Final = 1800  # seconds for the proofs of one mutant
FORGE: Final = ROOT / "node_modules/@foundry-rs/forge-linux-amd64/bin"
ENVIRONMENT: Final = os.environ | {"PATH": f"{ROOT / '.venv-tools/bin'}:{FORGE}:{os.environ['PATH']}"}
OPTIONS: Final = ("--loop", "8", "--solver-timeout-branching", "100ms", "--solver-timeout-assertion", "300s")
PROVER: Final = (str(ROOT / ".venv-tools/bin/python"), str(Path(__file__).with_name("prover.py")))


@dataclass(frozen=True)
class Mutant:
    """`old`, which occurs once in `file`, becomes `new`; `proofs` (contract.function) must fail."""

    rule: str
    file: str
    old: str
    new: str
    proofs: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Of all that decides whether it is killed."""
        files = [*(ROOT / "contracts").rglob("*.sol"), *PROOFS.glob("*.sol"), Path(PROVER[1])]
        texts = [file.read_text() for file in sorted(files) if ".cache" not in file.parts]
        return hashlib.sha256(json.dumps([str(self), OPTIONS, *texts]).encode()).hexdigest()

    def arrange(self, folder: Path) -> None:
        """A copy of the project as far as the prover sees it, with the change."""
        shutil.rmtree(folder, ignore_errors=True)
        wanted = {proof.split(".")[0] for proof in self.proofs}
        shutil.copytree(ROOT / "contracts", folder / "contracts", ignore=shutil.ignore_patterns(".cache"))
        (folder / "proofs" / "test").mkdir(parents=True)
        for source in PROOFS.glob("*.sol"):
            if source.stem in wanted or not re.search(r"function (check|refute)_", source.read_text()):
                shutil.copy(source, folder / "proofs" / "test")
        shutil.copy(ROOT / "foundry.toml", folder)
        for name in ("node_modules", "tools"):
            (folder / name).symlink_to(ROOT / name)
        file = folder / self.file
        text = file.read_text()
        if text.count(self.old) != 1:
            raise SystemExit(f"proofs: {self.file} has {text.count(self.old)} places like {self.old!r}, not one")
        file.write_text(text.replace(self.old, self.new))


def survived(mutant: Mutant, folder: Path) -> list[str]:
    """Those of its proofs that found nothing wrong, with what the prover said instead."""
    mutant.arrange(folder)
    wrong = []
    for contract in sorted({proof.split(".")[0] for proof in mutant.proofs}):
        names = [proof.split(".")[1] for proof in mutant.proofs if proof.split(".")[0] == contract]
        command = [*PROVER, "--root", ".", "--forge-build-out", ".local/proofs/out", "--contract", contract]
        command += ["--match-test", f"^({'|'.join(names)})\\(", "--early-exit", "--no-status", *OPTIONS]
        result = subprocess.run(
            command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        said = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout + result.stderr)
        verdicts = {name: verdict for verdict, name in re.findall(r"^\[(\w+)\] (check_\w+)", said, re.MULTILINE)}
        wrong += [
            f"{contract}.{name}: {verdicts.get(name, said[-300:])}" for name in names if verdicts.get(name) != "FAIL"
        ]
    return wrong


def all_proofs() -> set[str]:
    """As contract.function."""
    return {
        f"{source.stem}.{name}"
        for source in PROOFS.glob("*.sol")
        for name in re.findall(r"function (check_\w+)", source.read_text())
    }


def main(only: str, processes: int) -> int:
    """Exit code."""
    subprocess.run([ROOT / "tools/assurance/tools.sh"], check=True)
    mutants = [Mutant(**item | {"proofs": tuple(item["proofs"])}) for item in yaml.safe_load(MUTANTS.read_text())]
    chosen = [mutant for mutant in mutants if only in mutant.rule or any(only in proof for proof in mutant.proofs)]
    known = json.loads(KILLED.read_text()) if KILLED.exists() else []
    todo = [mutant for mutant in chosen if mutant.fingerprint not in known]
    failures = 0
    with ThreadPoolExecutor(processes) as pool:
        folders = [WORK / str(index) for index in range(len(todo))]
        for mutant, wrong in zip(todo, pool.map(survived, todo, folders), strict=True):
            print(f"{'SURVIVED' if wrong else 'killed  '} {mutant.rule} ({', '.join(mutant.proofs)})", flush=True)
            for text in wrong:
                print(f"  {text}", file=sys.stderr, flush=True)
            failures += bool(wrong)
            if not wrong:
                known.append(mutant.fingerprint)
                KILLED.write_text(json.dumps(known))
    idle = all_proofs() - {proof for mutant in mutants for proof in mutant.proofs}
    for proof in sorted(idle):
        print(f"proofs: no mutant makes {proof} fail", file=sys.stderr)
    print(f"proofs: {len(chosen) - failures} of {len(chosen)} mutants killed by every proof that claims the rule")
    return 1 if failures or idle else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Mutants of the contract, against its proofs.")
    parser.add_argument("--only", default="", help="only mutants whose rule or proofs contain this text")
    parser.add_argument("--processes", type=int, default=2, help="how many provers at a time")
    arguments = parser.parse_args()
    sys.exit(main(arguments.only, arguments.processes))
