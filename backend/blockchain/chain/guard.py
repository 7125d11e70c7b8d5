"""Refuses to work with the wrong chain: chain id, history and code are those of the deployment artifact."""

from eth_hash.auto import keccak

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, WrongChain


def history_check(registry: Registry) -> None:
    """Raises `WrongChain` if the node's block 0 is not the deployment's: another node took its place."""
    wanted, genesis = registry.deployment, registry.node.block(0)
    if genesis is None:
        raise ChainUnavailable("the node has no block 0")
    if genesis["hash"] != wanted.genesis_hash:
        raise WrongChain(f"the node's history is not the deployment's: its block 0 is not {wanted.genesis_hash}")


def chain_check(registry: Registry) -> None:
    """Raises `WrongChain` with one clear line, or `ChainUnavailable` if the node does not answer."""
    wanted, node = registry.deployment, registry.node
    chain_id = node.chain_id()
    if chain_id != wanted.chain_id:
        raise WrongChain(f"the node is on chain {chain_id}, the deployment on chain {wanted.chain_id}")
    history_check(registry)
    code = node.code(wanted.address)
    if not code:
        raise WrongChain(f"there is no contract at {wanted.address}")
    if "0x" + keccak(code).hex() != wanted.code_hash:
        raise WrongChain(f"the code at {wanted.address} is not the deployment's")
