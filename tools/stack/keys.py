"""Keys of a local chain: anvil's development accounts. They are public, so they are not secret."""

import functools

import yaml
from eth_account import Account
from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from eth_account.signers.local import LocalAccount

from tools.deployment.places import PARAMETERS
from tools.stack.errors import StackError

DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk"
DEVELOPMENT_ACCOUNTS = 10
ROLES = ("intakes", "recorders", "sla_managers")


@functools.cache
def development_accounts() -> tuple[LocalAccount, ...]:
    """The accounts that anvil and Ape start with, each with ether."""
    seed = seed_from_mnemonic(DEVELOPMENT_MNEMONIC, "")
    return tuple(Account.from_key(key_from_seed(seed, f"m/44'/60'/0'/0/{i}")) for i in range(DEVELOPMENT_ACCOUNTS))


def relay_key() -> str:
    """The key of the account to which tools/networks/local.yaml gives all three roles."""
    return _key(holds=set(ROLES))


def intake_key() -> str:
    """The web server's key, whose account can only file complaints."""
    return _key(holds={"intakes"})


def officer_key() -> str:
    """The key of an officer who signs, whose account can only record."""
    return _key(holds={"recorders"})


def stranger_key() -> str:
    """The key of an account with ether but without roles."""
    return _key(holds=set())


def _key(*, holds: set[str]) -> str:
    parameters = yaml.safe_load((PARAMETERS / "local.yaml").read_text(encoding="utf-8"))
    for account in development_accounts():
        if {role for role in ROLES if account.address in parameters[role]} == holds:
            return "0x" + bytes(account.key).hex()
    raise StackError(f"tools/networks/local.yaml gives no development account exactly the roles: {sorted(holds)}")
