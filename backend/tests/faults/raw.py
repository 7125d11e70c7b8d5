"""The chain as raw logs and the contract's own views tell it. Uses none of the backend's code, which is on trial."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from eth_abi import decode, encode
from eth_hash.auto import keccak
from eth_utils import to_checksum_address

HEAD_BYTES = 22
CREATED, PAUSED, RESUMED, ESCALATED, OBJECTED = 0, 10, 11, 12, 13
# Links that no recorder writes: they move no nonce.
UNNUMBERED = (ESCALATED, OBJECTED)
LINK_APPENDED = "0x" + keccak(b"LinkAppended(bytes32,uint8,address,uint24,uint40,bytes32)").hex()
COMPLAINT = "(bytes22,uint24,uint32,uint8,uint8,uint8)"

Rpc = Callable[..., Any]


class RawLink(NamedTuple):
    """One link, as its log says it. `nonce`: the recorders' links before it; None for one that is none of theirs."""

    complaint_id: str
    sequence: int
    event_type: int
    actor: str
    timestamp: int
    data: str
    tx_hash: str
    block_number: int
    block_hash: str
    log_index: int
    nonce: int | None = None


@dataclass(frozen=True)
class History:
    """All links of a contract, by complaint and in their order."""

    links: dict[str, list[RawLink]]

    def of(self, complaint_id: str) -> list[RawLink]:
        return self.links.get(complaint_id, [])

    def entries(self, complaint_id: str) -> list[RawLink]:
        """The links by recorders; the index is the nonce."""
        return [link for link in self.of(complaint_id) if link.nonce is not None]

    def kinds(self, complaint_id: str) -> list[int]:
        return [link.event_type for link in self.of(complaint_id)]

    def __len__(self) -> int:
        return sum(map(len, self.links.values()))


def history_read(rpc: Rpc, address: str, *, complaint_ids: list[str]) -> History:
    """Reads every link, and checks all that the contract keeps of them against them.

    `complaint_ids`: of which it is to be checked besides that nothing was recorded, if there is no link.
    """
    # Logs and state of one block: the relay may be at work.
    block = rpc("eth_blockNumber")
    query = {"address": address, "fromBlock": "0x0", "toBlock": block, "topics": [LINK_APPENDED]}
    found: dict[str, list[RawLink]] = defaultdict(list)
    for log in sorted(
        rpc("eth_getLogs", query), key=lambda log: (int(log["blockNumber"], 16), int(log["logIndex"], 16))
    ):
        link = _link(log)
        before = sum(each.event_type not in UNNUMBERED for each in found[link.complaint_id])
        found[link.complaint_id].append(link._replace(nonce=None if link.event_type in UNNUMBERED else before))
    history = History(dict(found))
    _against_contract(partial(_view, rpc, address, block), history, sorted({*found, *complaint_ids}))
    return history


def _link(log: dict[str, Any]) -> RawLink:
    _, complaint_id, event_type, actor = log["topics"]
    sequence, timestamp, data = decode(["uint24", "uint40", "bytes32"], bytes.fromhex(log["data"][2:]))
    return RawLink(
        complaint_id=complaint_id,
        sequence=sequence,
        event_type=int(event_type, 16),
        actor=to_checksum_address("0x" + actor[-40:]),
        timestamp=timestamp,
        data="0x" + data.hex(),
        tx_hash=log["transactionHash"],
        block_number=int(log["blockNumber"], 16),
        block_hash=log["blockHash"],
        log_index=int(log["logIndex"], 16),
    )


def head_of(genesis: bytes, links: list[RawLink]) -> bytes:
    """The head that the links give."""
    head = genesis
    for link in links:
        types = ["bytes22", "bytes32", "uint24", "uint8", "address", "uint40", "bytes32"]
        complaint_id, data = bytes.fromhex(link.complaint_id[2:]), bytes.fromhex(link.data[2:])
        values = [head, complaint_id, link.sequence, link.event_type, link.actor, link.timestamp, data]
        head = keccak(encode(types, values))[:HEAD_BYTES]
    return head


def _against_contract(view: Callable[..., tuple[Any, ...]], history: History, complaint_ids: list[str]) -> None:
    (genesis,) = view("GENESIS()", ["bytes22"])
    ids = [bytes.fromhex(complaint_id[2:]) for complaint_id in complaint_ids]
    (complaints,) = view("getComplaints(bytes32[])", [f"{COMPLAINT}[]"], ids)
    for complaint_id, (head, count, _, _, escalations, objections) in zip(complaint_ids, complaints, strict=True):
        links = history.of(complaint_id)
        kinds = history.kinds(complaint_id)
        assert [link.sequence for link in links] == list(range(1, count + 1)), complaint_id
        assert head_of(genesis, links) == head, complaint_id
        assert (kinds.count(ESCALATED), kinds.count(OBJECTED)) == (escalations, objections), complaint_id
        missed = [int(link.data, 16) >> 32 & 2**32 - 1 for link in links if link.event_type == ESCALATED]
        assert len(missed) == len(set(missed)), f"{complaint_id}: a breach was recorded twice"
        assert kinds.count(CREATED) == bool(kinds), complaint_id
    filings = [link for links in history.links.values() for link in links if link.event_type == CREATED]
    chain = bytes(27)
    for filing in sorted(filings, key=lambda link: (link.block_number, link.log_index)):
        chain = keccak(encode(["bytes27", "bytes32"], [chain, bytes.fromhex(filing.complaint_id[2:])]))[:27]
    assert view("registry()", ["bytes27", "uint40"]) == (chain, len(filings))


def _view(rpc: Rpc, address: str, block: str, signature: str, outputs: list[str], *arguments: Any) -> tuple[Any, ...]:
    inputs = signature.partition("(")[2][:-1]
    data = keccak(signature.encode())[:4] + encode([inputs] if inputs else [], arguments)
    answer = rpc("eth_call", {"to": address, "data": "0x" + data.hex()}, block)
    values: tuple[Any, ...] = decode(outputs, bytes.fromhex(answer[2:]))
    return values
