"""Who signs: a key from the environment, an Ape keystore, or, on a local chain only, a development account.

No key is ever printed, written or put into an error message.
"""

import os
import re
import sys
from functools import cache
from typing import TYPE_CHECKING

from tools.deployment.errors import DeploymentError

if TYPE_CHECKING:
    from ape.api import AccountAPI

# anvil's, Hardhat's and Ape's: everybody has these keys.
DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk"
DEVELOPMENT_ACCOUNTS = 20


def load_signer(*, variable: str, alias: str | None, local: bool, development_account: str | None) -> "AccountAPI":
    """The account that signs: `alias` if given, else the key in the environment `variable`, else `development_account`.

    A keystore's passphrase is taken from `APE_ACCOUNTS_<alias>_PASSPHRASE`, or asked for. The development account is
    one of anvil's, and only for a `local` chain.

    Raises `DeploymentError` if there is none, if it cannot be opened, or if it is a development account on a chain that
    is not local.
    """
    if alias:
        account = _keystore(alias)
    elif key := os.environ.get(variable):
        account = _from_key(key, variable=variable)
    elif local and development_account:
        account = _development(development_account)
    else:
        raise DeploymentError(f"no key: set {variable}, or name an Ape keystore account")
    if not local:
        refuse_development_account(account.address, what="the signer")
    return account


def refuse_development_account(address: str, *, what: str) -> None:
    """Raises `DeploymentError` if everybody has the key of `address`."""
    if address in development_addresses():
        raise DeploymentError(f"{what} {address} is a public development account, and this chain is not a local one")


@cache
def development_addresses() -> tuple[str, ...]:
    """The addresses of the well-known development accounts, in order."""
    from eth_account import Account
    from eth_account.hdaccount import key_from_seed, seed_from_mnemonic

    seed = seed_from_mnemonic(DEVELOPMENT_MNEMONIC, "")
    paths = (f"m/44'/60'/0'/0/{index}" for index in range(DEVELOPMENT_ACCOUNTS))
    return tuple(str(Account.from_key(key_from_seed(seed, path)).address) for path in paths)


def _from_key(key: str, *, variable: str) -> "AccountAPI":
    from ape_accounts.accounts import ApeSigner

    digits = key.strip().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", digits):
        raise DeploymentError(f"{variable} does not hold a private key (64 hex digits)")
    try:
        signer = ApeSigner(private_key=f"0x{digits}")
        _ = signer.address
    except Exception:
        # Whatever it says may quote the key.
        raise DeploymentError(f"{variable} does not hold a valid private key") from None
    return signer


def _keystore(alias: str) -> "AccountAPI":
    from ape import accounts
    from ape.exceptions import ApeException
    from ape.logging import LogLevel, logger
    from ape_accounts.accounts import KeyfileAccount

    if alias not in accounts.aliases:
        raise DeploymentError(f"no Ape account is called {alias!r}; `ape accounts list` shows the existing ones")
    account = accounts.load(alias)
    if not isinstance(account, KeyfileAccount):
        raise DeploymentError(f"the Ape account {alias!r} is not a keystore")
    passphrase = f"APE_ACCOUNTS_{alias}_PASSPHRASE"
    if not os.environ.get(passphrase) and not sys.stdin.isatty():
        raise DeploymentError(f"can't ask for the passphrase of {alias!r} here: set {passphrase}")
    try:
        with logger.at_level(LogLevel.ERROR):  # Ape warns that autosign signs: that is what it is for.
            account.set_autosign(True)
    except ApeException as error:
        raise DeploymentError(f"the keystore {alias!r} cannot be opened: {error}") from None
    return account


def _development(address: str) -> "AccountAPI":
    from ape import accounts

    for account in accounts.test_accounts:
        if account.address == address:
            return account
    raise DeploymentError(f"{address} is not a development account; give its key or keystore")
