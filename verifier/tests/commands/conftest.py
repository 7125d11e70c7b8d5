"""A chain with a contract, and a receipt with a proof at a final block."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.running import saved
from tests.corpus.chain import Chain, Complaint, anvil


@pytest.fixture(scope="package")
def chain() -> Iterator[Chain]:
    with anvil() as node:
        chain = Chain.deployed(node)
        chain.file_others(20)
        yield chain


@pytest.fixture(scope="package")
def final(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A receipt with a proof at a block that is final."""
    complaint = Complaint(chain, "malformed")
    complaint.file()
    complaint.prove()
    chain.node.ask("anvil_mine", hex(70))  # anvil's `finalized` lies 64 blocks back
    chain.time = int(chain.node.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    return saved(tmp_path_factory.mktemp("final") / "receipt.json", complaint.receipt())
