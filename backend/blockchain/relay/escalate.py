"""Records missed deadlines. It needs no outbox: the contract knows what is due, and records each breach once."""

import logging

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ContractReverted, NodeError
from blockchain.relay.estimate import Prepared, gas_cap, gas_estimate
from blockchain.relay.pack import escalation_pack
from blockchain.relay.view import View
from blockchain.sla.overdue import IDS_PER_CALL, escalatable

logger = logging.getLogger("blockchain.sla")


def escalation_prepare(
    *, registry: Registry, view: View, overdue: list[str], margin: float, most_gas: int | None = None
) -> Prepared | None:
    """The next transaction that records breaches; takes its complaints from `overdue`. None if none of them is due.
    Several get no more than `most_gas`.

    Raises `ChainUnavailable`, and leaves `overdue` unchanged.
    """
    due = escalatable(registry=registry, complaint_ids=overdue[:IDS_PER_CALL], block={"blockHash": view.block_hash})
    del overdue[:IDS_PER_CALL]
    cap = gas_cap(view) if most_gas is None else min(gas_cap(view), most_gas)
    while due:
        batch = escalation_pack(due)
        try:
            estimate = gas_estimate(registry=registry, view=view, batch=batch)
        except (ContractReverted, NodeError) as error:
            logger.error("escalations can't be estimated", extra={"complaints": len(due), "error": str(error)})
            estimate = gas_cap(view)
        gas = batch.gas_limit(estimate=estimate, margin=margin)
        if gas <= cap or (len(due) == 1 and gas <= gas_cap(view)):
            return batch, gas
        if len(due) == 1:
            return None
        overdue[:0] = due[len(due) // 2 :]
        due = due[: len(due) // 2]
    return None
