"""The health report: chain, contract, relay, indexer and evidence store."""

import time

from eth_hash.auto import keccak

from blockchain.chain.artifact import deployment
from blockchain.chain.contract import Registry, registry_new
from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.finality import final_block_number
from blockchain.chain.guard import chain_check
from blockchain.chain.nodes import breakers, nodes_new
from blockchain.chain.signers import Checked, SignerError, intake_signer
from blockchain.conf import settings
from blockchain.evidence.store import evidence_store
from blockchain.health.component import Component, Problem, component, guarded
from blockchain.health.indexer import indexer_health
from blockchain.health.nodes import nodes_ask
from blockchain.health.relay import relay_health
from blockchain.health.roles import role_problems
from blockchain.protocol.kinds import Role

# Seconds. Ethereum's blocks are final after 13 to 19 minutes.
FINAL_WITHIN = 3600


def health_report() -> dict[str, Component]:
    """Components with `up`, `problems` with their remedies, and measurements. Details are for staff.

    If the node does not answer the first query within `HEALTH_RPC_TIMEOUT` seconds, it is not queried again. `breaker`
    is "open" while the requests of this process do not query the node because it hangs.
    """
    on: list[Registry] = []
    chain = guarded(lambda: _chain(on))
    chain["breaker"] = "open" if all(breaker.is_open for breaker in breakers()) else "closed"
    registry = on[0] if "head" in chain else None
    return {
        "chain": chain,
        "contract": guarded(lambda: _contract(registry)),
        "relay": guarded(lambda: relay_health(registry)),
        "indexer": guarded(lambda: indexer_health(registry, head=chain.get("head"))),
        "storage": guarded(_storage),
    }


def _chain(on: list[Registry]) -> Component:
    """The chain as the best node sees it, which is put into `on`; and how all nodes are."""
    first = registry_new(nodes_new(timeout=settings.HEALTH_RPC_TIMEOUT, breakers=breakers()))
    registry, answers = nodes_ask(first)
    on.append(registry)
    number, at = (int(answers.head[name], 16) for name in ("number", "timestamp"))
    return component(
        answers.wrong + _standstill(registry, head_number=number, head_time=at),
        notes=answers.down,
        chain_id=registry.deployment.chain_id,
        head=number,
        head_age_seconds=max(0, int(time.time()) - at),
        **({"nodes": answers.shown} if len(first.nodes) > 1 else {}),
    )


def _standstill(registry: Registry, *, head_number: int, head_time: int) -> list[Problem]:
    """Reports a chain that makes no blocks or does not finalise them: nothing is recorded, and breaches are missed."""
    if not settings.HEALTH_MAX_HEAD_AGE_SECONDS:
        return []
    if (age := int(time.time()) - head_time) > settings.HEALTH_MAX_HEAD_AGE_SECONDS:
        return [
            Problem(
                f"the newest block is {age} seconds old: the chain or the node has stopped",
                "Compare with another node; use one that follows the chain. Check the clock of this machine.",
            )
        ]
    number = final_block_number(registry.node, head_number=head_number)
    final = registry.node.block(max(number, 0))
    if final is not None and (behind := head_time - int(final["timestamp"], 16)) > FINAL_WITHIN:
        return [
            Problem(
                f"the last final block is {behind} seconds older than the newest: the chain does not finalise its "
                "blocks",
                "Nothing is lost: mined writes are confirmed once it does. Check the announcements of the chain's "
                "operators.",
            )
        ]
    return []


def _contract(registry: Registry | None) -> Component:
    if registry is None:
        deployment()  # raises `ArtifactError` if the artifact is missing, which is then the problem
        raise ChainUnavailable("not checked: the node does not answer")
    chain_check(registry)
    return component([*role_problems(), *_intake_problems(registry)], address=registry.address)


def _intake_problems(registry: Registry) -> list[Problem]:
    """Problems that make the promises of this process void; none for a relay, which has no intake key."""
    try:
        intake = intake_signer()
        if isinstance(intake, Checked):
            intake.check()
    except SignerError as error:
        remedy = "Correct BLOCKCHAIN_INTAKE_SIGNER or start the signer; until then nothing is promised."
        return [Problem(f"the intake signer can't sign: {error}", remedy)]
    if intake is None or registry.call("hasRole", keccak(Role.INTAKE.value.encode()), intake.address)[0]:
        return []
    return [
        Problem(
            f"the intake key {intake.address} lacks {Role.INTAKE.value}: its promises can't be recorded",
            "Grant it with `ape run roles grant`, or configure a key that has it; reading a report then signs its "
            "promise again.",
        )
    ]


def _storage() -> Component:
    evidence_store().check()
    return component([], kind=type(evidence_store()).__name__)
