"""The whole observable state of a registry, from the chain and from the model, in the same form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from eth_abi import decode

from tests.model.registry_model import RegistryModel, role_id
from tests.support.contract import Contract
from tests.support.registry import Registry
from tests.support.slots import Complaint
from tests.support.spec import ROLES, Status

STATE_WORDS = 6  # of an encoded `Complaint`


@dataclass(frozen=True)
class Seen:
    """One complaint."""

    state: Complaint
    nonce: int
    is_due: bool
    anchors: dict[bytes, tuple[int, int]]


@dataclass(frozen=True)
class Observation:
    """Everything that the getters tell."""

    complaints: dict[bytes, Seen]
    roles: dict[tuple[str, str], bool]
    filings: tuple[bytes, int]


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
                state=model.get_complaint(complaint),
                nonce=model.get_complaint(complaint).nonce,
                is_due=model.is_due(complaint),
                anchors={evidence: model.evidence_anchor(complaint, evidence) for evidence in scope.evidence},
            )
            for complaint in scope.complaints
        },
        roles={(role, account): account in model.roles[role] for role in ROLES for account in scope.accounts},
        filings=model.filings,
    )


def of_chain(registry: Registry, reader: Contract, scope: Scope, now: int) -> Observation:
    """As the contract tells at the time `now`, Unix seconds: all getters in one `eth_call`.

    The answers are read word by word, which is what makes thousands of steps affordable.
    """
    succeeded, output = registry.node.call(reader.address, _questions(registry, reader, scope), at=now)
    assert succeeded
    (results,) = decode(["bytes[]"], output)
    answers = iter(results)
    due = _numbers(next(answers))[2:]  # after the offset and the length of the list
    states = next(answers)[64:]
    chain, count = next(answers)[:32], _numbers(results[2])[1]
    assert not any(chain[27:])
    return Observation(
        filings=(chain[:27], count),
        complaints={
            complaint: _seen(answers, states[32 * STATE_WORDS * index :], bool(due[index]), scope.evidence)
            for index, complaint in enumerate(scope.complaints)
        },
        roles={(role, account): bool(*_numbers(next(answers))) for role in ROLES for account in scope.accounts},
    )


@cache
def _questions(registry: Registry, reader: Contract, scope: Scope) -> bytes:
    call = registry.codec.call
    calls = [call("escalatable", scope.complaints), call("getComplaints", scope.complaints), call("registry")]
    for complaint in scope.complaints:
        calls += [call("nonce", complaint)]
        calls += [call("evidenceAnchor", complaint, evidence) for evidence in scope.evidence]
    calls += [call("hasRole", role_id(role), account) for role in ROLES for account in scope.accounts]
    return reader.codec.call("read", registry.address, calls)


def _seen(answers: Iterator[bytes], state: bytes, is_due: bool, evidence: Iterable[bytes]) -> Seen:
    count, deadline, status, escalations, objections = _numbers(state[32 : 32 * STATE_WORDS])
    assert not any(state[22:32])
    return Seen(
        state=Complaint(state[:22], count, deadline, Status(status), escalations, objections),
        nonce=int(*_numbers(next(answers))),
        is_due=is_due,
        anchors={evidence_hash: _pair(next(answers)) for evidence_hash in evidence},
    )


def _numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[start : start + 32]) for start in range(0, len(data), 32)]


def _pair(data: bytes) -> tuple[int, int]:
    first, second = _numbers(data)
    return first, second
