"""A list of complaints is complete, in order and without inventions: one storage proof shows it."""

import pytest

from tests.support.entries import complaint_id
from tests.support.registry import Registry
from tests.support.slots import FILINGS_SLOT
from tests.support.spec import EventType
from tests.verification.chain_verifier import HistoryReader, is_author
from tests.verification.conftest import History, deployment_of, links_of
from tests.verification.decoder import BrokenHistory, Filings
from tests.verification.identity import id_of, subject_of
from tests.verification.state_proof import WrongProof, proved_slot

COMPLAINTS = [complaint_id(number) for number in range(10, 18)]
SALT = b"\x05" * 32


def chain_of(complaints: list[bytes]) -> Filings:
    """The registry's slot after these filings."""
    filings = Filings()
    for complaint in complaints:
        filings = filings.plus(complaint)
    return filings


@pytest.fixture
def proved(registry: Registry) -> Filings:
    """What a block's state root proves about the registry's slot after some filings, and other links between them."""
    node = registry.node
    for complaint in COMPLAINTS:
        registry.create(complaint)
        registry.log(complaint, EventType.COMMENTED)
    root = bytes.fromhex(node.rpc("eth_getBlockByNumber", "latest", False)["stateRoot"][2:])
    proof = node.rpc("eth_getProof", registry.address, [f"{FILINGS_SLOT:#066x}"], "latest")
    registry.create(complaint_id(99))  # after the block of the proof
    late = bytes.fromhex(node.rpc("eth_getBlockByNumber", "latest", False)["stateRoot"][2:])
    with pytest.raises(WrongProof):
        proved_slot(late, registry.address, FILINGS_SLOT, proof)
    return Filings.decode(proved_slot(root, registry.address, FILINGS_SLOT, proof))


def test_filings__the_true_list__is_what_the_proof_shows(proved: Filings) -> None:
    assert chain_of(COMPLAINTS) == proved
    assert proved.count == len(COMPLAINTS)


@pytest.mark.parametrize(
    "forged",
    [
        COMPLAINTS[1:],
        COMPLAINTS[:-1],
        [*COMPLAINTS[:3], *COMPLAINTS[4:]],
        [*COMPLAINTS[:3], complaint_id(99), *COMPLAINTS[4:]],
        [*COMPLAINTS, complaint_id(99)],
        [*COMPLAINTS, COMPLAINTS[-1]],
        [COMPLAINTS[1], COMPLAINTS[0], *COMPLAINTS[2:]],
        [],
    ],
    ids=[
        "first_left_out",
        "last_left_out",
        "one_left_out",
        "one_replaced",
        "one_invented",
        "doubled",
        "swapped",
        "empty",
    ],
)
def test_filings__any_other_list__is_convicted(proved: Filings, forged: list[bytes]) -> None:
    assert chain_of(forged) != proved


def test_reader__logs_of_one_complaint_left_out__does_not_reach_the_chain(registry: Registry, proved: Filings) -> None:
    """Its own slot is not even asked for: the registry's is enough."""
    logs = links_of(registry)[:-1]
    reader = HistoryReader(deployment_of(registry))
    reader.read(logs)
    reader.check_filings(proved)
    censored = HistoryReader(deployment_of(registry))
    censored.read(log for log in logs if log["topics"][1][2:] != COMPLAINTS[4].hex())
    with pytest.raises(BrokenHistory, match="7 filings of 8"):
        censored.check_filings(proved)


def test_reader__history_of_every_kind__reaches_the_chain(history: History) -> None:
    reader = HistoryReader(history.deployment)
    reader.read(history.everything)
    reader.check_filings(history.filings)


def test_filings__list_of_a_year__is_checked_with_one_proof_and_no_log() -> None:
    complaints = [complaint_id(number) for number in range(3_000)]
    assert chain_of(complaints).count == 3_000
    assert chain_of(complaints) != chain_of(complaints[::-1])


def test_id__other_data_author_number_or_salt__is_another(registry: Registry) -> None:
    """The id is a promise: what is filed under it can only be what it was made from."""
    actors = registry.actors
    subject = subject_of(SALT, "C-2026-0001", b"\x07" * 32)
    promised = id_of(subject, actors.complainant)
    others = [
        id_of(subject_of(b"\x06" * 32, "C-2026-0001", b"\x07" * 32), actors.complainant),
        id_of(subject_of(SALT, "C-2026-0002", b"\x07" * 32), actors.complainant),
        id_of(subject_of(SALT, "C-2026-0001", b"\x08" * 32), actors.complainant),
        id_of(subject, actors.stranger),
        id_of(subject, "0x" + "00" * 20),
    ]
    assert len({promised, *others}) == 6
    assert is_author(promised, subject, bytes.fromhex(actors.complainant[2:]))
    assert not is_author(promised, subject, bytes.fromhex(actors.stranger[2:]))
