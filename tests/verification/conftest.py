"""A history of every kind of link, read once: what a node tells, and what can be proved."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.support.entries import complaint_id, data_hash
from tests.support.registry import Registry
from tests.support.slots import FILINGS_SLOT
from tests.support.spec import DAY, EventType
from tests.verification.chain_verifier import Deployment, HistoryReader
from tests.verification.decoder import BrokenHistory, Filings, Slot

Log = dict[str, Any]

DEFAULT_SLA: Final = 3 * DAY  # seconds
OTHERS: Final = (2, 3)


@dataclass(frozen=True)
class History:
    """The logs, and the storage slots that can be proved."""

    deployment: Deployment
    complaint: bytes
    everything: list[Log]
    slots: dict[bytes, Slot]
    filings: Filings

    def of(self, complaint: bytes) -> list[Log]:
        """The logs of one complaint."""
        return [log for log in self.everything if log["topics"][1][2:] == complaint.hex()]

    @property
    def logs(self) -> list[Log]:
        """Those of the complaint that has links of all kinds."""
        return self.of(self.complaint)

    def is_accepted(self, logs: list[Log]) -> bool:
        """Whether the verifier takes these logs for the history of the complaint."""
        reader = HistoryReader(self.deployment)
        try:
            reader.read(logs)
            reader.check(self.complaint, self.slots[self.complaint])
        except BrokenHistory:
            return False
        return True


@pytest.fixture(scope="session")
def lived_in(deploy_registry: Callable[..., Registry]) -> Registry:
    """A registry in which filings have a deadline."""
    return deploy_registry(defaultSLA=DEFAULT_SLA)


def deployment_of(registry: Registry) -> Deployment:
    """What a verifier knows of a registry beforehand."""
    constants = [registry.call(name) for name in ("defaultSLA", "escalationInterval", "maxEscalationLevel")]
    return Deployment(registry.address, registry.genesis, *constants)


def links_of(registry: Registry) -> list[Log]:
    """All logs that tell of a link, straight from the node."""
    logs = registry.node.rpc("eth_getLogs", {"address": registry.address, "fromBlock": "0x0", "toBlock": "latest"})
    return [log for log in logs if len(log["topics"]) == 4 and len(log["data"]) == 2 + 3 * 64]


@pytest.fixture(scope="session")
def history(lived_in: Registry) -> History:
    """Read once, and the chain put back."""
    registry, node = lived_in, lived_in.node
    complaint = complaint_id(1, registry.actors.complainant)
    with node.undone():
        write_every_kind(registry, complaint)
        slots = {
            each: Slot.decode(node.storage(registry.address, registry.slot_of(each)))
            for each in (complaint, *map(complaint_id, OTHERS))
        }
        filings = Filings.decode(node.storage(registry.address, FILINGS_SLOT))
        return History(deployment_of(registry), complaint, links_of(registry), slots, filings)


def write_every_kind(registry: Registry, complaint: bytes) -> None:
    """All sixteen types, with other complaints' links in between."""
    node = registry.node
    registry.create(complaint)
    registry.create(complaint_id(2))
    registry.log(complaint, EventType.ASSIGNED)
    registry.set_deadline(complaint, node.time + DAY)
    registry.log(complaint, EventType.STATUS_UPDATED)
    registry.log(complaint_id(2), EventType.ASSIGNED)
    registry.pause(complaint)
    registry.log(complaint, EventType.COMMENTED)
    registry.resume(complaint)
    registry.anchor(complaint, data_hash(77))
    registry.log(complaint, EventType.RESOLVED)
    registry.create(complaint_id(3))
    registry.log(complaint, EventType.REOPENED)
    registry.escalate(complaint, at=node.time + 2 * DAY)
    registry.log(complaint, EventType.NOTED)
    node.warp(node.time + DAY)
    registry.object(registry.objection(1))  # which records a breach first
    registry.set_deadline(complaint, node.time - 5)
    registry.log(complaint, EventType.REJECTED)  # and so does this
    registry.log(complaint, EventType.CLOSED)
    registry.log(complaint, EventType.ERASED)
