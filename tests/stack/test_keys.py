"""Which development account is whose key on a local chain, by the roles that the network's file gives."""

import pytest
from eth_account import Account

from tools.stack import keys

RELAY = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
INTAKE = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
OFFICER = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"


@pytest.mark.parametrize(
    ("key", "address"), [(keys.relay_key, RELAY), (keys.intake_key, INTAKE), (keys.officer_key, OFFICER)]
)
def test_key__local_network__is_the_account_with_exactly_these_roles(key, address) -> None:
    assert Account.from_key(key()).address == address


def test_stranger_key__local_network__has_no_role() -> None:
    assert Account.from_key(keys.stranger_key()).address not in (RELAY, INTAKE, OFFICER)
