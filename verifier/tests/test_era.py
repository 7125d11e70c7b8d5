"""Headers under anchors of finalised periods, with public vectors from Capella and Deneb (claim C9)."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import receipt as r
from tests.corpus.case import compact
from tests.corpus.eras import ANCHORS, VECTORS, attestation_of
from tests.corpus.notes import POLICY, note
from tests.corpus.story import LATER, basic, header

BY_NUMBER = {vector["number"]: vector for vector in VECTORS}
numbers = st.sampled_from(sorted(BY_NUMBER))


def read(number: int) -> r.Json:
    attestation = r._attestation(attestation_of(BY_NUMBER[number]), "headers/0")
    assert attestation
    return attestation


def anchor(slot: int) -> bytes:
    return bytes.fromhex(ANCHORS["periods"][str(slot // r.PERIOD)][2:])


@pytest.mark.parametrize("number", sorted(BY_NUMBER))
def test_era_root__public_vector__is_the_anchor_of_its_period(number: int) -> None:
    attestation = read(number)
    assert r.era_root(attestation["block"], 1, attestation) == anchor(attestation["slot"])


@example(17_034_870, 2)
@example(22_162_263, -3_000_000)
@given(numbers, st.integers(-40_000, 3_000_000).filter(bool))
def test_era_root__another_slot_or_fork__is_no_anchor(number: int, distance: int) -> None:
    attestation = read(number)
    # The slot after this one was skipped, so the period has the same block there once more.
    assume((number, distance) != (17_034_870, 1))
    slot = max(0, attestation["slot"] + distance)
    root = r.era_root(attestation["block"], 1, {**attestation, "slot": slot})
    assert root is None or r.hex0x(root) != ANCHORS["periods"].get(str(slot // r.PERIOD))


@given(numbers, st.data())
def test_era_root__any_sibling_altered_dropped_or_moved__is_no_anchor(number: int, data: st.DataObject) -> None:
    attestation = read(number)
    name = data.draw(st.sampled_from(["body", "branch"]))
    siblings = attestation[name]
    place = data.draw(st.integers(0, len(siblings) - 1))
    altered = bytearray(siblings[place])
    altered[data.draw(st.integers(0, 31))] ^= 1 << data.draw(st.integers(0, 7))
    for changed in (
        [*siblings[:place], bytes(altered), *siblings[place + 1 :]],
        siblings[:place] + siblings[place + 1 :],
        [*siblings, bytes(32)],
        siblings[::-1],
    ):
        root = r.era_root(attestation["block"], 1, {**attestation, name: changed})
        assert root != anchor(attestation["slot"])


@pytest.mark.parametrize(("chain_id", "slot"), [(1, 6_209_535), (5, 6_209_538)])
def test_era_root__before_capella_or_on_another_chain__is_none(chain_id: int, slot: int) -> None:
    attestation = read(17_034_870)
    assert r.era_root(attestation["block"], chain_id, {**attestation, "slot": slot}) is None


def test_header_read__future_header_with_unknown_fields__is_read() -> None:
    """A fork appends fields, of whatever form; nothing of what is read moves."""
    raw = bytes.fromhex(BY_NUMBER[22_162_263]["header"][2:])
    items = r.rlp_read(raw)
    assert isinstance(items, list)
    longer = r.header_read(r.rlp([*items, b"\1" * 32, [b"x"], b""]))
    assert longer[1:] == r.header_read(raw)[1:]
    assert longer.number == 22_162_263


@pytest.mark.parametrize("way", ["given", "rpc", "signed", "ancestor"])
def test_verdict_on__future_header_with_unknown_fields__is_trusted_in_each_way(way: str) -> None:
    """Claim C9: what a later fork appends to a header makes no receipt worthless."""
    unknown = [b"\2" * 32, [b"x", [b""]], b""]
    story = basic().prove(LATER, items=lambda items: [*items, 0, 0, bytes(32), bytes(32), bytes(32), 7, *unknown])
    block, number = story.last.hash, story.last.number
    later = r.rlp([*header(number + 1, LATER + 12, bytes(32), parent=block), *unknown])
    story.headers = [
        {"block": r.hex0x(block), "type": "ancestor", "headers": [r.hex0x(later)]},
        {
            "block": r.hex0x(block),
            "type": "signed",
            "note": note("press", "court", chain_id=31337, number=number, block=r.hex0x(block), time=LATER),
        },
    ]
    answers = [
        {"node": name, "chain_id": 31337, "finalized": number, "blocks": {str(number): r.hex0x(block)}}
        for name in ("one", "two")
    ]
    trust = {
        "given": {"blocks": [r.hex0x(block)]},
        "rpc": {"nodes": {"quorum": 2, "answers": answers}},
        "signed": {"policy": POLICY},
        "ancestor": {"blocks": [r.hex0x(r.keccak(later))]},
    }[way]
    said = r.verdict_on(compact(story.receipt()), trust=r.trust_read(trust))
    codes = {each["id"]: each["code"] for each in said["statements"]}
    assert (said["verdict"], codes[f"header@{number}"]) == ("PROVED", way)
    assert codes[f"complete@{number}"] == "complete"
