"""A block's bloom filter, against blocks that a node made."""

from hypothesis import given
from hypothesis import strategies as st

from blockchain.chain.bloom import Bloom
from blockchain.protocol.kinds import EventType
from blockchain.protocol.links import LINK_APPENDED
from tests.chain_fixtures import Chain


def test_may_be_in__block_with_and_without_the_log__tells_them_apart(chain: Chain) -> None:
    bloom = Bloom.of(chain.address, LINK_APPENDED)
    assert not bloom.may_be_in(chain.anvil.head()["logsBloom"])
    chain.write("logComplaintEvent", bytes(32), EventType.CREATED, bytes(32), 0)
    assert bloom.may_be_in(chain.anvil.head()["logsBloom"])
    assert not Bloom.of(chain.stranger, LINK_APPENDED).may_be_in(chain.anvil.head()["logsBloom"])


def test_may_be_in__no_bloom__is_possible(chain: Chain) -> None:
    bloom = Bloom.of(chain.address)
    assert all(bloom.may_be_in(each) for each in (None, "", "0x", 7))
    assert not bloom.may_be_in("0x" + "00" * 256)


@given(st.lists(st.binary(min_size=20, max_size=32).map(lambda value: "0x" + value.hex()), min_size=1, max_size=4))
def test_of__any_values__are_in_their_own_bloom(values: list[str]) -> None:
    bits = Bloom.of(*values).bits
    assert 1 <= bits.bit_count() <= 3 * len(values)
    assert all(Bloom.of(value).may_be_in(f"0x{bits:0512x}") for value in values)
