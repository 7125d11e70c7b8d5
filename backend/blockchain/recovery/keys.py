"""Finds the accounts that may write to the contract at a final block, and whether our old keys are among them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from eth_hash.auto import keccak
from eth_utils import to_checksum_address

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainError, ChainUnavailable, NodeError
from blockchain.chain.finality import final_block_number
from blockchain.chain.node import Call
from blockchain.conf import settings
from blockchain.models import ChainEvent, EndedEntry, RelayLease, Transaction, Write
from blockchain.protocol.hashing import hex0x, unhex
from blockchain.protocol.kinds import ENTRIES, Role

ROLES = (Role.INTAKE, Role.RECORDER, Role.SLA_MANAGER)
# Only this system may assign the nonces of whoever holds one of these roles.
NUMBERED = frozenset({Role.RECORDER, Role.SLA_MANAGER})
ROLE_GRANTED = hex0x(keccak(b"RoleGranted(bytes32,address,address)"))


@dataclass(frozen=True, kw_only=True)
class FinalBlock:
    """A block that no reorg can remove."""

    number: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The keys at a final block. Addresses are checksummed."""

    block: FinalBlock
    # The relay's, as configured.
    own: str
    lacking: list[Role]
    # Keys that this database wrote with, or that are said to have been ours.
    old: list[str]
    # Of the old ones, and of those that nobody here knows, the ones that may still write.
    old_writing: list[str]
    unknown_writing: list[str]
    # Unknown accounts that have written nothing but entries that they signed as officers.
    idle: list[str]

    @property
    def settled(self) -> bool:
        """Whether nobody but the configured key can write with a nonce that this database does not know of."""
        return not (self.lacking or self.old_writing or self.unknown_writing)


def keys_read(
    *, registry: Registry, own: str, block: FinalBlock, old: Iterable[str] = (), kept: Iterable[str] = ()
) -> Keys:
    """The keys at a final block; `own` is the new relay key.

    `old` are further keys that were ours; `kept` are keys of others that go on writing, such as officers who sign
    entries. Officers whose signed entries are in this database need not be named, nor who has written nothing else.
    The events up to the block must have been read. Raises `ChainError`.
    """
    ours = {*RelayLease.objects.values_list("signer", flat=True), *_signers(), *map(to_checksum_address, old)} - {own}
    others: set[str] = {to_checksum_address(address) for address in kept}
    others |= _officers()
    granted = _granted(registry, block)
    roles = roles_at(registry=registry, accounts=sorted({own, *ours, *granted}), block_hash=block.hash)
    writing = {account for account, held in roles.items() if held & NUMBERED} - {own}
    unknown = writing - ours - others
    unexplained = {account for account in unknown if _has_written_unexplained(account)}
    return Keys(
        block=block,
        own=own,
        lacking=[role for role in ROLES if role not in roles[own]],
        old=sorted(ours),
        old_writing=sorted(writing & ours),
        unknown_writing=sorted(unexplained),
        idle=sorted(unknown - unexplained),
    )


def foreign_use(*, registry: Registry, own: str) -> str:
    """Why the configured key can't be the new one: someone has written with it. Empty if nobody has."""
    lease = RelayLease.objects.filter(signer=own).exclude(stopped_reason="").first()
    if lease is not None:
        return f"the relay stopped because of a link that it did not write: {lease.stopped_reason}"
    used = registry.node.transaction_count(own)
    known = Transaction.objects.filter(signer=own, nonce__lt=used).count()
    if known < used:
        return f"it has sent {used} transactions, of which this database knows {known}"
    return ""


def final_block(registry: Registry) -> FinalBlock:
    """The newest final block. Raises `ChainUnavailable`."""
    head = registry.node.block("latest")
    if head is None:
        raise ChainUnavailable("the node has no latest block")
    number = final_block_number(registry.node, head_number=int(head["number"], 16))
    header = registry.node.block(number) if number >= registry.deployment.block_number else None
    if header is None:
        raise ChainUnavailable("the node has no final block with the contract yet")
    return FinalBlock(number=number, hash=header["hash"])


def roles_at(*, registry: Registry, accounts: Sequence[str], block_hash: str) -> dict[str, set[Role]]:
    """The roles that each account holds at a block. Raises `ChainError`."""
    asked = [(account, role) for account in accounts for role in ROLES]
    calls: list[Call] = []
    for account, role in asked:
        data = registry.encode("hasRole", keccak(role.value.encode()), account)
        block = {"blockHash": block_hash, "requireCanonical": True}
        calls.append(("eth_call", [{"to": registry.address, "data": hex0x(data)}, block]))
    held: dict[str, set[Role]] = {account: set() for account in accounts}
    for (account, role), answer in zip(asked, registry.node.batch(calls), strict=True):
        if isinstance(answer, ChainError):
            raise answer
        (has_role,) = registry.decode("hasRole", unhex(answer))
        if has_role:
            held[account].add(role)
    return held


def _has_written_unexplained(account: str) -> bool:
    """Whether recorders' links by an account are no entries that it signed as an officer, as far as events were read.

    What it recorded of our own writes counts too: it writes as a relay does, and may have more under way.
    """
    own = Write.objects.filter(
        complaint__complaint_id=OuterRef("complaint_id"), sequence=OuterRef("sequence"), actor=account
    )
    return ChainEvent.objects.filter(~Exists(own), actor=account, event_type__in=ENTRIES).exists()


def _officers() -> set[str]:
    """Who signs entries, or was to sign one that was given up or has expired."""
    given_up = Write.objects.filter(given_up__has_key="actor").values_list("given_up", flat=True)
    return {
        *Write.objects.exclude(actor="").values_list("actor", flat=True),
        *EndedEntry.objects.values_list("actor", flat=True),
        *(str(was["actor"]) for was in given_up if was),
    }


def _signers() -> Iterable[str]:
    return Transaction.objects.order_by().values_list("signer", flat=True).distinct()


def _granted(registry: Registry, block: FinalBlock) -> set[str]:
    """Every account that was ever granted a writer's role, up to a block."""
    wanted = {hex0x(keccak(role.value.encode())) for role in NUMBERED}
    query = {"address": registry.address, "topics": [ROLE_GRANTED, sorted(wanted)]}
    accounts: set[str] = set()
    first, span = registry.deployment.block_number, settings.BLOCKCHAIN_SCAN_RANGE
    while first <= block.number:
        last = min(first + span - 1, block.number)
        try:
            logs: Any = registry.node.request("eth_getLogs", {**query, "fromBlock": hex(first), "toBlock": hex(last)})
            accounts |= {to_checksum_address("0x" + log["topics"][2][-40:]) for log in logs}
        except (NodeError, ChainUnavailable):
            if last == first:
                raise
            span = max(1, (last - first + 1) // 2)
            continue
        except (KeyError, IndexError, TypeError, ValueError):
            raise ChainUnavailable("the node's role logs can't be read") from None
        first = last + 1
    return accounts
