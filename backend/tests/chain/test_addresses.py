"""`manage.py addresses`: whom to grant the roles."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from eth_account import Account

from tests.chain_fixtures import INTAKE_KEY, RELAY_KEY

RELAY, INTAKE = Account.from_key(RELAY_KEY).address, Account.from_key(INTAKE_KEY).address


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.BLOCKCHAIN_PRIVATE_KEY, settings.BLOCKCHAIN_INTAKE_KEY = RELAY_KEY, INTAKE_KEY
    # Nothing listens here: the command asks no node.
    settings.BLOCKCHAIN_NODE_URLS = ["http://127.0.0.1:9"]


def addresses(*arguments: str) -> str:
    said = io.StringIO()
    call_command("addresses", *arguments, stdout=said)
    return said.getvalue()


def test_addresses__both_keys__both_are_named_and_no_key_is() -> None:
    assert addresses() == f"relay  {RELAY}\nintake {INTAKE}\n"


@pytest.mark.parametrize(("key", "address"), [("relay", RELAY), ("intake", INTAKE)])
def test_addresses__one_key__its_address_alone(key: str, address: str) -> None:
    assert addresses(key) == f"{address}\n"


def test_addresses__no_intake_key__is_left_out_unless_asked_for(settings: Any) -> None:
    settings.BLOCKCHAIN_INTAKE_KEY = ""
    assert addresses() == f"relay  {RELAY}\n"
    with pytest.raises(CommandError, match=r"^BLOCKCHAIN_INTAKE_KEY is not set$"):
        addresses("intake")


def test_addresses__what_is_no_key__one_line(settings: Any) -> None:
    settings.BLOCKCHAIN_PRIVATE_KEY = "0x12"
    with pytest.raises(CommandError, match=r"^BLOCKCHAIN_PRIVATE_KEY is not a private key"):
        addresses()
