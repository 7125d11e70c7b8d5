"""Settings of the registry with their defaults; a project sets what differs. Required: `BLOCKCHAIN_DEPLOYMENT`.

Secrets have no default but "none": BLOCKCHAIN_PRIVATE_KEY (the relay's, hex), BLOCKCHAIN_INTAKE_KEY (signs promises),
BLOCKCHAIN_NODE_HEADER ("Name: value" for the node), IPFS_API_AUTH ("basic:USER:PASSWORD" or "bearer:TOKEN").
"""

from pathlib import Path
from typing import Any, Final

from django.conf import settings as django_settings


def _local_signer(setting: str) -> dict[str, Any]:
    return {"BACKEND": "blockchain.chain.signers.local.local_signer", "OPTIONS": {"setting": setting}}


DEFAULTS: Final[dict[str, Any]] = {
    # A `blockchain.host.Host`: who may see a complaint, and what the project's own record says.
    "BLOCKCHAIN_HOST": {"BACKEND": "blockchain.host.Host"},
    # The node and the contract. Seconds, for connecting and for reading.
    "BLOCKCHAIN_NODE_URL": "http://127.0.0.1:8545",
    "BLOCKCHAIN_NODE_HEADER": "",
    "BLOCKCHAIN_RPC_TIMEOUT": 10.0,
    "BLOCKCHAIN_DEPLOYMENT": Path("deployment.json"),
    # Who signs: for the relay, and what web servers promise.
    "BLOCKCHAIN_SIGNER": _local_signer("BLOCKCHAIN_PRIVATE_KEY"),
    "BLOCKCHAIN_INTAKE_SIGNER": _local_signer("BLOCKCHAIN_INTAKE_KEY"),
    # The relay. "confirmations", or a block tag of the chain: "safe" or "finalized".
    "BLOCKCHAIN_PRIVATE_KEY": "",
    "BLOCKCHAIN_INTAKE_KEY": "",
    "BLOCKCHAIN_CONFIRMATIONS": 12,
    "BLOCKCHAIN_FINALITY": "confirmations",
    # Gas of a transaction; times the estimate; gwei per gas; seconds unmined before fees are raised; open transactions.
    "BLOCKCHAIN_GAS_LIMIT": 15_000_000,
    "BLOCKCHAIN_GAS_MARGIN": 1.25,
    "BLOCKCHAIN_MAX_FEE_GWEI": 200.0,
    "BLOCKCHAIN_PRIORITY_FEE_GWEI": 1.5,
    "BLOCKCHAIN_BUMP_AFTER": 90,
    "BLOCKCHAIN_RELAY_IN_FLIGHT": 4,
    # Seconds.
    "BLOCKCHAIN_RELAY_INTERVAL": 1.0,
    "BLOCKCHAIN_LEASE_SECONDS": 60,
    "BLOCKCHAIN_RETRY_BASE": 2.0,
    "BLOCKCHAIN_RETRY_CAP": 300.0,
    "BLOCKCHAIN_SYNC_INTERVAL": 5.0,
    "SLA_CHECK_INTERVAL": 900.0,
    # Blocks per eth_getLogs, at most.
    "BLOCKCHAIN_SCAN_RANGE": 2_000,
    # Health is red above these: seconds, blocks, seconds (0: don't look), seconds; and below this.
    "HEALTH_MAX_PENDING_SECONDS": 900,
    "HEALTH_MAX_INDEXER_LAG": 150,
    "HEALTH_MAX_HEAD_AGE_SECONDS": 600,
    "HEALTH_RPC_TIMEOUT": 3.0,
    "HEALTH_MIN_BALANCE_ETHER": 0.05,
    # Evidence: a folder, or a Kubo node ("blockchain.evidence.kubo.kubo_store", with the settings IPFS_API_...).
    "EVIDENCE_STORE": {"BACKEND": "blockchain.evidence.local.local_store"},
    "EVIDENCE_ROOT": Path("evidence"),
    # Bytes of a file; files and bytes of a user in a time.
    "EVIDENCE_MAX_BYTES": 100 * 1024**2,
    "EVIDENCE_UPLOAD_RATE": "20/hour",
    "EVIDENCE_BYTES_PER_HOUR": 1024**3,
    # What each may have recorded: filings and comments in a time; writes that wait to be recorded, at most.
    "RECORDING_QUOTAS": {
        "complainant": {"filings": "20/hour", "comments": "60/hour", "pending": 200},
        "staff": {"filings": "200/hour", "comments": "1000/hour", "pending": 5_000},
        "system": {"filings": "10000/hour", "comments": "20000/hour", "pending": 20_000},
    },
    "IPFS_API_URL": "",
    "IPFS_API_AUTH": "",
    "IPFS_API_TIMEOUT": 60.0,
    "IPFS_PUBLIC_GATEWAY": "",
}


class _Settings:
    """The project's settings, and the defaults of those that it leaves out."""

    def __getattr__(self, name: str) -> Any:
        if name not in DEFAULTS:
            return getattr(django_settings, name)
        default = DEFAULTS[name]
        value = getattr(django_settings, name, default)
        # Projects write paths as text as well.
        return Path(value) if isinstance(default, Path) else value


settings = _Settings()
