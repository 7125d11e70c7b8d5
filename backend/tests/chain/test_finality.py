"""The number of the newest final block, from headers alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockchain.chain.errors import ChainUnavailable
from blockchain.chain.finality import CONFIRMATIONS, TAGS, final_block_number, final_call, final_number
from blockchain.conf import settings as own_settings

heights = st.integers(0, 2**40)


class TagNode:
    """A node whose tagged block is the one that it was made with."""

    def __init__(self, tagged: dict[str, Any] | None) -> None:
        self.tagged, self.asked = tagged, list[str]()

    def block(self, tag: str) -> dict[str, Any] | None:
        self.asked.append(tag)
        return self.tagged


def header(number: int) -> dict[str, Any]:
    return {"number": hex(number)}


@given(heights)
def test_final_number__confirmations__so_many_blocks_below_the_head(head: int) -> None:
    assert own_settings.BLOCKCHAIN_FINALITY == CONFIRMATIONS
    assert final_number(head=header(head), tagged=header(head)) == head - own_settings.BLOCKCHAIN_CONFIRMATIONS
    assert final_number(head=header(head), tagged=None) == head - own_settings.BLOCKCHAIN_CONFIRMATIONS


@pytest.mark.parametrize(("confirmations", "expected"), [(0, 5), (1, 4), (6, -1)])
def test_final_number__young_chain__negative_if_there_is_none(settings: Any, confirmations: int, expected: int) -> None:
    settings.BLOCKCHAIN_CONFIRMATIONS = confirmations
    assert final_number(head=header(5), tagged=None) == expected
    assert final_call() == ("eth_getBlockByNumber", ["latest", False])


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize(("head", "tagged"), [(100, 68), (100, 100), (100, 101), (0, 0)])
def test_final_number__tag__that_block_but_none_above_the_head(settings: Any, tag: str, head: int, tagged: int) -> None:
    settings.BLOCKCHAIN_FINALITY = tag
    assert final_number(head=header(head), tagged=header(tagged)) == min(head, tagged)
    assert final_call() == ("eth_getBlockByNumber", [tag, False])


@pytest.mark.parametrize("tag", TAGS)
def test_final_number__node_without_such_a_block__is_unavailable(settings: Any, tag: str) -> None:
    settings.BLOCKCHAIN_FINALITY = tag
    with pytest.raises(ChainUnavailable, match=f"the node has no {tag} block"):
        final_number(head=header(7), tagged=None)


def test_final_block_number__tag__asks_for_it_and_confirmations_for_nothing(settings: Any) -> None:
    node: Any = TagNode(header(3))
    assert final_block_number(node, head_number=20) == 8
    assert node.asked == []
    settings.BLOCKCHAIN_FINALITY = "safe"
    assert final_block_number(node, head_number=20) == 3
    assert node.asked == ["safe"]
