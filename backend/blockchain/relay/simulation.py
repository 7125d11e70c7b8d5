"""Asks the node what a transaction would do, before anything is signed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ContractReverted, NodeError
from blockchain.relay.packing import Group, PackedWrite, group_calls, transaction_data


@dataclass(frozen=True, kw_only=True)
class Poisoned:
    """The first write of its complaint that the contract would refuse, and why."""

    packed: PackedWrite
    group: Group
    error: ContractReverted


def gas_estimate(*, registry: Registry, sender: str, calls: Sequence[bytes], replacing: bool = False) -> int:
    """Gas of a transaction with these calls. Raises `ContractReverted`, or `NodeError` for anything else.

    Asked of the pending block, whose time is that of the block to come; of the latest where a node has no pending one.
    A transaction that replaces another is asked of the latest: in the pending block stands the one to be replaced.
    """
    data = "0x" + transaction_data(registry, calls).hex()
    transaction = {"from": sender, "to": registry.address, "data": data}
    error: ContractReverted | NodeError | None = None
    for block in ("latest",) if replacing else ("pending", "latest"):
        try:
            return int(registry.node.request("eth_estimateGas", transaction, block), 16)
        except NodeError as answer:
            error = registry.revert_of(answer)
            if isinstance(error, ContractReverted):
                break
    assert error is not None
    raise error


def poisoned_find(
    *, registry: Registry, sender: str, groups: Sequence[Group], replacing: bool = False
) -> list[Poisoned]:
    """The first refused write of each complaint that has one. Complaints don't depend on each other."""
    found = []
    for group in groups:
        error = _refusal(registry, sender, group_calls(registry, group), replacing)
        if error is None:
            continue
        for length in range(1, len(group.writes) + 1):
            prefix = Group(
                complaint_id=group.complaint_id,
                state=group.state,
                writes=group.writes[:length],
                escalations=group.escalations,
                alone=group.alone,
            )
            prefix_error = _refusal(registry, sender, group_calls(registry, prefix), replacing)
            if prefix_error is not None:
                found.append(Poisoned(packed=group.writes[length - 1], group=group, error=prefix_error))
                break
    return found


def gas_limit(estimate: int) -> int:
    """The gas limit of a transaction: the estimate with its margin, at most `BLOCKCHAIN_GAS_LIMIT`."""
    return min(int(estimate * settings.BLOCKCHAIN_GAS_MARGIN), settings.BLOCKCHAIN_GAS_LIMIT)


def _refusal(registry: Registry, sender: str, calls: Sequence[bytes], replacing: bool) -> ContractReverted | None:
    try:
        gas_estimate(registry=registry, sender=sender, calls=calls, replacing=replacing)
    except ContractReverted as error:
        return error
    return None
