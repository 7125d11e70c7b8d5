"""A bloom filter's bits: the Yellow Paper's formula, 4.3.1, byte by byte."""

from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from blockchain.chain.bloom import BLOOM_HEX, Bloom

values = st.lists(st.binary(min_size=20, max_size=32), max_size=4)
few = settings(max_examples=20)


def filled(*logged: bytes) -> bytearray:
    """The 256 bytes of a block with these addresses and topics; bit 0 is the last byte's lowest."""
    bloom = bytearray(256)
    for value in logged:
        digest = keccak(value)
        for pair in (digest[0:2], digest[2:4], digest[4:6]):
            bit = int.from_bytes(pair, "big") % 2048
            bloom[255 - bit // 8] |= 1 << bit % 8
    return bloom


def hex0x(value: bytes) -> str:
    return "0x" + value.hex()


@few
@given(values, values)
def test_may_be_in__block_with_these_logs_and_more__is_possible(own: list[bytes], others: list[bytes]) -> None:
    bloom = Bloom.of(*map(hex0x, own))
    assert bloom.bits == int.from_bytes(filled(*own), "big")
    assert bloom.may_be_in(hex0x(filled(*own, *others)))
    assert bloom.may_be_in(hex0x(filled(*own, *others)).upper().replace("0X", "0x"))


@few
@given(values, st.binary(min_size=20, max_size=20))
def test_may_be_in__block_that_lacks_one_bit__is_not(others: list[bytes], own: bytes) -> None:
    full, wanted = filled(own, *others), filled(own)
    for index in (index for index in range(256) if wanted[index]):
        lacking = bytearray(full)
        lacking[index] &= ~wanted[index]
        assert not Bloom.of(hex0x(own)).may_be_in(hex0x(lacking))


def test_of__nothing__is_in_every_block() -> None:
    assert Bloom.of().may_be_in("0x" + "00" * 256)


def test_may_be_in__bloom_of_another_length__is_possible() -> None:
    assert len("0x" + "00" * 256) == BLOOM_HEX
    assert Bloom.of("0x11").may_be_in("0x" + "00" * 255)
    assert Bloom.of("0x11").may_be_in("0x" + "00" * 257)
