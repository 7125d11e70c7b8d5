"""Events of the contract's access control: who was granted or revoked what, and who is to become the admin."""

import operator
import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from eth_utils import to_checksum_address

from blockchain.protocol.keccak import keccak
from blockchain.protocol.kinds import Role
from blockchain.protocol.links import LogError

ADMIN: Final = "DEFAULT_ADMIN_ROLE"
ROLE_NAMES: Final = {"0x" + keccak(role.value.encode()).hex(): role.value for role in Role} | {"0x" + "00" * 32: ADMIN}
# By event: what its topics after the first are. OpenZeppelin's AccessControl and AccessControlDefaultAdminRules.
_EVENTS: Final = {
    "RoleGranted(bytes32,address,address)": ("role", "account", "sender"),
    "RoleRevoked(bytes32,address,address)": ("role", "account", "sender"),
    "RoleAdminChanged(bytes32,bytes32,bytes32)": ("role", "", ""),
    "DefaultAdminTransferScheduled(address,uint48)": ("account",),
    "DefaultAdminTransferCanceled()": (),
    "DefaultAdminDelayChangeScheduled(uint48,uint48)": (),
    "DefaultAdminDelayChangeCanceled()": (),
}
_BY_TOPIC: Final = {
    "0x" + keccak(signature.encode()).hex(): (signature.partition("(")[0], names)
    for signature, names in _EVENTS.items()
}
ROLE_TOPICS: Final = tuple(_BY_TOPIC)
GRANTED: Final = "RoleGranted"
_WORD = re.compile("0x[0-9a-f]{64}")


class RoleEvent(NamedTuple):
    """One event, with where it was found. Names are empty where the event has none."""

    event: str
    role: str
    account: str
    sender: str
    tx_hash: str
    block_number: int
    block_hash: str
    log_index: int


_place = operator.attrgetter("block_number", "log_index")


def roles_of_logs(logs: Iterable[dict[str, Any]], *, address: str) -> list[RoleEvent]:
    """The events of access control in raw logs of the contract at `address`, in order. Raises `LogError`."""
    wanted, found = address.lower(), []
    try:
        for log in logs:
            topics = log["topics"]
            known = _BY_TOPIC.get(topics[0]) if topics else None
            if known is None or log["address"].lower() != wanted or log.get("removed"):
                continue
            event, names = known
            words = [_word(topic) for topic in topics[1:]]
            values = dict(zip(names, words, strict=True))
            number, index = int(log["blockNumber"], 16), int(log["logIndex"], 16)
            if number >> 63 or index >> 31:
                raise LogError("no place in a chain")
            role = values.get("role", "")
            found.append(
                RoleEvent(
                    event,
                    ROLE_NAMES.get(role, role),
                    _address(values.get("account")),
                    _address(values.get("sender")),
                    _word(log["transactionHash"]),
                    number,
                    _word(log["blockHash"]),
                    index,
                )
            )
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise LogError(f"a log of the contract's roles can't be decoded: {error!r}") from None
    return sorted(found, key=_place)


def _word(value: str) -> str:
    if not _WORD.fullmatch(lower := value.lower()):
        raise LogError("no 32 bytes")
    return lower


def _address(word: str | None) -> str:
    return str(to_checksum_address("0x" + word[-40:])) if word else ""
