"""Refuses to work with the wrong chain: chain id, history and code are those of the deployment artifact."""

from eth_hash.auto import keccak

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, WrongChain


def chain_check(registry: Registry) -> None:
    """Raises `WrongChain` with one clear line, or `ChainUnavailable` if the node does not answer."""
    wanted, node = registry.deployment, registry.node
    blocks = [("eth_getBlockByNumber", [number, False]) for number in ("0x0", "latest")]
    answers = node.batch_strict([("eth_chainId", []), *blocks, ("eth_getCode", [wanted.address, "latest"])])
    chain_id, genesis, head, code = int(answers[0], 16), *answers[1:3], bytes.fromhex(answers[3][2:])
    if chain_id != wanted.chain_id:
        raise WrongChain(f"the node is on chain {chain_id}, the deployment on chain {wanted.chain_id}")
    if genesis is None or head is None:
        raise ChainUnavailable("the node has no blocks")
    if genesis["hash"] != wanted.genesis_hash:
        raise WrongChain(f"the node's history is not the deployment's: its block 0 is not {wanted.genesis_hash}")
    if not code:
        if int(head["number"], 16) < wanted.block_number:
            raise ChainUnavailable("the node has not reached the block of the deployment yet")
        raise WrongChain(f"there is no contract at {wanted.address}")
    if "0x" + keccak(code).hex() != wanted.code_hash:
        raise WrongChain(f"the code at {wanted.address} is not the deployment's")
