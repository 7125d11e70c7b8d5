"""Who acts in the tests. Each is one of the node's unlocked development accounts, by name instead of number."""

from dataclasses import astuple, dataclass

from eth_utils import to_checksum_address

from tests.support.node import Node


@dataclass(frozen=True)
class Actors:
    """Checksummed addresses, no two alike."""

    deployer: str  # deploys, and has no role
    admin: str  # default admin, and nothing else
    intake: str  # files, and nothing else
    recorder: str
    second_recorder: str
    sla_manager: str
    operator: str  # has all three roles, as the key of a relay
    signer: str  # has all three roles, signs and never sends
    relayer: str  # has no role, sends what others signed
    complainant: str  # has no role; the complaints of these tests are bound to this address
    stranger: str  # has no role
    successor: str  # may become the admin
    newcomer: str  # gets a role during a test

    @classmethod
    def of(cls, node: Node) -> "Actors":
        """The node's accounts, in their order."""
        accounts = [to_checksum_address(account) for account in node.rpc("eth_accounts")]
        actors = cls(*accounts[: len(cls.__dataclass_fields__)])
        assert len(set(astuple(actors))) == len(cls.__dataclass_fields__)
        return actors

    def holders(self, role: str) -> tuple[str, ...]:
        """Who has a role in the registry of these tests; `role` by its name."""
        everything = (self.operator, self.signer)
        return {
            "INTAKE_ROLE": (self.intake, *everything),
            "RECORDER_ROLE": (self.recorder, self.second_recorder, *everything),
            "SLA_MANAGER_ROLE": (self.sla_manager, *everything),
        }[role]
