"""A key in a file: hex or a keystore, private, and followed when it is exchanged."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from blockchain.chain.signers import SignerError, intake_signer, signer
from blockchain.chain.signers.key_file import file_signer
from blockchain.chain.signers.local import LocalSigner
from tests.chain.signers.samples import ADDRESS, KEY, OTHER, OTHER_KEY, PROMISE, transactions

BACKEND = "blockchain.chain.signers.key_file.file_signer"
PASSPHRASE = "correct horse battery"


def private(path: Path, text: str, mode: int = 0o600) -> Path:
    """Puts a file with this text in place at once, as `mv` does."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.chmod(mode)
    return new.replace(path)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return private(tmp_path / "relay.key", f"{KEY}\n")


@pytest.fixture
def keystore(tmp_path: Path) -> tuple[Path, Path]:
    """A keystore with few iterations, and the file with its passphrase."""
    encrypted = Account.encrypt(KEY, PASSPHRASE, kdf="pbkdf2", iterations=10)
    return private(tmp_path / "relay.json", json.dumps(encrypted)), private(tmp_path / "pass", f"{PASSPHRASE}\n")


@pytest.mark.parametrize("kind", transactions())
def test_file_signer__hex__signs_as_eth_account(kind: str, key_file: Path) -> None:
    transaction = transactions()[kind]
    expected = Account.from_key(KEY).sign_transaction(transaction)
    made = file_signer(path=str(key_file)).current()
    assert made.sign(transaction) == (bytes(expected.raw_transaction), "0x" + bytes(expected.hash).hex())


def test_file_signer__keystore__signs_with_its_key(keystore: tuple[Path, Path]) -> None:
    path, passphrase = keystore
    made = file_signer(path=str(path), passphrase_file=str(passphrase))
    assert made.current().address == ADDRESS
    assert made.current().sign_typed_data(PROMISE) == LocalSigner(KEY).sign_typed_data(PROMISE)
    assert KEY[2:10] not in repr(made) + repr(made.current())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o444, 0o601])
def test_file_signer__others_may_read_it__refused(mode: int, key_file: Path) -> None:
    key_file.chmod(mode)
    with pytest.raises(SignerError) as raised:
        file_signer(path=str(key_file))
    assert str(raised.value) == f"{key_file} can be read by others (mode {mode:04o}): chmod 400 it"


def test_file_signer__others_may_read_the_passphrase__refused(keystore: tuple[Path, Path]) -> None:
    path, passphrase = keystore
    passphrase.chmod(0o644)
    with pytest.raises(SignerError, match=f"{passphrase} can be read by others"):
        file_signer(path=str(path), passphrase_file=str(passphrase))


def test_file_signer__keystore_and_no_passphrase__says_so(keystore: tuple[Path, Path]) -> None:
    with pytest.raises(SignerError, match="no file with its passphrase is named"):
        file_signer(path=str(keystore[0]))


@pytest.mark.parametrize("text", ["wrong", "", f" {PASSPHRASE}"])
def test_file_signer__wrong_passphrase__refused_without_showing_it(text: str, keystore: tuple[Path, Path]) -> None:
    path, passphrase = keystore
    private(passphrase, text)
    with pytest.raises(SignerError) as raised:
        file_signer(path=str(path), passphrase_file=str(passphrase))
    assert str(raised.value) == f"{path} is no keystore that the passphrase opens"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (KEY[:-2], "is not a private key"),
        ("", "is not a private key"),
        (f"{KEY}\n{OTHER_KEY}\n", "is not a private key"),
        ("{}", "no file with its passphrase"),
    ],
)
def test_file_signer__no_key_in_it__refused_without_showing_it(text: str, says: str, key_file: Path) -> None:
    private(key_file, text)
    with pytest.raises(SignerError, match=says) as raised:
        file_signer(path=str(key_file))
    assert KEY[2:12] not in str(raised.value)


def test_file_signer__not_there_not_a_file_not_text__refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    binary.chmod(0o600)
    for path, says in ((tmp_path / "none", "No such file"), (tmp_path, "can't be read"), (binary, "is not text")):
        with pytest.raises(SignerError, match=says):
            file_signer(path=str(path))


def test_current__another_file_at_the_path__is_its_key_and_the_old_signer_keeps_its_own(key_file: Path) -> None:
    made = file_signer(path=str(key_file))
    before = made.current()
    assert made.current() is before
    private(key_file, OTHER_KEY)
    assert (before.address, made.current().address) == (ADDRESS, OTHER)


def test_current__file_gone_or_spoilt_for_a_while__refused_until_it_is_back(key_file: Path) -> None:
    made = file_signer(path=str(key_file))
    os.remove(key_file)
    with pytest.raises(SignerError, match="No such file"):
        made.current()
    private(key_file, "half a k")
    for _ in range(2):
        with pytest.raises(SignerError, match="is not a private key"):
            made.current()
    private(key_file, KEY)
    assert made.current().address == ADDRESS


def test_signers__both_by_setting__follow_their_files(key_file: Path, tmp_path: Path, settings: Any) -> None:
    intake = private(tmp_path / "intake.key", OTHER_KEY)
    settings.BLOCKCHAIN_SIGNER = {"BACKEND": BACKEND, "OPTIONS": {"path": str(key_file)}}
    settings.BLOCKCHAIN_INTAKE_SIGNER = {"BACKEND": BACKEND, "OPTIONS": {"path": str(intake)}}
    found = intake_signer()
    assert found is not None
    assert (signer().address, found.address) == (ADDRESS, OTHER)
    private(intake, KEY)
    found = intake_signer()
    assert found is not None
    assert found.address == ADDRESS
