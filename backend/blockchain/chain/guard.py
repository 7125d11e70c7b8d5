"""Refuses to work with the wrong chain: chain id, history and code are those of the deployment artifact."""

from typing import Any

from eth_hash.auto import keccak

from blockchain.chain.contract import Registry
from blockchain.chain.errors import ChainUnavailable, NodeError, WrongChain
from blockchain.protocol.hashing import hex0x


def chain_check(registry: Registry) -> None:
    """Raises `WrongChain` with one clear line, or `ChainUnavailable` if the node does not answer."""
    wanted, node = registry.deployment, registry.node
    blocks = [("eth_getBlockByNumber", [number, False]) for number in ("0x0", "latest")]
    answers = node.batch([("eth_chainId", []), *blocks, ("eth_getCode", [wanted.address, "latest"])])
    for answer in (answers[0], *answers[2:]):
        if isinstance(answer, NodeError):
            raise answer
    chain_id, head, code = int(answers[0], 16), answers[2], bytes.fromhex(answers[3][2:])
    if chain_id != wanted.chain_id:
        raise WrongChain(f"the node is on chain {chain_id}, the deployment on chain {wanted.chain_id}")
    if head is None:
        raise ChainUnavailable("the node has no blocks")
    history_check(registry, answers[1])
    if not code:
        if int(head["number"], 16) < wanted.block_number:
            raise ChainUnavailable("the node has not reached the block of the deployment yet")
        # Behind a load balancer, the latest block of the node that has answered may be an earlier one.
        code = bytes.fromhex(node.request("eth_getCode", wanted.address, head["number"])[2:])
    if not code:
        raise WrongChain(f"there is no contract at {wanted.address}")
    # It has GENESIS in it, and so the hash of the block before the deployment.
    if "0x" + keccak(code).hex() != wanted.code_hash:
        raise WrongChain(f"the code at {wanted.address} is not the deployment's")


def history_check(registry: Registry, oldest: Any) -> None:
    """Compares the node's answer for block 0, `oldest`, with the deployment's. Raises `WrongChain`.

    Many nodes have no block 0 (any more). There the contract itself tells of which history it is: its GENESIS commits
    to the hash of the block before its deployment. Raises `ChainUnavailable` if the node can't tell that either.
    """
    wanted = registry.deployment
    if isinstance(oldest, dict):
        if oldest["hash"] != wanted.genesis_hash:
            raise WrongChain(f"the node's history is not the deployment's: its block 0 is not {wanted.genesis_hash}")
        return
    try:
        (genesis,) = registry.call("GENESIS")
    except NodeError as error:
        raise ChainUnavailable(
            f"the node has no block 0, and does not answer the contract's GENESIS: {error}"
        ) from None
    if hex0x(genesis) != wanted.genesis:
        raise WrongChain(f"the node's history is not the deployment's: the contract's GENESIS is not {wanted.genesis}")


def chain_check_any(registry: Registry) -> Registry:
    """The contract on the first node that passes the check; those on another chain are left alone.

    Raises `WrongChain` if none is on the right one, `ChainUnavailable` if one that may be does not answer.
    """
    unavailable: ChainUnavailable | None = None
    wrong: WrongChain | None = None
    for on in (registry, *registry.others()):
        try:
            chain_check(on)
        except ChainUnavailable as error:
            unavailable = unavailable or error
        except NodeError as error:
            on.node.standing.fault()
            unavailable = unavailable or ChainUnavailable(f"the node refuses to answer: {error.message}")
        except WrongChain as error:
            on.node.standing.wrong()
            wrong = wrong or error
        else:
            return on
    raise unavailable or wrong or ChainUnavailable("no node")
