"""The backend behind a provider: the rounds of `run_relay`, and what the operator and complainants are shown."""

import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from django.db.models import F

from blockchain.chain.artifact import deployment_load
from blockchain.chain.contract import Registry
from blockchain.chain.node import Node
from blockchain.chain.signers import signer
from blockchain.costs.months import costs_by_month
from blockchain.health.report import health_report
from blockchain.indexer.reconcile import Reconciliation, cache_reconcile
from blockchain.management.commands.run_relay import Rounds
from blockchain.models import Attempt, Complaint, RelayLease, Transaction, Write
from blockchain.relay.loop import Relay
from blockchain.verification.audit_trail import AuditTrail, Page, audit_trail
from tests.anvil import Rpc
from tests.chain_fixtures import Chain, caches_clear
from tests.faults.check import assert_everything_recorded_once, history
from tests.faults.raw import RawLink
from tests.providers.proxy import Provider
from tests.providers.truth import falsehoods

# Rounds until all that can be done is done; more than any member needs.
ROUNDS = 60
# More blocks than anvil needs to call one final.
EPOCHS = 70
PARTS = ("chain", "contract", "relay", "indexer")


class TrueNode(Rpc):
    """Anvil itself, asked directly; its answers as they are on a chain like the provider's."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider.node.url)
        self._provider = provider
        # Where the backend asks from now on.
        self.seen_at = provider.url

    def rpc(self, method: str, *params: Any) -> Any:
        return self._provider.member.truth(method, super().rpc(method, *params))


@dataclass(frozen=True)
class TrueChain(Chain):
    """The chain as `tests.faults.check` reads it: the truth from anvil, the backend's view from the provider."""

    @cached_property
    def registry(self) -> Registry:
        return Registry(deployed=deployment_load(self.artifact_path), on=Node(url=self.anvil.seen_at))  # type: ignore[attr-defined]


