"""Is the code on the chain the compiled code? Byte for byte, but for the immutables, whose values are all known."""

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tools.deployment.compiled import CONTRACT
from tools.deployment.parameters import Parameters

# EIP-712 domain of the contract.
VERSION = "2"
DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"

PUSH1, PUSH32 = 0x60, 0x7F
WORD = 32


def code_difference(
    code: bytes, *, compiled: bytes, address: str, genesis: bytes, parameters: Parameters
) -> str | None:
    """What keeps `code` from being `compiled`, deployed at `address` with `parameters`; `None` if nothing does.

    `genesis` is what the contract answers. It is not computed from a header, since `blockhash` is not the header's hash
    on every chain.
    """
    if not code:
        return "there is no code"
    if len(code) != len(compiled):
        return f"{len(code)} bytes, compiled are {len(compiled)}"
    places = immutable_places(compiled)
    expected = immutable_values(address=address, genesis=genesis, parameters=parameters)
    masked = bytearray(code)
    for place in places:
        if (value := code[place : place + WORD]) not in expected:
            return f"the immutable at byte {place} is 0x{value.hex()}"
        masked[place : place + WORD] = bytes(WORD)
    if masked != compiled:
        first = next(index for index, (ours, theirs) in enumerate(zip(compiled, masked, strict=True)) if ours != theirs)
        return f"differs from byte {first} on"
    return None


def immutable_places(compiled: bytes) -> list[int]:
    """Where the immutables go: the compiler leaves a PUSH32 of zeros for each use, and makes no other."""
    places = []
    index = 0
    while index < len(compiled):
        size = compiled[index] - PUSH1 + 1 if PUSH1 <= compiled[index] <= PUSH32 else 0
        if size == WORD and compiled[index + 1 : index + 1 + WORD] == bytes(WORD):
            places.append(index + 1)
        index += 1 + size
    return places


def immutable_values(*, address: str, genesis: bytes, parameters: Parameters) -> frozenset[bytes]:
    """Every immutable's value as a word: the contract's own four, and those that OpenZeppelin's EIP712 caches."""
    chain_id = parameters.chain_id
    name, version = keccak(text=CONTRACT), keccak(text=VERSION)
    domain = encode(
        ["bytes32", "bytes32", "bytes32", "uint256", "address"],
        [keccak(DOMAIN_TYPE), name, version, chain_id, address],
    )
    return frozenset(
        [
            genesis.ljust(WORD, b"\0"),
            _number(parameters.default_sla),
            _number(parameters.escalation_interval),
            _number(parameters.max_escalation_level),
            _number(chain_id),
            _number(int(address, 16)),
            keccak(domain),
            name,
            version,
            _short_string(CONTRACT),
            _short_string(VERSION),
        ]
    )


def _number(value: int) -> bytes:
    return value.to_bytes(WORD, "big")


def _short_string(text: str) -> bytes:
    """OpenZeppelin's ShortString: the text from the left, its length in the last byte."""
    return text.encode().ljust(WORD - 1, b"\0") + bytes([len(text)])
