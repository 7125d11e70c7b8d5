"""Rounds of proofs that are killed, or whose node dies: nothing of them is half stored, and the relay goes on."""

import signal
from collections.abc import Callable

import pytest

from blockchain.chain.signers import signer
from blockchain.models import ChainState, Job, ProofBlock, SlotProof
from blockchain.proofs.rounds import proof_round
from blockchain.relay.loop import Relay
from report.models import IssueReport
from tests.chain_fixtures import Chain
from tests.faults.check import assert_everything_recorded_once
from tests.faults.conftest import Processes, Recovery, drain, end, everything_confirmed
from tests.faults.rpc_proxy import Fault, RpcProxy
from tests.servers.process import wait_until

FileReports = Callable[[int], list[IssueReport]]
CANDIDATE, PUBLISHED = ProofBlock.State.CANDIDATE, ProofBlock.State.PUBLISHED


def test_take_proofs__killed_in_a_round__stores_nothing_and_the_next_one_goes_on(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports
) -> None:
    file_reports(3)
    recover()
    code = processes.run("-m", "tests.faults.runner", "kill", "inside_proofs", "take_proofs")
    assert code == -signal.SIGKILL, processes.said(processes.started[-1])
    assert not ProofBlock.objects.exists()
    assert not SlotProof.objects.exists()
    assert processes.run("manage.py", "take_proofs") == 0
    assert "3 complaints proved" in processes.said(processes.started[-1])
    assert not ChainState.objects.filter(proved_at=None).exists()


def test_take_proofs__killed_while_it_publishes__publishes_the_next_time(
    chain: Chain, processes: Processes, recover: Recovery, file_reports: FileReports
) -> None:
    file_reports(3)
    recover()
    proof_round(registry=chain.registry)
    code = processes.run("-m", "tests.faults.runner", "kill", "inside_publication", "take_proofs")
    assert code == -signal.SIGKILL, processes.said(processes.started[-1])
    assert ProofBlock.objects.get().state == CANDIDATE
    assert processes.run("manage.py", "take_proofs") == 0
    assert ProofBlock.objects.get().state == PUBLISHED
    assert SlotProof.objects.filter(of=SlotProof.Of.COMPLAINT).count() == 3


@pytest.mark.parametrize("fault", [Fault.BLACK_HOLE, Fault.NOT_FORWARDED, Fault.HTML_200])
def test_run_relay__node_dies_at_each_proof__everything_else_goes_on_and_proofs_come_later(
    chain: Chain,
    processes: Processes,
    proxy: RpcProxy,
    file_reports: FileReports,
    fault: Fault,
) -> None:
    dead = proxy.fail(fault, "eth_getProof", times=None)
    processes.start(
        "manage.py",
        "run_relay",
        BLOCKCHAIN_NODE_URLS=proxy.url,
        BLOCKCHAIN_RPC_TIMEOUT="1",
        BLOCKCHAIN_PROOF_INTERVAL="0.1",
    )
    for _ in range(3):
        file_reports(2)
        wait_until(everything_confirmed, what="every write is confirmed", seconds=60)
    wait_until(lambda: dead.hits > 1, what="proofs are asked for", seconds=60)
    assert not ProofBlock.objects.exists()
    assert Job.objects.get(name="proofs").error
    proxy.heal()
    wait_until(lambda: SlotProof.objects.filter(of="complaint").count() >= 6, what="proofs are taken", seconds=60)
    wait_until(lambda: not Job.objects.get(name="proofs").error, what="health knows", seconds=60)
    end(processes.started[0], signal.SIGTERM)
    assert_everything_recorded_once(chain)


def test_run_relay__stopped_between_proof_and_publication__the_next_relay_publishes(
    chain: Chain, processes: Processes, file_reports: FileReports, settings: object
) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = 3
    file_reports(1)
    relay = Relay(registry=chain.registry, signer=signer())
    drain(relay)
    relay.release()
    proof_round(registry=chain.registry)
    assert ProofBlock.objects.get().state == CANDIDATE
    chain.anvil.mine(4)
    processes.start("manage.py", "run_relay")
    wait_until(lambda: ProofBlock.objects.filter(state=PUBLISHED).exists(), what="the proof is published", seconds=60)
