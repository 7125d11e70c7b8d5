"""Keys: where they come from, and that none is ever shown."""

import io
import json
from pathlib import Path

import ape
import pytest
from ape_accounts.accounts import AccountContainer
from eth_account import Account as EthAccount
from hexbytes import HexBytes

from tests.support.node import Node
from tools.deployment.errors import DeploymentError
from tools.deployment.signer import development_addresses, load_signer

KEY = "0x" + "5e" * 32
ADDRESS = EthAccount.from_key(KEY).address
VARIABLE = "DEPLOYER_PRIVATE_KEY"
ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"


@pytest.fixture
def keystore(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An Ape keystore, in a folder of this test's own, with its passphrase in the environment."""
    container = ape.accounts.containers["accounts"]
    monkeypatch.setitem(container.__dict__, "data_folder", tmp_path)
    monkeypatch.setattr(AccountContainer, "loaded_accounts", {})
    encrypted = EthAccount.encrypt(HexBytes(KEY), "correct horse", kdf="pbkdf2", iterations=1000)
    (tmp_path / "city_deployer.json").write_text(json.dumps(encrypted))
    monkeypatch.setenv("APE_ACCOUNTS_city_deployer_PASSPHRASE", "correct horse")
    return "city_deployer"


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


def test_load_signer__no_passphrase_and_nobody_to_ask__refused(keystore: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"APE_ACCOUNTS_{keystore}_PASSPHRASE")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(DeploymentError, match=f"set APE_ACCOUNTS_{keystore}_PASSPHRASE"):
        load_signer(variable=VARIABLE, alias=keystore, local=False, development_account=None)


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
