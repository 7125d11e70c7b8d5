"""What the protocol computes, against what the contract says."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blockchain.protocol.calldata import record_batch
from blockchain.protocol.links import Link, genesis, link_hash, links_of_logs, skips_of_logs
from tests.chain_fixtures import Chain
from tests.protocol.links import links

HEAD = b"\x13" * 22
on_chain = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@on_chain
@given(links)
def test_link_hash__any_link__is_the_contracts(chain: Chain, link: Link) -> None:
    arguments = (
        HEAD,
        bytes.fromhex(link.complaint_id[2:]),
        link.sequence,
        link.event_type,
        link.actor,
        link.timestamp,
        bytes.fromhex(link.data[2:]),
    )
    assert chain.registry.call("linkHash", *arguments) == (link_hash(head=HEAD, link=link),)


def test_genesis__of_the_deployment__is_the_contracts(chain: Chain) -> None:
    deployed = chain.registry.deployment
    parent = chain.anvil.rpc("eth_getBlockByNumber", hex(deployed.block_number - 1), False)["hash"]
    computed = genesis(chain_id=deployed.chain_id, address=deployed.address, parent_hash=parent)
    assert chain.registry.call("GENESIS") == (computed,)
    assert deployed.genesis_head == computed


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0, 3, 4, 7, 15]), st.integers(0, 3)), max_size=6))
def test_links_and_skips_of_logs__any_batch__are_all_its_entries(
    chain: Chain, batch: list[tuple[int, int, int]]
) -> None:
    snapshot = chain.anvil.rpc("evm_snapshot")
    try:
        entries = [
            Link("0x" + f"{number:064x}", 1, event_type, "0x", 1, "0x" + f"{index:064x}", "", nonce, "", 0)
            for index, (number, event_type, nonce) in enumerate(batch)
        ]
        data = record_batch(
            [_Entry(each.complaint_id, each.data, each.event_type, each.block_number) for each in entries]
        )
        receipt = chain.anvil.send(to=chain.address, data=data, sender=chain.relay_account)
        landed = links_of_logs(receipt["logs"], address=chain.address)
        skipped = skips_of_logs(receipt["logs"], address=chain.address)
        found = [(link.log_index, link.complaint_id) for link in landed]
        found += [(skip.log_index, skip.complaint_id) for skip in skipped]
        assert [complaint_id for _, complaint_id in sorted(found)] == [each.complaint_id for each in entries]
        assert {link.actor for link in landed} <= {chain.relay_account}
    finally:
        chain.anvil.rpc("evm_revert", snapshot)


class _Entry:
    def __init__(self, complaint_id: str, data: str, event_type: int, nonce: int) -> None:
        self.complaint_id, self.data, self.event_type, self.nonce = complaint_id, data, event_type, nonce
