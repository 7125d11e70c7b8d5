"""Keys: where they come from, and that none is ever shown."""

import json
from pathlib import Path

import ape
import pytest
from eth_account import Account as EthAccount

from scripts._deployment.errors import DeploymentError
from scripts._deployment.signer import development_addresses, load_signer
from tests.support.node import Node

KEY = "0x" + "5e" * 32
ADDRESS = EthAccount.from_key(KEY).address
VARIABLE = "DEPLOYER_PRIVATE_KEY"
ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"


@pytest.fixture
def keystore(node: Node, monkeypatch: pytest.MonkeyPatch) -> str:
    """An Ape keystore with a passphrase in the environment."""
    alias = "deployment-test"
    path = Path(ape.config.DATA_FOLDER) / "accounts" / f"{alias}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(EthAccount.encrypt(KEY, "correct horse", kdf="pbkdf2", iterations=1000)))
    monkeypatch.setenv(f"APE_ACCOUNTS_{alias}_PASSPHRASE", "correct horse")
    yield alias
    path.unlink()


def test_load_signer__key_in_the_environment__signs_as_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in (KEY, KEY[2:], f" {KEY}\n"):
        monkeypatch.setenv(VARIABLE, key)
        account = load_signer(variable=VARIABLE, alias=None, local=False, development_account=None)
        assert account.address == ADDRESS


def test_load_signer__keystore__is_opened_with_the_passphrase_of_the_environment(keystore: str) -> None:
    account = load_signer(variable=VARIABLE, alias=keystore, local=False, development_account=None)
    assert account.address == ADDRESS
    assert account.sign_message("unattended") is not None


def test_load_signer__wrong_passphrase__refused(keystore: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"APE_ACCOUNTS_{keystore}_PASSPHRASE", "wrong horse")
    with pytest.raises(DeploymentError, match="cannot be opened: Invalid password") as refused:
        load_signer(variable=VARIABLE, alias=keystore, local=False, development_account=None)
    assert "horse" not in refused.value.message


def test_load_signer__unknown_alias__refused() -> None:
    with pytest.raises(DeploymentError, match="no Ape account is called 'nobody'"):
        load_signer(variable=VARIABLE, alias="nobody", local=True, development_account=None)


@pytest.mark.parametrize("key", ["0x1234", "5e" * 33, "g" * 64, "0" * 64, ORDER])
def test_load_signer__not_a_key__refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(VARIABLE, key)
    with pytest.raises(DeploymentError, match=r"does not hold a (valid )?private key") as refused:
        load_signer(variable=VARIABLE, alias=None, local=True, development_account=None)
    assert key not in str(refused.value.message)
    assert refused.value.__cause__ is None


def test_load_signer__no_key_on_a_public_chain__refused() -> None:
    with pytest.raises(DeploymentError, match=f"no key: set {VARIABLE}"):
        load_signer(variable=VARIABLE, alias=None, local=False, development_account=development_addresses()[0])


def test_load_signer__development_key_on_a_public_chain__refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
    with pytest.raises(DeploymentError, match=r"the signer 0xf39F.* is a public development account"):
        load_signer(variable=VARIABLE, alias=None, local=False, development_account=None)


def test_load_signer__not_a_development_account__refused(node: Node) -> None:
    with pytest.raises(DeploymentError, match="is not a development account"):
        load_signer(variable=VARIABLE, alias=None, local=True, development_account=ADDRESS)
