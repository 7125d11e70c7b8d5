"""Others on the chain: strangers who record breaches, complainants who object, a recorder who works against us."""

from dataclasses import dataclass
from typing import Any

from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

from blockchain.models import Complaint
from blockchain.protocol import hashing, typed_data
from blockchain.protocol.kinds import EventType, Role
from tests.chain_fixtures import Chain

# The complainant's own key, who is nobody to the backend and to the node.
OBJECTOR = Account.from_key("0x" + "0b" * 32)
GAS = 3_000_000
# More than the relay pays, so that they come first in a block.
FIRST = {"maxPriorityFeePerGas": hex(10**11), "maxFeePerGas": hex(10**12)}


@dataclass
class Strangers:
    """Each sends a transaction and does not wait for it; what the contract refuses is mined as reverted."""

    chain: Chain

    def escalation(self, *complaint_ids: str) -> dict[str, Any]:
        """A transaction that puts the breaches of complaints on record."""
        return self._call("batchCheckAndEscalate", [hashing.unhex(each) for each in complaint_ids])

    def objection(self, complaint: Complaint, *, number: int | None = None) -> dict[str, Any]:
        """A transaction with the complainant's next objection, or with that of this `number`."""
        if number is None:
            number = self.chain.registry.complaints([complaint.complaint_id])[complaint.complaint_id].objections
        data = keccak(encode(["uint256"], [number]))
        typed = typed_data.objection_typed_data(
            self.chain.registry.deployment.domain,
            complaint_id=complaint.complaint_id,
            data=hashing.hex0x(data),
            number=number,
        )
        signature = bytes(OBJECTOR.sign_message(encode_typed_data(full_message=typed)).signature)
        subject = hashing.subject_of(
            salt=hashing.unhex(complaint.salt),
            tracking_id=complaint.external_id,
            created_data=hashing.unhex(complaint.writes.get(nonce=0).data),
        )
        return self._call("logObjection", subject, OBJECTOR.address, data, number, signature)

    def entry(self, complaint_id: str, event_type: EventType, nonce: int, *, sender: str) -> dict[str, Any]:
        """A transaction with an entry that nobody here accepted, by somebody who has the role."""
        entry = (hashing.unhex(complaint_id), keccak(complaint_id.encode()), event_type, nonce)
        return self._call("recordBatch", [entry], sender=sender)

    def role(self, name: str, role: Role, account: str) -> dict[str, Any]:
        """A transaction with which the admin grants (`grantRole`) or revokes (`revokeRole`) a role."""
        return self._call(name, keccak(role.value.encode()), account, sender=self.chain.admin)

    def send(self, transaction: dict[str, Any]) -> str:
        """Its hash."""
        tx_hash: str = self.chain.anvil.rpc("eth_sendTransaction", transaction)
        return tx_hash

    def _call(self, name: str, *arguments: Any, sender: str | None = None) -> dict[str, Any]:
        data = "0x" + self.chain.registry.encode(name, *arguments).hex()
        return {"from": sender or self.chain.stranger, "to": self.chain.address, "data": data, "gas": hex(GAS), **FIRST}
