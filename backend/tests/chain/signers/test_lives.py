"""A complaint's way to a real chain with each signer; signers that go away and come back; keys that are exchanged."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from eth_account import Account
from eth_account.messages import encode_typed_data

from blockchain.chain.signers import intake_signer
from blockchain.health.relay import relay_health
from blockchain.health.report import health_report
from blockchain.models import Attempt, Complaint, RelayLease, Transaction, Write
from blockchain.promises import SIGNER_DOWN
from blockchain.protocol.kinds import Role
from blockchain.relay.loop import Outcome, Relay, relay_new
from tests.chain.signers.clef_server import ClefServer
from tests.chain.signers.key_server import KeyServer
from tests.chain.signers.samples import OTHER, OTHER_KEY
from tests.chain.signers.test_aws import SECRET
from tests.chain.signers.test_key_file import private
from tests.chain.signers.web3signer_server import Web3SignerServer
from tests.chain_fixtures import INTAKE_KEY, RELAY_KEY, Chain
from tests.fixtures.reports import FILED
from tests.relay.conftest import assert_recorded_once, complaint_new, manual_mining, role_call

SIGNERS = "blockchain.chain.signers."
ROLES = (Role.INTAKE, Role.RECORDER, Role.SLA_MANAGER)
KINDS = ("env", "file", "keystore", "aws-secret", "aws-kms", "web3signer", "clef")


def drained(relay: Relay) -> Outcome:
    return relay.run_until_idle(wait=lambda: time.sleep(0.01), rounds=300)


def age() -> None:
    """As if all had been signed and sent ten minutes ago."""
    long_ago = timezone.now() - timedelta(minutes=10)
    Attempt.objects.update(created_at=long_ago, sent_at=long_ago)


def equip(chain: Chain, account: str) -> None:
    """Grants the relay's roles and gives ether."""
    for role in ROLES:
        chain.anvil.rpc("eth_sendTransaction", role_call(chain, "grantRole", role.value, account))
    chain.anvil.rpc("anvil_setBalance", account, hex(10**19))
    chain.anvil.mine()


@pytest.fixture
def use(
    chain: Chain, db: None, tmp_path: Path, settings: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], None]]:
    """Configures a kind of signer for the relay; its key is the test chain's, but for the one of KMS, which is new."""
    with ExitStack() as running:

        def configure(kind: str) -> None:
            settings.BLOCKCHAIN_PRIVATE_KEY = RELAY_KEY if kind == "env" else ""
            if kind == "env":
                return
            backend, options = {
                "file": lambda: ("key_file.file_signer", {"path": str(private(tmp_path / "key", RELAY_KEY))}),
                "keystore": keystore,
                "aws-secret": secret,
                "aws-kms": lambda: ("aws_kms.aws_kms_signer", {"key_id": request.getfixturevalue("kms_key")}),
                "web3signer": lambda: ("web3signer.web3signer_signer", {"url": served(Web3SignerServer)}),
                "clef": lambda: ("clef.clef_signer", {"url": served(ClefServer)}),
            }[kind]()
            settings.BLOCKCHAIN_SIGNER = {"BACKEND": SIGNERS + backend, "OPTIONS": options}

        def keystore() -> tuple[str, dict[str, str]]:
            encrypted = Account.encrypt(RELAY_KEY, "pass", kdf="pbkdf2", iterations=10)
            path, passphrase = private(tmp_path / "key", json.dumps(encrypted)), private(tmp_path / "pass", "pass")
            return "key_file.file_signer", {"path": str(path), "passphrase_file": str(passphrase)}

        def secret() -> tuple[str, dict[str, str]]:
            client = request.getfixturevalue("aws").client("secretsmanager")
            client.create_secret(Name=SECRET, SecretString=json.dumps({"private_key": RELAY_KEY}))
            return "aws_secret.aws_secret_signer", {"secret_id": SECRET}

        def served(kind: type[KeyServer]) -> str:
            chain_id = chain.registry.deployment.chain_id
            return running.enter_context(kind(RELAY_KEY, chain_id=chain_id)).url

        yield configure


@pytest.mark.parametrize("kind", KINDS)
def test_run__each_kind_of_signer__complaints_are_on_record(
    kind: str, chain: Chain, use: Callable[[str], None]
) -> None:
    use(kind)
    relay = relay_new()
    if kind == "aws-kms":
        equip(chain, relay.signer.address)
    else:
        assert relay.signer.address == chain.relay_account
    complaints = [complaint_new(f"{kind}-{number}") for number in range(3)]
    assert drained(relay) is Outcome.IDLE
    assert_recorded_once(chain, *complaints)
    assert Transaction.objects.get().signer == relay.signer.address


