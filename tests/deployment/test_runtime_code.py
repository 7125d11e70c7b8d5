"""The deployed code is the compiled one, but for immutables whose values are all accounted for."""

from collections.abc import Callable

import pytest
from web3 import Web3

from tools.deployment.artifact import Artifact
from tools.deployment.compiled import Compiled
from tools.deployment.runtime_code import code_difference, immutable_places

Difference = Callable[[bytes], str | None]


@pytest.fixture
def code(w3: Web3, deployed: Artifact) -> bytes:
    return bytes(w3.eth.get_code(Web3.to_checksum_address(deployed.address)))


@pytest.fixture
def difference(compiled: Compiled, deployed: Artifact) -> Difference:
    genesis = bytes.fromhex(deployed.genesis[2:])

    def of(code: bytes) -> str | None:
        return code_difference(
            code,
            compiled=compiled.runtime_code,
            address=deployed.address,
            genesis=genesis,
            parameters=deployed.parameters(),
        )

    return of


def test_code_difference__as_deployed__none(code: bytes, difference: Difference) -> None:
    assert difference(code) is None


def test_code_difference__no_code__says_so(difference: Difference) -> None:
    assert difference(b"") == "there is no code"


def test_code_difference__one_byte_more__says_so(code: bytes, difference: Difference) -> None:
    assert difference(code + b"\0") == f"{len(code) + 1} bytes, compiled are {len(code)}"


def test_code_difference__any_other_byte__is_noticed(code: bytes, difference: Difference) -> None:
    for place in range(0, len(code), 101):
        other = bytearray(code)
        other[place] ^= 1
        assert difference(bytes(other)) is not None


def test_code_difference__immutable_of_another_value__names_it(
    code: bytes, compiled: Compiled, difference: Difference
) -> None:
    for place in immutable_places(compiled.runtime_code):
        other = bytearray(code)
        other[place + 31] ^= 1
        assert str(difference(bytes(other))).startswith(f"the immutable at byte {place} is 0x")


def test_immutable_places__compiled_code__all_are_filled_on_the_chain(code: bytes, compiled: Compiled) -> None:
    places = immutable_places(compiled.runtime_code)
    assert len(places) >= 11
    assert all(code[place : place + 32] != bytes(32) for place in places)
