"""Writes verifier/conformance anew: `cd verifier && python -m tests.corpus`."""

import shutil
from collections.abc import Iterator

from tests.corpus import (
    blocks,
    eras,
    fates,
    forms,
    laws,
    lives,
    nodes,
    promises,
    seeded,
    spoilt,
    statements,
    storage,
    witnesses,
)
from tests.corpus.case import CORPUS, Case
from tests.corpus.chain import Chain, anvil


def all_cases() -> Iterator[Case]:
    """Every case: those of one real chain, then those of invented ones."""
    with anvil() as node:
        chain = Chain.deployed(node)
        chain.file_others(40)
        for module in (lives, promises, spoilt, eras, seeded):
            yield from module.cases(chain)
    for invented in (forms, nodes, storage, laws, witnesses, blocks, statements, fates):
        yield from invented.cases()


def main() -> None:
    """Writes every case, and removes what is no case any more."""
    written = set()
    for case in all_cases():
        assert case.name not in written, case.name
        case.write()
        written.add(case.name)
    for folder in CORPUS.iterdir():
        if folder.is_dir() and folder.name not in written:
            shutil.rmtree(folder)
    print(f"{len(written)} cases")


if __name__ == "__main__":
    main()
