"""What nodes say when a transaction offers too little: texts as they are on record, and what they ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockchain.relay.refusals import NO_DEMAND, Demand, demand_of

ADDRESS = "0x8db97C7cEcE249c2b98bDC0226Cc4C2A57BF52FC"
SAID: dict[str, tuple[str, Demand | None]] = {
    "geth": ("transaction underpriced: gas tip cap 1000000000, minimum needed 25000000000", Demand(tip=25 * 10**9)),
    "geth_new": ("transaction gas price below minimum: gas tip cap 1, minimum needed 30", Demand(tip=30)),
    "bsc": ("transaction underpriced: tip needed 3000000000, tip permitted 1000000000", Demand(tip=3 * 10**9)),
    "op": ("transaction underpriced: tip needed 1, tip permitted 0", Demand(tip=1)),
    "reth": ("transaction priority fee below minimum required priority fee 1000", Demand(tip=1000)),
    "coreth_tip": (
        f"transaction underpriced: address {ADDRESS} have gas tip cap (225) < pool gas tip cap (470)",
        Demand(tip=470),
    ),
    "coreth_fee": (
        f"transaction underpriced: address {ADDRESS} have gas fee cap (225) < pool minimum fee cap (470)",
        Demand(base_fee=470),
    ),
    "base_fee": (
        f"max fee per gas less than block base fee: address {ADDRESS}, maxFeePerGas: 120, baseFee: 144",
        Demand(base_fee=144),
    ),
    "base_fee_old": (
        f"err: max fee per gas less than block base fee: address {ADDRESS}, maxFeePerGas: 1 baseFee: 13 "
        "(supplied gas 15010499)",
        Demand(base_fee=13),
    ),
    "ethermint": ("the tx gasfeecap is lower than the tx baseFee: 10 (gasfeecap), 20 (basefee)", Demand(base_fee=20)),
    "nethermind": (
        "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 50, BaseFee: 100, MaxPriorityFeePerGas:200, Block number: 5",
        Demand(base_fee=100),
    ),
    "nethermind_tip": ("FeeTooLow, EffectivePriorityFeePerGas too low 10 < 20, BaseFee: 30", Demand(tip=20)),
    "nethermind_full": (
        "FeeTooLow, FeePerGas needs to be higher than 100 to be added to the TxPool. Affordable FeePerGas of rejected "
        "tx: 50.",
        Demand(price=101),
    ),
    "openethereum": (
        "Transaction gas price is too low. It does not satisfy your node's minimal gas price (minimal: 100 got: 50). "
        "Try increasing the gas price.",
        Demand(price=100),
    ),
    "metis": (
        "gas price too low: 18000000000 wei, use at least tx.gasPrice = 19500000000 wei",
        Demand(price=19_500_000_000),
    ),
    "hedera": (
        "Gas price '830000000000' is below configured minimum gas price '950000000000'",
        Demand(price=950 * 10**9),
    ),
    "replacement": ("replacement transaction underpriced", Demand(twice=True)),
    "replacement_besu": ("Replacement transaction underpriced", Demand(twice=True)),
    "replacement_nethermind": ("ReplacementNotAllowed", Demand(twice=True)),
    "replacement_klaytn": ("there is another tx which has the same nonce in the tx pool", Demand(twice=True)),
    "bor": ("transaction underpriced", NO_DEMAND),
    "erigon": ("fee too low", NO_DEMAND),
    "besu": ("Gas price below configured minimum gas price", NO_DEMAND),
    "arbitrum": ("gas price too low", NO_DEMAND),
    "nethermind_bare": ("FeeTooLowToCompete", NO_DEMAND),
    "zksync": ("max fee per gas less than block base fee", NO_DEMAND),
    "known": ("already known", None),
    "nonce": ("nonce too low: address 0x1, tx: 5 state: 7", None),
    "gas": ("intrinsic gas too low", None),
    "block_gas": ("exceeds block gas limit", None),
    "funds": ("insufficient funds for gas * price + value: balance 4, tx cost 5, overshot 1", None),
    "fee_cap": ("tx fee (1.10 ether) exceeds the configured cap (1.00 ether)", None),
}


@pytest.mark.parametrize("client", SAID)
def test_demand_of__what_clients_say__the_number_that_is_wanted(client: str) -> None:
    text, expected = SAID[client]
    assert demand_of(text) == expected


@given(st.text(max_size=300))
def test_demand_of__any_text__never_fails(text: str) -> None:
    assert demand_of(text) in (None, NO_DEMAND) or demand_of(text).is_named


@given(st.integers(0, 10**25), st.integers(0, 10**25))
def test_demand_of__any_numbers__the_one_that_is_needed(has: int, needed: int) -> None:
    assert demand_of(f"transaction underpriced: gas tip cap {has}, minimum needed {needed}") == Demand(tip=needed)
    assert demand_of(f"transaction underpriced: tip needed {needed}, tip permitted {has}") == Demand(tip=needed)
