"""The whole observable state of a registry, from the chain and from the model, in the same form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from eth_abi import decode

from tests.model.registry_model import RegistryModel, role_id
from tests.support.registry import Registry
from tests.support.spec import Status

ROLES = ("RECORDER_ROLE", "SLA_MANAGER_ROLE")


@dataclass(frozen=True)
class Seen:
    """One complaint. `sla_deadline`: Unix seconds while open, else the seconds that remain."""

    head: bytes
    event_count: int
    sla_deadline: int
    status: Status
    escalation_level: int
    is_escalatable: bool
    anchors: dict[bytes, tuple[int, int]]


@dataclass(frozen=True)
class Observation:
    """Everything that the getters tell."""

    complaints: dict[bytes, Seen]
    due: tuple[bool, ...]
    roles: dict[tuple[str, str], bool]


@dataclass(frozen=True)
class Scope:
    """What is looked at: the universe of a test."""

    complaints: tuple[bytes, ...]
    evidence: tuple[bytes, ...]
    accounts: tuple[str, ...]


def of_model(model: RegistryModel, scope: Scope) -> Observation:
    """As the specification has it."""
    return Observation(
        complaints={
            complaint: Seen(
                **vars(model.get_complaint(complaint)),
                is_escalatable=model.is_escalatable(complaint),
                anchors={evidence: model.evidence_anchor(complaint, evidence) for evidence in scope.evidence},
            )
            for complaint in scope.complaints
        },
        due=tuple(model.is_escalatable(complaint) for complaint in scope.complaints),
        roles={(role, account): account in model.roles[role] for role in ROLES for account in scope.accounts},
    )


def of_chain(registry: Registry, scope: Scope) -> Observation:
    """As the contract tells, in a call at the latest block's time: all getters in one `eth_call`.

    The answers are read word by word, which is what makes thousands of steps affordable.
    """
    succeeded, output = registry.node.call(registry.address, _questions(registry, scope), at=registry.node.time)
    assert succeeded
    (results,) = decode(["bytes[]"], output)
    answers = iter(results)
    due = _numbers(next(answers))[2:]  # after the offset and the length of the list
    return Observation(
        due=tuple(map(bool, due)),
        complaints={complaint: _seen(answers, scope.evidence) for complaint in scope.complaints},
        roles={(role, account): bool(*_numbers(next(answers))) for role in ROLES for account in scope.accounts},
    )


@cache
def _questions(registry: Registry, scope: Scope) -> bytes:
    call = registry.codec.call
    calls = [call("escalatable", scope.complaints)]
    for complaint in scope.complaints:
        calls += [call("getComplaint", complaint), call("isEscalatable", complaint)]
        calls += [call("evidenceAnchor", complaint, evidence) for evidence in scope.evidence]
    calls += [call("hasRole", role_id(role), account) for role in ROLES for account in scope.accounts]
    return call("multicall", calls)


def _seen(answers: Iterator[bytes], evidence: Iterable[bytes]) -> Seen:
    state = next(answers)
    count, deadline, status, level = _numbers(state[32:])
    assert not any(state[22:32])
    return Seen(
        head=state[:22],
        event_count=count,
        sla_deadline=deadline,
        status=Status(status),
        escalation_level=level,
        is_escalatable=bool(*_numbers(next(answers))),
        anchors={evidence_hash: _pair(next(answers)) for evidence_hash in evidence},
    )


def _numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[start : start + 32]) for start in range(0, len(data), 32)]


def _pair(data: bytes) -> tuple[int, int]:
    first, second = _numbers(data)
    return first, second
