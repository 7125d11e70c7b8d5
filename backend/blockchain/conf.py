"""Settings of the registry with their defaults; a project sets those that differ. Required: `BLOCKCHAIN_DEPLOYMENT`.

Secrets are empty by default: BLOCKCHAIN_PRIVATE_KEY (the relay's, hex), BLOCKCHAIN_INTAKE_KEY (signs promises),
BLOCKCHAIN_NODE_HEADER ("Name: value" for the node), IPFS_API_AUTH ("basic:USER:PASSWORD" or "bearer:TOKEN").
"""

from pathlib import Path
from typing import Any, Final

from django.conf import settings as django_settings


def _local_signer(setting: str) -> dict[str, Any]:
    return {"BACKEND": "blockchain.chain.signers.local.local_signer", "OPTIONS": {"setting": setting}}


DEFAULTS: Final[dict[str, Any]] = {
    # A subclass of `blockchain.host.Host`, which decides who may see a complaint and reads the project's own record.
    "BLOCKCHAIN_HOST": {"BACKEND": "blockchain.host.Host"},
    # The nodes and the contract: URLs of JSON-RPC in the order of preference, and of sockets (ws) that tell of new
    # blocks; for each of the former a backend of `blockchain.chain.auth`, or None. The timeout is in seconds, for
    # connecting and for reading.
    "BLOCKCHAIN_NODE_URLS": ["http://127.0.0.1:8545"],
    "BLOCKCHAIN_NODE_AUTH": [],
    "BLOCKCHAIN_NODE_HEADER": "",
    "BLOCKCHAIN_RPC_TIMEOUT": 10.0,
    "BLOCKCHAIN_DEPLOYMENT": Path("deployment.json"),
    # The signers of the relay's transactions and of the web servers' promises.
    "BLOCKCHAIN_SIGNER": _local_signer("BLOCKCHAIN_PRIVATE_KEY"),
    "BLOCKCHAIN_INTAKE_SIGNER": _local_signer("BLOCKCHAIN_INTAKE_KEY"),
    # Seconds that a signer on another machine may take, and after which a key that can be exchanged is looked up again.
    "BLOCKCHAIN_SIGNER_TIMEOUT": 5.0,
    "BLOCKCHAIN_SIGNER_REFRESH": 300.0,
    # The relay. "confirmations", or a block tag of the chain: "safe" or "finalized".
    "BLOCKCHAIN_PRIVATE_KEY": "",
    "BLOCKCHAIN_INTAKE_KEY": "",
    "BLOCKCHAIN_CONFIRMATIONS": 12,
    "BLOCKCHAIN_FINALITY": "confirmations",
    # Gas per transaction; factor on the estimate; gwei per gas, tip included; gwei per gas of the tip, at least and at
    # most; ether in 24 hours, 0 for no limit; seconds until fees are raised; open transactions.
    "BLOCKCHAIN_GAS_LIMIT": 15_000_000,
    "BLOCKCHAIN_GAS_MARGIN": 1.25,
    "BLOCKCHAIN_MAX_FEE_GWEI": 200.0,
    "BLOCKCHAIN_MIN_TIP_GWEI": 0.001,
    "BLOCKCHAIN_MAX_TIP_GWEI": 50.0,
    "BLOCKCHAIN_DAILY_LIMIT_ETHER": 0.0,
    "BLOCKCHAIN_BUMP_AFTER": 90,
    "BLOCKCHAIN_RELAY_IN_FLIGHT": 4,
    # Seconds.
    "BLOCKCHAIN_RELAY_INTERVAL": 1.0,
    "BLOCKCHAIN_LEASE_SECONDS": 60,
    "BLOCKCHAIN_RETRY_BASE": 2.0,
    "BLOCKCHAIN_RETRY_CAP": 300.0,
    "BLOCKCHAIN_SYNC_INTERVAL": 5.0,
    "SLA_CHECK_INTERVAL": 900.0,
    "BLOCKCHAIN_RECONCILE_INTERVAL": 3_600.0,
    # Seconds between rounds of storage proofs; 0: none are taken, so that there are no receipts.
    "BLOCKCHAIN_PROOF_INTERVAL": 300.0,
    # The most blocks per eth_getLogs.
    "BLOCKCHAIN_SCAN_RANGE": 2_000,
    # Health is red above these: seconds, blocks, seconds (0: not checked), seconds; and below this balance.
    "HEALTH_MAX_PENDING_SECONDS": 900,
    "HEALTH_MAX_INDEXER_LAG": 150,
    "HEALTH_MAX_HEAD_AGE_SECONDS": 600,
    "HEALTH_RPC_TIMEOUT": 3.0,
    "HEALTH_MIN_BALANCE_ETHER": 0.05,
    # Evidence: a folder, or a Kubo node ("blockchain.evidence.kubo.kubo_store", with the settings IPFS_API_...).
    "EVIDENCE_STORE": {"BACKEND": "blockchain.evidence.local.local_store"},
    "EVIDENCE_ROOT": Path("evidence"),
    # Bytes per file; files per user and time; bytes per user and hour.
    "EVIDENCE_MAX_BYTES": 100 * 1024**2,
    "EVIDENCE_UPLOAD_RATE": "20/hour",
    "EVIDENCE_BYTES_PER_HOUR": 1024**3,
    # Quotas: filings, comments and objections per time, and the most writes that may wait to be recorded.
    "RECORDING_QUOTAS": {
        "complainant": {"filings": "20/hour", "comments": "60/hour", "objections": "10/hour", "pending": 200},
        "staff": {"filings": "200/hour", "comments": "1000/hour", "objections": "100/hour", "pending": 5_000},
        "system": {"filings": "10000/hour", "comments": "20000/hour", "objections": "1000/hour", "pending": 20_000},
    },
    "IPFS_API_URL": "",
    "IPFS_API_AUTH": "",
    "IPFS_API_TIMEOUT": 60.0,
    "IPFS_PUBLIC_GATEWAY": "",
}


class _Settings:
    """The project's settings, with defaults for those that it leaves out."""

    def __getattr__(self, name: str) -> Any:
        if name not in DEFAULTS:
            return getattr(django_settings, name)
        default = DEFAULTS[name]
        value = getattr(django_settings, name, default)
        # Projects may write paths as text.
        return Path(value) if isinstance(default, Path) else value


settings = _Settings()
