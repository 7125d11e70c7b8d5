"""Everything at once, by seed: requests, killed relays, strangers, reorgs, lost roles, dropped transactions, time."""

import random
import time
from collections.abc import Callable
from subprocess import Popen

import pytest

from accounts.models import User
from blockchain.models import Attempt
from blockchain.protocol.kinds import Role
from report import services
from report.lifecycle import TransitionRefused
from report.models import IssueReport
from tests.chain_fixtures import DEFAULT_SLA, ESCALATION_INTERVAL, Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Processes, Recovery, end, mine_until_confirmed, nothing_mined
from tests.faults.strangers import OBJECTOR, Strangers
from tests.fixtures.reports import FILED
from tests.servers.process import wait_until

CONFIRMATIONS = 3
ROLES = (Role.INTAKE, Role.RECORDER, Role.SLA_MANAGER)
STATUSES = ["in_progress", "on_hold", "resolved", "rejected", "closed"]


@pytest.fixture
def deployed_chain(own_chain: Chain) -> Chain:
    return own_chain


class Chaos:
    """What may happen in one step."""

    def __init__(
        self, chain: Chain, processes: Processes, complainant: User, staff: User, chance: random.Random, deep: bool
    ) -> None:
        self.chain, self.processes, self.complainant, self.staff = chain, processes, complainant, staff
        self.chance, self.deep = chance, deep
        self.strangers = Strangers(chain)
        self.reports: list[IssueReport] = []
        self.relays: list[Popen[str]] = []

    def some(self) -> IssueReport:
        return self.chance.choice(self.reports)

    def file(self) -> None:
        self.reports.append(
            services.report_create(user=self.complainant, complainant_address=OBJECTOR.address, **FILED)
        )

    def comment(self) -> None:
        try:
            services.comment_create(report_id=self.some().pk, author=self.complainant, text="Any news?")
        except TransitionRefused:
            return

    def update(self) -> None:
        changes = {"status": self.chance.choice(STATUSES), "priority": self.chance.choice(["low", "urgent"])}
        kept = self.chance.sample(sorted(changes), self.chance.randint(1, 2))
        try:
            services.report_update(report_id=self.some().pk, by=self.staff, **{name: changes[name] for name in kept})
        except TransitionRefused:
            return

    def assign(self) -> None:
        try:
            services.report_update(report_id=self.some().pk, by=self.staff, assigned_to=self.staff)
        except TransitionRefused:
            return

    def escalate(self) -> None:
        ids = [self.some().complaint.complaint_id for _ in range(3)]
        self.strangers.send(self.strangers.escalation(*ids))

    def object(self) -> None:
        self.strangers.send(self.strangers.objection(self.some().complaint))

    def mine(self) -> None:
        self.chain.anvil.mine(self.chance.randint(1, 2))

    def time_passes(self) -> None:
        self.chain.anvil.warp(self.chain.anvil.time() + self.chance.choice([ESCALATION_INTERVAL, DEFAULT_SLA]))

    def drop(self) -> None:
        waiting = Attempt.objects.filter(transaction__state="open").values_list("tx_hash", flat=True)
        if waiting:
            self.chain.anvil.rpc("anvil_dropTransaction", self.chance.choice(sorted(waiting)))

    def reorg(self) -> None:
        head = int(self.chain.anvil.head()["number"], 16)
        since = head - self.chain.registry.deployment.block_number
        depth = self.chance.randint(1, min(2 * CONFIRMATIONS if self.deep else CONFIRMATIONS, since))
        gone = []
        for attempt in Attempt.objects.order_by("transaction__nonce", "attempt_number"):
            receipt = self.chain.anvil.rpc("eth_getTransactionReceipt", attempt.tx_hash)
            if receipt is not None and int(receipt["blockNumber"], 16) > head - depth:
                # Of those that were raised, any may be mined now.
                gone.append(self.chance.choice(sorted(attempt.transaction.attempts.values_list("raw", flat=True))))
        back = gone[: self.chance.randint(0, len(gone))]
        places = sorted(self.chance.randrange(depth) for _ in back)
        # So that no block is the same as before.
        other = {"from": self.chain.admin, "to": self.chain.stranger, "value": hex(self.chance.getrandbits(40))}
        ours = [[raw, place] for raw, place in zip(back, places, strict=True)]
        self.chain.anvil.rpc("anvil_reorg", depth, [[other, 0], *ours])

    def revoke(self) -> None:
        """The relay's key loses a role; what is under way then reverts."""
        self.strangers.send(self.strangers.role("revokeRole", self.chance.choice(ROLES), self.chain.relay_account))

    def grant(self) -> None:
        for role in ROLES:
            self.strangers.send(self.strangers.role("grantRole", role, self.chain.relay_account))

    def kill(self) -> None:
        end(self.relays.pop(self.chance.randrange(len(self.relays))))
        self.start()

    def start(self) -> None:
        bump = self.chance.choice(["1", "90"])
        self.relays.append(self.processes.start("manage.py", "run_relay", BLOCKCHAIN_BUMP_AFTER=bump))

    def wait_for_relays(self) -> None:
        """Until all have connected to everything, so that what follows meets them at work."""
        for relay in self.relays:
            wait_until(lambda relay=relay: "writes to" in self.processes.said(relay), what="the relay is at work")


WEIGHTS: dict[Callable[[Chaos], None], int] = {
    Chaos.file: 4,
    Chaos.comment: 6,
    Chaos.update: 5,
    Chaos.assign: 2,
    Chaos.escalate: 4,
    Chaos.object: 3,
    Chaos.mine: 8,
    Chaos.time_passes: 2,
    Chaos.drop: 2,
    Chaos.reorg: 3,
    Chaos.revoke: 1,
    Chaos.grant: 2,
    Chaos.kill: 1,
}
CASES = [(1, 30), *(pytest.param(seed, 200, marks=pytest.mark.faults) for seed in range(2, 11))]


@pytest.mark.parametrize(("seed", "steps"), CASES)
def test_run_relay__everything_at_once__every_write_once(
    chain: Chain,
    processes: Processes,
    recover: Recovery,
    complainant: User,
    staff: User,
    settings: object,
    seed: int,
    steps: int,
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = CONFIRMATIONS
    chance = random.Random(seed)
    # Every second one has reorgs below what was final.
    chaos = Chaos(chain, processes, complainant, staff, chance, deep=seed % 2 == 0)
    for _ in range(4):
        chaos.file()
    for _ in range(2):
        chaos.start()
    chaos.wait_for_relays()
    mine_until_confirmed(chain)
    # Those are overdue from here on, and not all of them at once on record.
    chain.anvil.warp(chain.anvil.time() + DEFAULT_SLA)
    with nothing_mined(chain):
        for _ in range(steps):
            chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0](chaos)
            time.sleep(chance.uniform(0, 0.3))
        chaos.grant()
    mine_until_confirmed(chain)
    for relay in chaos.relays:
        assert relay.poll() is None, processes.said(relay)
        assert "Traceback" not in processes.said(relay)
    processes.end()
    recover()
    assert_everything_recorded_once(chain)
