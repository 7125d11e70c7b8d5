"""A real chain with the real contract: one anvil with fixed times, so that every run makes the same blocks."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from eth_abi.abi import encode
from eth_account import Account

import receipt as r

ROOT: Final = Path(__file__).resolve().parents[3]
BUILT: Final = ROOT / ".build" / "__local__.json"
START: Final = 1_795_000_000  # Unix seconds, of block 0
DAY: Final = 86_400
DEFAULT_SLA: Final = 30 * DAY
INTERVAL: Final = DAY
MAX_LEVEL: Final = 3
# Accounts of anvil's mnemonic, by what they do.
RELAY, ADMIN, INTAKE, COMPLAINANT, STRANGER = range(5)
MNEMONIC: Final = "test test test test test test test test test test test junk"


def key_of(account: int) -> int:
    """The private key of an account."""
    Account.enable_unaudited_hdwallet_features()
    return int.from_bytes(Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{account}").key)


def salt_of(label: str) -> bytes:
    """A salt that every run has again."""
    return r.keccak(f"salt of {label}".encode())


def compiled() -> dict[str, Any]:
    """The contract as Ape compiled it; compiled now if there is nothing, or nothing as new as the sources."""
    sources = [path.stat().st_mtime for path in (ROOT / "contracts").rglob("*.sol")]
    if not BUILT.exists() or BUILT.stat().st_mtime < max(sources):
        environment = os.environ | {"SOLCX_BINARY_PATH": str(ROOT / "tools" / "toolchain")}
        subprocess.run(["ape", "compile"], cwd=ROOT, env=environment, check=True)
        BUILT.touch()
    found: dict[str, Any] = json.loads(BUILT.read_text())["contractTypes"]["ComplaintRegistry"]
    return found


@contextmanager
def anvil(*options: str) -> Iterator[r.Node]:
    """A node on a free port."""
    command = ["anvil", "--port", "0", "--timestamp", str(START), "--prune-history=100000", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Listening on "):
                break
        # A full pipe would stop the node.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield r.Node("http://" + line.removeprefix("Listening on ").strip())
    finally:
        process.terminate()
        process.wait(20)


@dataclass
class Chain:
    """The contract on a node. `time`: of the newest block, Unix seconds."""

    node: r.Node
    accounts: list[str]
    deployment: r.Deployment
    time: int

    @classmethod
    def deployed(cls, node: r.Node, *, default_sla: int = DEFAULT_SLA) -> "Chain":
        """Deploys the contract. The relay has all roles, the intake key its own."""
        contract = compiled()
        accounts = node.ask("eth_accounts")
        relay, admin, intake = accounts[RELAY], accounts[ADMIN], accounts[INTAKE]
        values = [admin, 0, [relay, intake], [relay], [relay], default_sla, INTERVAL, MAX_LEVEL]
        inputs = next(item["inputs"] for item in contract["abi"] if item["type"] == "constructor")
        code = "0x" + contract["deploymentBytecode"]["bytecode"].removeprefix("0x")
        time = r._quantity(node.ask("eth_getBlockByNumber", "latest", False)["timestamp"], "time") + 12
        node.ask("evm_setNextBlockTimestamp", time)
        data = code + encode([item["type"] for item in inputs], values).hex()
        done = node.ask("eth_sendTransactionSync", {"from": admin, "data": data, "gas": hex(16_000_000)})
        address = bytes.fromhex(done["contractAddress"][2:])
        genesis = node.call(address, r.selector("GENESIS()"))[:22]
        chain_id = node.number("eth_chainId")
        deployment = r.Deployment(chain_id, address, genesis, default_sla, INTERVAL, MAX_LEVEL)
        return cls(node, accounts, deployment, time)

    def send(self, sender: int, data: bytes, *, after: int = 12) -> None:
        """A transaction to the contract, `after` seconds after the newest block."""
        self.time += after
        self.node.ask("evm_setNextBlockTimestamp", self.time)
        request = {"from": self.accounts[sender], "to": r.hex0x(self.deployment.contract), "data": r.hex0x(data)}
        done = self.node.ask("eth_sendTransactionSync", request | {"gas": hex(2_000_000)})
        assert done["status"] == "0x1", request

    def mine(self, *, after: int = 12) -> None:
        """An empty block."""
        self.time += after
        self.node.ask("evm_setNextBlockTimestamp", self.time)
        self.node.ask("anvil_mine", "0x1")

    def address(self, account: int) -> bytes:
        return bytes.fromhex(self.accounts[account][2:])

    def set_role(self, role: str, account: int, *, has: bool) -> None:
        """The admin grants or revokes a role."""
        words = r.keccak(role.encode()) + self.address(account).rjust(32, b"\0")
        self.send(ADMIN, r.selector(("grantRole" if has else "revokeRole") + "(bytes32,address)") + words)

    def file_others(self, count: int) -> None:
        """Other complaints, so that the storage is a tree of some depth."""
        for i in range(count):
            words = r.keccak(f"other {i}".encode()) + r.word(0) + r.keccak(b"data") + r.word(0)
            self.send(RELAY, r.selector("logComplaintEvent(bytes32,uint8,bytes32,uint24)") + words)


def payload(kind: int, at: int, **more: Any) -> dict[str, Any]:
    """A payload that the schemas allow; `at` in Unix seconds."""
    moment = r.datetime.fromtimestamp(at, r.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"v": 2, "type": r.KINDS[kind], "occurred_at": moment, "by": "u-7", "witnessed": True, **more}


@dataclass
class Complaint:
    """One complaint, and what its complainant keeps of it."""

    chain: Chain
    label: str
    complainant: bytes = bytes(20)
    openings: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    promises: list[dict[str, Any]] = field(default_factory=list)
    proofs: list[dict[str, Any]] = field(default_factory=list)
    nonce: int = 0

    def __post_init__(self) -> None:
        self.tracking_id = "TRACK" + self.label.upper()
        self.created = self.commit(r.CREATED, changes={"title": [None, f"Übler Geruch, {self.label}"]})
        self.subject = r.subject_of(self.tracking_id, self.id_salt, self.created)
        self.id = r.keccak(self.subject + self.complainant.rjust(32, b"\0"))

    @property
    def id_salt(self) -> bytes:
        return salt_of("id " + self.label)

    def commit(self, kind: int, **more: Any) -> bytes:
        """The commitment to a fresh payload, whose opening is kept."""
        body = payload(kind, self.chain.time, **more)
        salt = salt_of(f"{self.label} {len(self.openings)}")
        data = r.keccak(salt + r.jcs(body))
        self.openings[data] = {"salt": r.hex0x(salt), "payload": body}
        return data

    def file(self, *, data: bytes | None = None, after: int = 12) -> None:
        """Records the filing, by the relay."""
        self.log(r.CREATED, self.created if data is None else data, after=after)

    def log(self, kind: int, data: bytes, *, after: int = 12) -> None:
        """Records a link with a payload."""
        words = self.id + r.word(kind) + data + r.word(self.nonce)
        self._send("logComplaintEvent(bytes32,uint8,bytes32,uint24)", words, after=after)

    def add(self, kind: int, *, after: int = 12, **more: Any) -> bytes:
        """Commits and records; the commitment."""
        data = self.commit(kind, **more)
        if kind == r.EVIDENCE_ANCHORED:
            self._send("anchorEvidence(bytes32,bytes32,uint24)", self.id + data + r.word(self.nonce), after=after)
        else:
            self.log(kind, data, after=after)
        return data

    def hold(self, *, after: int = 12) -> None:
        self._send("pauseSLA(bytes32,uint24)", self.id + r.word(self.nonce), after=after)

    def resume(self, *, after: int = 12) -> None:
        self._send("resumeSLA(bytes32,uint24)", self.id + r.word(self.nonce), after=after)

    def set_deadline(self, deadline: int) -> None:
        words = self.id + r.word(deadline) + r.word(self.nonce)
        self._send("setSLADeadline(bytes32,uint256,uint24)", words)

    def escalate(self, *, after: int) -> None:
        """A stranger records the misses."""
        self.chain.send(STRANGER, r.selector("checkAndEscalate(bytes32)") + self.id, after=after)

    def object(self, text: str) -> None:
        """The complainant's objection number 0, sent by a stranger."""
        data = self.commit(r.OBJECTED, objection=text)
        digest = r.objection_digest(self.chain.deployment, self.id, data, 0)
        signature = r.signed(digest, key_of(COMPLAINANT))
        calldata = r.objection_calldata(self.subject, self.complainant, data, 0, signature)
        self.chain.send(STRANGER, calldata)

    def _send(self, function: str, words: bytes, *, after: int = 12) -> None:
        self.chain.send(RELAY, r.selector(function) + words, after=after)
        self.nonce += 1

    def promise(self, *, data: bytes | None = None, by: int = INTAKE, valid_until: int = r.FOREVER) -> None:
        """The operator's signed CREATED."""
        signer = self.chain.address(by)
        made = r.Promise(True, r.CREATED, data or self.created, signer, valid_until, b"")
        signature = r.signed(r.promise_digest(self.chain.deployment, self.id, made), key_of(by))
        self.promises.append(
            {
                "kind": "entry",
                "type": r.CREATED,
                "data": r.hex0x(made.data),
                "nonce": 0,
                "head": r.hex0x(bytes(22)),
                "actor": r.hex0x(signer),
                "valid_until": valid_until,
                "signature": r.hex0x(signature),
            }
        )

    def acknowledge(self, kind: int, data: bytes, *, by: int = INTAKE) -> None:
        """The operator's signed acknowledgement, accepted now."""
        signer = self.chain.address(by)
        made = r.Promise(False, kind, data, signer, self.chain.time, b"")
        signature = r.signed(r.promise_digest(self.chain.deployment, self.id, made), key_of(by))
        self.promises.append(
            {
                "kind": "acknowledgement",
                "type": kind,
                "data": r.hex0x(data),
                "accepted_at": self.chain.time,
                "signer": r.hex0x(signer),
                "signature": r.hex0x(signature),
            }
        )

    def prove(self, *more: dict[str, Any]) -> str:
        """Keeps a proof at the newest block; the block's hash."""
        proof, header = r.proof_made(self.chain.node, self.chain.deployment, self.id, more)
        self.proofs.append(proof)
        return r.hex0x(header.hash)

    def role(self, account: int = INTAKE, role: str = "INTAKE_ROLE") -> dict[str, Any]:
        """The slot of a role."""
        return {"of": "role", "role": role, "account": r.hex0x(self.chain.address(account))}

    def receipt(self, *, is_opened: bool = True) -> dict[str, Any]:
        """The receipt of what was recorded and proved until now."""
        own = self.chain.deployment
        last = self.chain.node.number("eth_blockNumber")
        links = r.links_read(self.chain.node, own.contract, self.id, 0, last)
        recorded = [link["data"] for link in links]
        opened = {
            "tracking_id": self.tracking_id,
            "salt": r.hex0x(self.id_salt),
            "complainant": r.hex0x(self.complainant),
            "links": self._opened(links),
            "promises": {
                number: each
                for number, each in self._opened(self.promises).items()
                if self.promises[int(number) - 1]["data"] not in recorded
            },
        }
        return {
            "format": r.FORMAT,
            "version": 1,
            "critical": [],
            "deployment": {
                "chain_id": own.chain_id,
                "contract": r.hex0x(own.contract),
                "genesis": r.hex0x(own.genesis),
                "default_sla": own.default_sla,
                "escalation_interval": own.escalation_interval,
                "max_escalation_level": own.max_escalation_level,
            },
            "complaint": {"id": r.hex0x(self.id)},
            "links": links,
            "proofs": list(self.proofs),
            "promises": list(self.promises),
            "headers": [],
            "openings": opened if is_opened else {},
        }

    def _opened(self, things: list[dict[str, Any]]) -> dict[str, Any]:
        known = {r.hex0x(data): opening for data, opening in self.openings.items()}
        return {str(i): known[each["data"]] for i, each in enumerate(things, 1) if each["data"] in known}