@dataclass
class Keeper:
    """Lives with one provider."""

    chain: Chain
    provider: Provider
    settings: Any
    folder: Path
    # What health said, of all times that it was asked.
    said: list[str] = field(default_factory=list)
    # Why the relay could not write, after each round in which it could not.
    blocked: list[str] = field(default_factory=list)
    # Whether storage proofs are due in each round.
    proves: bool = False

    def __post_init__(self) -> None:
        artifact = json.loads(self.chain.artifact_path.read_text())
        for name, block in (("genesis_hash", 0), ("block_hash", artifact["block_number"])):
            artifact[name] = self.true.anvil.rpc("eth_getBlockByNumber", hex(block), False)["hash"]
        self.settings.BLOCKCHAIN_DEPLOYMENT = self.folder / "deployment.json"
        self.settings.BLOCKCHAIN_DEPLOYMENT.write_text(json.dumps(artifact))
        self.settings.BLOCKCHAIN_NODE_URLS = [self.provider.url]
        self.settings.BLOCKCHAIN_RPC_TIMEOUT = self.settings.HEALTH_RPC_TIMEOUT = self.provider.member.patience
        # Red at once, where an operator would be told after a while.
        self.settings.HEALTH_MAX_PENDING_SECONDS, self.settings.HEALTH_MAX_INDEXER_LAG = 0, 3
        self.settings.SLA_CHECK_INTERVAL = 0
        for name, value in self.provider.member.settings.items():
            setattr(self.settings, name, value)
        caches_clear()
        self.before = self.balance()
        deployed = deployment_load(self.settings.BLOCKCHAIN_DEPLOYMENT)
        registry = Registry(deployed=deployed, on=Node(url=self.provider.url, timeout=self.provider.member.patience))
        self.relay = Relay(registry=registry, signer=signer())
        self.rounds = Rounds(self.relay, relay_only=False)

    @cached_property
    def true(self) -> TrueChain:
        return TrueChain(
            anvil=TrueNode(self.provider),  # type: ignore[arg-type]
            address=self.chain.address,
            artifact_path=self.folder / "deployment.json",
        )

    def round(self) -> None:
        """One round of everything, as if the times of waiting were over."""
        Write.objects.exclude(next_attempt_at=None).update(next_attempt_at=None)
        Attempt.objects.exclude(sent_at=None).update(sent_at=F("sent_at") - timedelta(seconds=6))
        self.rounds.next_sync = 0.0
        if self.proves:
            self.rounds.next_proofs = 0.0
        self.rounds.step()
        self.blocked += RelayLease.objects.exclude(blocked_reason="").values_list("blocked_reason", flat=True)

    def work(self, rounds: int = ROUNDS) -> bool:
        """Rounds until all is written and read, or nothing more comes of them. Returns whether all is."""
        for number in range(rounds):
            if self.settings.BLOCKCHAIN_FINALITY != "confirmations" and number % 5 == 0:
                self.chain.anvil.mine(EPOCHS)
            if self.settings.BLOCKCHAIN_CONFIRMATIONS:
                self.chain.anvil.mine()
            self.round()
            if self.at_rest():
                return True
            # anvil mines in its own time.
            time.sleep(0.005 if number > 2 else 0.0)
        return False

    def at_rest(self) -> bool:
        """Whether every write is on the chain and everything that the chain has was read."""
        if Write.objects.exclude(state=Write.State.CONFIRMED).exists():
            return False
        if Transaction.objects.filter(state__in=(Transaction.State.OPEN, Transaction.State.MINED)).exists():
            return False
        ids = [bytes.fromhex(each[2:]) for each in Complaint.objects.values_list("complaint_id", flat=True)]
        if any(self.chain.registry.call("escalatable", ids)[0]):
            return False
        return not falsehoods(self.true, whole=True)

    def health(self) -> dict[str, Any]:
        """The health page's parts that depend on the node."""
        report = {name: part for name, part in health_report().items() if name in PARTS}
        self.said += [each["problem"] for part in report.values() for each in part["problems"]]
        return report

    def is_green(self) -> bool:
        return all(part["up"] for part in self.health().values())

    def look(self) -> None:
        """What is shown is not better than the truth."""
        green = self.is_green()
        wrong = falsehoods(self.true, whole=False)
        assert not wrong, wrong
        assert not (green and (missing := self.missing())), f"green, and yet: {missing}"

    def missing(self) -> list[str]:
        """What is on the chain for longer than health allows, and not in the database."""
        head = int(self.chain.anvil.rpc("eth_blockNumber"), 16)
        lag = self.settings.HEALTH_MAX_INDEXER_LAG + self.settings.BLOCKCHAIN_CONFIRMATIONS
        return falsehoods(self.true, whole=True, up_to=head - lag)

    def reconcile(self) -> Reconciliation:
        return cache_reconcile(registry=self.relay.registry)

    def trails(self) -> list[AuditTrail]:
        return [audit_trail(complaint=each, own=None, page=Page()) for each in Complaint.objects.all()]

    def true_links(self, complaint_id: str) -> list[RawLink]:
        return history(self.true).of(complaint_id)

    def balance(self) -> int:
        """What the key has on a chain like the provider's, wei."""
        account = self.chain.relay_account
        left = int(self.chain.anvil.rpc("eth_getBalance", account, "latest"), 16)
        return left - self.provider.member.invented_wei(account)

    def assert_costs(self) -> None:
        """Costs are what the key's balance has lost, to the wei."""
        assert sum(cost.wei for cost in costs_by_month()) == self.before - self.balance()

    def assert_recovered(self, *, final: bool = True) -> None:
        """The quirk has ended: everything comes right by itself, and health is green."""
        self.provider.heal()
        assert self.work(), falsehoods(self.true, whole=True)
        assert self.is_green(), self.said[-5:]
        self.assert_costs()
        if final:
            assert_everything_recorded_once(self.true)
            self.assert_costs()
            found = self.reconcile()
            assert (found.repaired, found.differing, found.uncompared, found.undone) == (0, 0, 0, 0)
