"""The hash chain and its logs, against `eth_abi` and `eth_hash`."""

from typing import Any

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from blockchain.protocol.links import (
    ENTRY_SKIPPED,
    LINK_APPENDED,
    Breach,
    Link,
    LogError,
    Skip,
    breach_data,
    breach_of,
    genesis,
    head_after,
    link_hash,
    links_of_logs,
    skips_of_logs,
)
from tests.protocol.links import CONTRACT, addresses, hex_bytes, links, log_of, words

HASHED = ["bytes22", "bytes32", "uint24", "uint8", "address", "uint40", "bytes32"]
uint32 = st.integers(0, 2**32 - 1)


def raw(value: str) -> bytes:
    return bytes.fromhex(value[2:])


@given(st.binary(min_size=22, max_size=22), links)
def test_link_hash__any_link__is_that_of_the_abi_encoding(head: bytes, link: Link) -> None:
    values = [head, raw(link.complaint_id), link.sequence, link.event_type, link.actor, link.timestamp, raw(link.data)]
    assert link_hash(head=head, link=link) == keccak(encode(HASHED, values))[:22]


@given(st.binary(min_size=22, max_size=22), st.lists(links, max_size=4))
def test_head_after__links__is_one_hash_after_the_other(head: bytes, some: list[Link]) -> None:
    expected = head
    for link in some:
        expected = link_hash(head=expected, link=link)
    assert head_after(start=head, links=some) == expected


@given(st.integers(1, 2**64), addresses, words)
def test_genesis__any_deployment__is_that_of_the_abi_encoding(chain_id: int, address: str, parent: str) -> None:
    expected = keccak(encode(["uint256", "address", "bytes32"], [chain_id, address, raw(parent)]))[:22]
    assert genesis(chain_id=chain_id, address=address, parent_hash=parent) == expected


@given(st.integers(0, 255), uint32, uint32)
def test_breach_of__what_breach_data_made__is_the_same(level: int, missed: int, following: int) -> None:
    breach = Breach(level=level, missed=missed, next=following)
    assert int(breach_data(breach), 16) == level << 64 | missed << 32 | following
    assert len(breach_data(breach)) == 66
    assert breach_of(breach_data(breach)) == breach


@given(st.lists(links, max_size=5, unique_by=lambda link: (link.block_number, link.log_index)))
def test_links_of_logs__logs_of_links__are_the_links_in_the_order_of_the_chain(some: list[Link]) -> None:
    expected = sorted(some, key=lambda link: (link.block_number, link.log_index))
    assert links_of_logs(map(log_of, some), address=CONTRACT) == expected


@given(links, addresses.filter(lambda address: address != CONTRACT), words)
def test_links_of_logs__logs_of_others_or_removed_ones__are_left_out(link: Link, other: str, topic: str) -> None:
    strangers: list[dict[str, Any]] = [
        log_of(link, contract=other),
        {**log_of(link), "removed": True},
        {**log_of(link), "topics": [topic, *log_of(link)["topics"][1:]]},
        {**log_of(link), "topics": []},
    ]
    assert links_of_logs(strangers, address=CONTRACT) == []


LINK = Link("0x" + "11" * 32, 1, 0, CONTRACT, 5, "0x" + "22" * 32, "0x" + "33" * 32, 7, "0x" + "44" * 32, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"data": "0x"},
        {"data": log_of(LINK)["data"] + "00" * 32},
        {"data": "0x" + "zz" * 96},
        {"topics": [LINK_APPENDED]},
        {"topics": [LINK_APPENDED, LINK.complaint_id, "0x" + "00" * 31 + "10", "0x" + "00" * 32]},
        {"topics": None},
        {"blockNumber": None},
        {"logIndex": 0.5},
        {"transactionHash": None},
        {"blockHash": 7},
        {"topics": [LINK_APPENDED, "0x11", *log_of(LINK)["topics"][2:]]},
        {"topics": [LINK_APPENDED, LINK.complaint_id[:-2] + "';", *log_of(LINK)["topics"][2:]]},
        {"topics": [LINK_APPENDED, LINK.complaint_id, "-0x1", log_of(LINK)["topics"][3]]},
        {"data": "0x01" + log_of(LINK)["data"][4:]},
        {"blockNumber": "0x" + "f" * 17},
        {"logIndex": "0x" + "f" * 9},
    ],
)
def test_links_of_logs__undecodable_log__raises_its_own_error(change: dict[str, Any]) -> None:
    with pytest.raises(LogError, match="can't be decoded"):
        links_of_logs([{**log_of(LINK), **change}], address=CONTRACT)


@pytest.mark.parametrize("logs", [None, 7, "0x", [None], [[]], {"a": 1}])
def test_links_of_logs__no_logs_at_all__raises_its_own_error(logs: Any) -> None:
    with pytest.raises(LogError):
        links_of_logs(logs, address=CONTRACT)


@given(words, st.integers(0, 2**24 - 1), hex_bytes(4), st.integers(0, 99))
def test_skips_of_logs__log_of_a_skip__is_the_skip(complaint_id: str, nonce: int, reason: str, index: int) -> None:
    log = {
        "address": CONTRACT,
        "topics": [ENTRY_SKIPPED, complaint_id],
        "data": "0x" + encode(["uint24", "bytes4"], [nonce, raw(reason)]).hex(),
        "logIndex": hex(index),
    }
    assert skips_of_logs([log, log_of(LINK)], address=CONTRACT) == [Skip(complaint_id, nonce, reason, index)]
    with pytest.raises(LogError):
        skips_of_logs([{**log, "data": "0x"}], address=CONTRACT)