@pytest.fixture
def web3signer(chain: Chain, db: None, settings: Any) -> Iterator[KeyServer]:
    """The relay's key and the intake key, behind one web3signer."""
    with Web3SignerServer(RELAY_KEY, INTAKE_KEY, chain_id=chain.registry.deployment.chain_id) as server:
        for name, address in (
            ("BLOCKCHAIN_SIGNER", chain.relay_account),
            ("BLOCKCHAIN_INTAKE_SIGNER", chain.intake_account),
        ):
            options = {"url": server.url, "address": address}
            setattr(settings, name, {"BACKEND": f"{SIGNERS}web3signer.web3signer_signer", "OPTIONS": options})
        yield server


def test_run__signer_down_and_up_again__relay_goes_on_health_names_it_and_nothing_is_lost(
    chain: Chain, web3signer: KeyServer
) -> None:
    relay = relay_new()
    complaints: list[Complaint] = []
    with manual_mining(chain):
        complaints.append(complaint_new("before"))
        assert relay.run_once() is Outcome.WORKED
        web3signer.down()
        complaints.append(complaint_new("meanwhile"))
        assert [relay.run_once() for _ in range(3)] == [Outcome.BLOCKED] * 3
    # Nothing is stored of what could not be signed; what was signed before is still settled.
    assert Attempt.objects.count() == 1
    assert [relay.run_once() for _ in range(3)][-1] is Outcome.BLOCKED
    assert Transaction.objects.get().state == "confirmed"
    assert Write.objects.get(complaint=complaints[1]).state == Write.State.PENDING
    health = relay_health(chain.registry)
    expected = f"the relay can't write: web3signer at {web3signer.url} does not answer (ConnectionError)"
    assert expected in [problem["problem"] for problem in health["problems"]]
    web3signer.up()
    assert drained(relay) is Outcome.IDLE
    assert_recorded_once(chain, *complaints)
    assert RelayLease.objects.get().blocked_reason == ""


def test_run__signer_tampers__nothing_is_stored_nor_sent(chain: Chain, web3signer: KeyServer) -> None:
    relay = relay_new()
    complaint = complaint_new("tampered")
    web3signer.tamper = lambda raw: raw[:-2] + f"{int(raw[-2:], 16) ^ 1:02x}"
    assert [relay.run_once() for _ in range(2)] == [Outcome.BLOCKED] * 2
    assert Attempt.objects.count() == 0
    assert chain.registry.node.transaction_count(chain.relay_account) == chain.registry.node.transaction_count(
        chain.relay_account, "pending"
    )
    web3signer.tamper = lambda raw: raw
    assert drained(relay) is Outcome.IDLE
    assert_recorded_once(chain, complaint)


def test_run__stuck_while_the_signer_is_down__is_raised_when_it_is_back(chain: Chain, web3signer: KeyServer) -> None:
    relay = relay_new()
    with manual_mining(chain):
        complaint = complaint_new("stuck")
        relay.run_once()
        age()
        web3signer.down()
        chain.anvil.rpc("anvil_dropAllTransactions")
        # It is sent again as it is.
        assert relay.run_once() is Outcome.BLOCKED
        assert chain.registry.node.transaction_count(chain.relay_account, "pending") == 1 + (
            chain.registry.node.transaction_count(chain.relay_account)
        )
        age()
        web3signer.up()
        relay.run_once()
        assert Attempt.objects.count() == 2
    assert drained(relay) is Outcome.IDLE
    assert_recorded_once(chain, complaint)


@pytest.mark.django_db
def test_promise__signer_down_and_up_again__null_with_the_reason_and_then_signed(
    chain: Chain, web3signer: KeyServer, complainant_client: Any
) -> None:
    web3signer.down()
    response = complainant_client.post("/api/reports/", FILED, format="json")
    assert response.status_code == 201
    body = response.json()
    assert (body["promise"], body["promise_reason"]) == (None, SIGNER_DOWN)
    problems = health_report()["contract"]["problems"]
    said = f"the intake signer can't sign: web3signer at {web3signer.url} does not answer (ConnectionError)"
    assert [problem["problem"] for problem in problems] == [said]
    web3signer.up()
    assert health_report()["contract"]["up"] is True
    promise = complainant_client.get(f"/api/reports/{body['tracking_id']}/").json()["promise"]
    signable = encode_typed_data(full_message=promise["typed_data"])
    assert Account.recover_message(signable, signature=promise["signature"]) == chain.intake_account


@pytest.fixture
def key_file(chain: Chain, db: None, tmp_path: Path, settings: Any) -> Path:
    """The relay's key, in a file."""
    path = private(tmp_path / "relay.key", RELAY_KEY)
    settings.BLOCKCHAIN_SIGNER = {"BACKEND": f"{SIGNERS}key_file.file_signer", "OPTIONS": {"path": str(path)}}
    return path


