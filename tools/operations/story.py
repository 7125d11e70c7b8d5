"""The checks between the document's commands, and the steps that a reader does by hand."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.operations.admin import NODE_URL, ether_send
from tools.operations.document import Block
from tools.operations.errors import OperationsError
from tools.operations.resident import Resident
from tools.operations.shell import Shell

HOST = "complaints.example.org"
USERNAME, PASSWORD = "resident", "a-password-of-the-test"
ARTIFACT, RECEIPT = "deployment.json", "receipt.json"
SERVICES = ("complaint-web", "complaint-relay")
RECOVER = (
    "1. Stop",
    "3. Make a new key",
    "4. Move the roles",
    "5. Bring the database in line with the chain",
    "7. Start",
)

# (section, number of the block in it, from 1)
Place = tuple[str, int]


class Story:
    """The hooks of a run, by place. `root` is the new machine's file system."""

    def __init__(self, *, machine: Shell, root: Path, source: str, blocks_run: Callable[[Sequence[str]], None]) -> None:
        self._machine, self._root, self._blocks_run = machine, root, blocks_run
        self._first: dict[str, Any] = {}
        self._lost: dict[str, Any] = {}
        self._recovered = False
        self.values: Mapping[str, Callable[[], str]] = {
            "REPOSITORY": lambda: source,
            "HOST": lambda: HOST,
            "NODE_URL": lambda: NODE_URL,
            "ARTIFACT": lambda: f"/root/{ARTIFACT}",
            "NETWORK": lambda: NODE_URL,
            "RELAY": lambda: self._said("complaint-manage addresses relay"),
            "INTAKE": lambda: self._said("complaint-manage addresses intake"),
            "NEW_INTAKE": lambda: self._said("BLOCKCHAIN_INTAKE_SIGNER_KEY=$NEW_KEY complaint-manage addresses intake"),
            "OLD_RELAY": lambda: self._said('echo "$OLD_RELAY"'),
            "OLD_INTAKE": lambda: self._said('echo "$OLD_INTAKE"'),
            "RECEIPT": lambda: f"/root/{RECEIPT}",
        }
        self.before: Mapping[Place, Callable[[], None]] = {
            ("Roles", 1): self._ether,
            ("4. Move the roles", 1): self._ether,
            ("SQLite", 1): self._sqlite,
        }
        self.after: Mapping[Place, Callable[[], None]] = {
            ("Users", 1): self._user,
            ("TLS", 2): self._installed,
            ("Log files", 1): self._rotated,
            ("Replace the intake key", 3): lambda: self._works("after a new intake key"),
            ("Keep a key in a file", 1): lambda: self._works("with the intake key in a file"),
            ("Keep a key in a file", 5): lambda: self._works("after the key in the file was replaced"),
            ("Backup", 1): self._after_backup,
            ("6. Take lost filings back in", 1): self._found_again,
            ("7. Start", 1): self._recovery_ended,
            ("Upgrade", 1): lambda: self._works("after an upgrade"),
            ("Celery", 1): self._celery,
            ("Celery", 3): lambda: self._works("with the relay again"),
        }

    def end(self) -> None:
        """The checks at the end of the run."""
        self._machine.run(f"systemctl is-active {' '.join(SERVICES)} mariadb nginx")
        self._machine.run("! journalctl --no-pager | grep -A20 Traceback")
        self._machine.run("logrotate --force /etc/logrotate.d/complaint-registry")
        # The admin was handed over, which is an alarm until somebody says that it was meant.
        self._machine.run("sleep 30; complaint-manage role_changes --acknowledge all --username first-superuser")
        self._works("after the log was rotated")
        self._machine.run(
            "test -s /var/log/complaint-registry/blockchain.log -a -s /var/log/complaint-registry/blockchain.log.1"
        )

    def _said(self, command: str) -> str:
        return self._machine.run(command).strip()

    def _ether(self) -> None:
        ether_send(self._said("complaint-manage addresses relay"))

    def _user(self) -> None:
        self._machine.run(
            f"PASSWORD={PASSWORD} complaint-manage ensure_user --username {USERNAME} --password-env PASSWORD"
        )

    def _resident(self) -> Resident:
        certificate = self._root / "etc/ssl/certs/complaints.pem"
        return Resident(f"https://{HOST}", certificate=certificate).logged_in(USERNAME, PASSWORD)

    def _works(self, when: str) -> None:
        """Checks that a new complaint reaches the chain, and that health is green."""
        resident = self._resident()
        filed = resident.file(f"Filed {when}")
        resident.landed(filed["tracking_id"])
        resident.all_up()

    def _installed(self) -> None:
        self._machine.run("systemd-analyze verify /etc/systemd/system/complaint-*.service")
        self._machine.run(f"systemctl is-enabled {' '.join(SERVICES)}")
        resident = self._resident()
        self._first = resident.file("Filed before the backup")
        resident.evidence(self._first["tracking_id"], b"Dear Sir or Madam")
        resident.landed(self._first["tracking_id"])
        # Only the service can read its settings, and none of its processes runs as root.
        self._machine.run("! runuser -u nobody -- cat /etc/complaint-registry/env")
        self._machine.run('test "$(ps -o user= -p "$(systemctl show -P MainPID complaint-web)")" = complaint')

    def _rotated(self) -> None:
        self._machine.run("! logrotate --debug /etc/logrotate.d/complaint-registry 2>&1 | grep -i error")

    def _after_backup(self) -> None:
        """Records data that the backup does not contain."""
        resident = self._resident()
        resident.comment(self._first["tracking_id"], "Commented after the backup.")
        self._lost = resident.file("Filed after the backup")
        for receipt in (self._first, self._lost):
            resident.landed(receipt["tracking_id"])
        (self._root / "root" / RECEIPT).write_text(json.dumps(self._lost))

    def _found_again(self) -> None:
        printed = self._machine.run("complaint-manage reconcile")
        if "not in this database" in printed:
            raise OperationsError(f"the lost filing was not taken back in: {printed}")

    def _recovery_ended(self) -> None:
        self._works("after a recovery")
        resident = self._resident()
        for receipt in (self._first, self._lost):
            resident.comment(receipt["tracking_id"], "Commented after a recovery.")
            resident.landed(receipt["tracking_id"])
        if not self._recovered:
            self._recovered = True
            # Repeats the procedure, to rotate a key.
            self._blocks_run(RECOVER)

    def _sqlite(self) -> None:
        self._machine.run("DATABASE_URL=sqlite:////var/lib/complaint-registry/db.sqlite3 complaint-manage migrate")

    def _celery(self) -> None:
        self._machine.run("systemd-analyze verify /etc/systemd/system/complaint-*.service")
        self._works("with Celery")
        self._machine.run("systemctl is-active complaint-worker complaint-beat complaint-listener")


def sections(blocks: Sequence[Block]) -> dict[Place, Block]:
    """Each block by its place."""
    found: dict[Place, Block] = {}
    for block in blocks:
        number = sum(place[0] == block.section for place in found) + 1
        found[block.section, number] = block
    return found
