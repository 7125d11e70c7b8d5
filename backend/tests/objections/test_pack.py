"""The transaction of an objection: its calldata, its gas for deadlines, and what a node may spend on its estimate."""

from typing import Any

import pytest

from blockchain.chain.contract import Registry
from blockchain.chain.node import Node
from blockchain.models import Complaint
from blockchain.protocol.clock import ClockRules
from blockchain.protocol.hashing import unhex
from blockchain.relay.loop import Relay
from blockchain.relay.pack import MAX_OBJECTION_GAS, objection_pack
from tests.chain_fixtures import Chain
from tests.fixtures.objections import objection_file
from tests.objections.conftest import accepted

NOW, HOUR, DAY = 1_800_000_000, 3600, 86_400
RULES = ClockRules(default_sla=0, escalation_interval=6 * HOUR, max_escalation_level=3)


@pytest.mark.parametrize(
    ("deadline", "escalations", "to_come"),
    [
        (0, 0, 0),
        (NOW + 2 * DAY, 0, 0),
        (NOW + HOUR, 0, 3),
        (NOW + HOUR, 2, 1),
        (NOW + 20 * HOUR, 0, 1),
        (NOW - 1, 0, 2),
    ],
    ids=["none", "far ahead", "soon", "soon, at the last level", "within a day", "missed: the node estimates that one"],
)
def test_objection_pack__clock__gas_for_the_deadlines_of_a_day(
    chain: Chain, complaint: Complaint, deadline: int, escalations: int, to_come: int
) -> None:
    objection = accepted(chain, complaint)
    file = objection_file(complaint, chain.registry.deployment)
    batch = objection_pack(objection, subject=file["subject"], clock=(deadline, escalations), at=NOW, rules=RULES)
    assert (batch.breaches_to_come, batch.objection, batch.writes) == (to_come, objection.pk, ())
    assert batch.gas_limit(estimate=40_000, margin=1.5) == 60_000 + 4_500 * to_come
    words = (unhex(file["subject"]), complaint.complainant, unhex(objection.data), 0, unhex(objection.signature))
    assert batch.data == "0x" + chain.registry.encode("logObjection", *words).hex()


class Watched(Node):
    """Keeps what it was asked to estimate."""

    asked: list[dict[str, Any]]

    def request(self, method: str, *params: Any) -> Any:
        if method == "eth_estimateGas":
            self.asked.append(params[0])
        return super().request(method, *params)


def test_run__estimate__is_bounded_for_the_node(chain: Chain, relay: Relay, complaint: Complaint) -> None:
    accepted(chain, complaint)
    node = Watched(url=chain.anvil.url)
    node.asked = []
    relay.registry = Registry(deployed=chain.registry.deployment, on=node)
    relay.run_once()
    (asked,) = node.asked
    assert int(asked["gas"], 16) == 2 * MAX_OBJECTION_GAS