def test_run__key_exchanged_while_a_transaction_is_under_way__old_key_ends_it_and_the_new_one_goes_on(
    chain: Chain, key_file: Path
) -> None:
    relay = relay_new()
    equip(chain, OTHER)
    with manual_mining(chain):
        complaints = [complaint_new("by the old key")]
        relay.run_once()
        private(key_file, OTHER_KEY)
        complaints.append(complaint_new("by the new key"))
        assert [relay.run_once() for _ in range(2)] == [Outcome.WAITING] * 2
        # Stuck: the old key, which is still at hand, raises its fees, and signs nothing else.
        age()
        assert relay.run_once() is Outcome.WAITING
        assert list(Attempt.objects.values_list("transaction__signer", flat=True)) == [chain.relay_account] * 2
    assert drained(relay) is Outcome.IDLE
    assert_recorded_once(chain, *complaints)
    signers = Transaction.objects.order_by("pk").values_list("signer", flat=True)
    assert list(signers) == [chain.relay_account, OTHER]
    assert relay.signer.address == OTHER
    # The next relay with the old key need not wait for the lease.
    assert not RelayLease.objects.get(signer=chain.relay_account).blocked_reason
    assert relay_health(chain.registry)["signer"] == OTHER


def test_run__key_exchanged_for_one_without_roles__blocked_and_named_until_it_has_them(
    chain: Chain, key_file: Path
) -> None:
    relay = relay_new()
    chain.anvil.rpc("anvil_setBalance", OTHER, hex(10**19))
    private(key_file, OTHER_KEY)
    complaint = complaint_new("waits for the roles")
    assert drained(relay) is Outcome.BLOCKED
    assert RelayLease.objects.get(signer=OTHER).blocked_reason.startswith("the relay's key lacks INTAKE_ROLE")
    equip(chain, OTHER)
    assert drained(relay) is Outcome.IDLE
    assert_recorded_once(chain, complaint)


def test_run__key_exchanged_while_the_relay_is_stopped__stays_stopped(chain: Chain, key_file: Path) -> None:
    relay = relay_new()
    relay.run_once()
    equip(chain, OTHER)
    RelayLease.objects.update(stopped_reason="a link that nobody wrote")
    private(key_file, OTHER_KEY)
    complaint_new("waits for recover")
    assert drained(relay) is Outcome.BLOCKED
    assert relay.signer.address == chain.relay_account
    assert not Transaction.objects.exists()


def test_run__vault_away_longer_than_a_key_is_kept__nothing_more_is_signed(
    chain: Chain, use: Callable[[str], None], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.secretsmanager.responses import SecretsManagerResponse

    use("aws-secret")
    settings.BLOCKCHAIN_SIGNER_REFRESH = 0
    relay = relay_new()

    from botocore.exceptions import EndpointConnectionError

    def unreachable(self: Any) -> str:
        raise EndpointConnectionError(endpoint_url="https://vault")

    with monkeypatch.context() as patched:
        patched.setattr(SecretsManagerResponse, "get_secret_value", unreachable)
        # Health says so before anything has to be signed.
        assert drained(relay) is Outcome.BLOCKED
        complaint = complaint_new("waits for the vault")
        assert drained(relay) is Outcome.BLOCKED
        reason = RelayLease.objects.get().blocked_reason
        assert reason == "AWS secretsmanager can't be asked (EndpointConnectionError)"
        assert not Attempt.objects.exists()
    assert drained(relay) is Outcome.IDLE
    assert_recorded_once(chain, complaint)


def test_intake_signer__key_exchanged__reading_signs_the_promise_again(
    chain: Chain, tmp_path: Path, settings: Any, complainant_client: Any
) -> None:
    path = private(tmp_path / "intake.key", INTAKE_KEY)
    settings.BLOCKCHAIN_INTAKE_SIGNER = {"BACKEND": f"{SIGNERS}key_file.file_signer", "OPTIONS": {"path": str(path)}}
    body = complainant_client.post("/api/reports/", FILED, format="json").json()
    assert body["promise"]["actor"] == chain.intake_account
    private(path, OTHER_KEY)
    assert complainant_client.get(f"/api/reports/{body['tracking_id']}/").json()["promise"]["actor"] == OTHER
    found = intake_signer()
    assert found is not None
    assert found.address == OTHER


def test_relay_new__named_address_and_signer_down__starts_and_goes_on_when_it_is_up(
    chain: Chain, web3signer: KeyServer
) -> None:
    web3signer.down()
    relay = relay_new()
    complaint = complaint_new("before the signer is up")
    assert relay.run_once() is Outcome.BLOCKED
    web3signer.up()
    assert drained(relay) is Outcome.IDLE
    assert_recorded_once(chain, complaint)


def test_run_relay__no_address_and_signer_down__one_line(chain: Chain, web3signer: KeyServer, settings: Any) -> None:
    web3signer.down()
    options = {"url": web3signer.url}
    settings.BLOCKCHAIN_SIGNER = {"BACKEND": f"{SIGNERS}web3signer.web3signer_signer", "OPTIONS": options}
    with pytest.raises(CommandError, match=rf"^web3signer at {web3signer.url} does not answer \(ConnectionError\)$"):
        call_command("run_relay", "--once")
