"""The chain, the evidence store and the service level agreements."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from report_hub.settings.environment import BASE_DIR, DATA_DIR, env

BLOCKCHAIN_HOST = {"BACKEND": "report.host.ReportHost"}

# The nodes (report_hub.settings.nodes has their authentication) and the contract
BLOCKCHAIN_NODE_URLS = env.list("BLOCKCHAIN_NODE_URLS", default=["http://127.0.0.1:8545"])
BLOCKCHAIN_RPC_TIMEOUT = env.float("BLOCKCHAIN_RPC_TIMEOUT", default=10.0)  # seconds, for connect and for read
BLOCKCHAIN_DEPLOYMENT = Path(
    env.str("BLOCKCHAIN_DEPLOYMENT", default=str(BASE_DIR / "deployments" / "local.json")),
)

# The relay
BLOCKCHAIN_PRIVATE_KEY = env.str("BLOCKCHAIN_PRIVATE_KEY", default="")  # hex, secret
BLOCKCHAIN_CONFIRMATIONS = env.int("BLOCKCHAIN_CONFIRMATIONS", default=12)  # blocks on top of the one that mined
# "confirmations", or a block tag of the chain: "safe" or "finalized"
BLOCKCHAIN_FINALITY = env.str("BLOCKCHAIN_FINALITY", default="confirmations")
if BLOCKCHAIN_FINALITY not in ("confirmations", "safe", "finalized"):
    raise ImproperlyConfigured("BLOCKCHAIN_FINALITY must be confirmations, safe or finalized")
BLOCKCHAIN_GAS_LIMIT = env.int("BLOCKCHAIN_GAS_LIMIT", default=15_000_000)  # gas per transaction, EIP-7825 below 2^24
BLOCKCHAIN_GAS_MARGIN = env.float("BLOCKCHAIN_GAS_MARGIN", default=1.25)  # times the estimate
BLOCKCHAIN_MAX_FEE_GWEI = env.float("BLOCKCHAIN_MAX_FEE_GWEI", default=200.0)  # gwei per gas, never exceeded
# The tip follows the market between these, in gwei per gas.
BLOCKCHAIN_MIN_TIP_GWEI = env.float("BLOCKCHAIN_MIN_TIP_GWEI", default=0.001)
BLOCKCHAIN_MAX_TIP_GWEI = env.float("BLOCKCHAIN_MAX_TIP_GWEI", default=50.0)
BLOCKCHAIN_DAILY_LIMIT_ETHER = env.float("BLOCKCHAIN_DAILY_LIMIT_ETHER", default=0.0)  # in 24 hours; 0: no limit
BLOCKCHAIN_BUMP_AFTER = env.int("BLOCKCHAIN_BUMP_AFTER", default=90)  # seconds unmined before fees are raised
BLOCKCHAIN_RELAY_IN_FLIGHT = env.int("BLOCKCHAIN_RELAY_IN_FLIGHT", default=4)  # open transactions, at most
BLOCKCHAIN_RELAY_INTERVAL = env.float("BLOCKCHAIN_RELAY_INTERVAL", default=1.0)  # seconds between idle looks
BLOCKCHAIN_LEASE_SECONDS = env.int("BLOCKCHAIN_LEASE_SECONDS", default=60)  # a dead relay's key is free after this
BLOCKCHAIN_RETRY_BASE = env.float("BLOCKCHAIN_RETRY_BASE", default=2.0)  # seconds, doubling
BLOCKCHAIN_RETRY_CAP = env.float("BLOCKCHAIN_RETRY_CAP", default=300.0)  # seconds
# Signs the promises of web servers, with which complainants can record their filings alone. Hex, secret; empty: no
# promises.
BLOCKCHAIN_INTAKE_KEY = env.str("BLOCKCHAIN_INTAKE_KEY", default="")

# The indexer
# The relay command reads events this often; with Celery, beat does. Seconds.
BLOCKCHAIN_SYNC_INTERVAL = env.float("BLOCKCHAIN_SYNC_INTERVAL", default=5.0)
# All complaints are compared with the contract this often, by the relay command or with Celery by beat. Seconds.
BLOCKCHAIN_RECONCILE_INTERVAL = env.float("BLOCKCHAIN_RECONCILE_INTERVAL", default=3_600.0)
# Storage proofs for receipts are taken this often, by the relay command or with Celery by beat. Seconds; 0: never, and
# then there are no receipts.
BLOCKCHAIN_PROOF_INTERVAL = env.float("BLOCKCHAIN_PROOF_INTERVAL", default=300.0)
BLOCKCHAIN_SCAN_RANGE = env.int("BLOCKCHAIN_SCAN_RANGE", default=2_000)  # blocks per eth_getLogs, at most

# Health: red above these
HEALTH_MAX_PENDING_SECONDS = env.int("HEALTH_MAX_PENDING_SECONDS", default=900)
HEALTH_MAX_INDEXER_LAG = env.int("HEALTH_MAX_INDEXER_LAG", default=150)  # blocks behind the confirmed head
# Seconds since the newest block; 0 for a chain that makes blocks only when there are transactions.
HEALTH_MAX_HEAD_AGE_SECONDS = env.int("HEALTH_MAX_HEAD_AGE_SECONDS", default=600)
HEALTH_RPC_TIMEOUT = env.float("HEALTH_RPC_TIMEOUT", default=3.0)  # seconds that the health page waits for the node
HEALTH_MIN_BALANCE_ETHER = env.float("HEALTH_MIN_BALANCE_ETHER", default=0.05)

# Service levels, in seconds. The contract sets its default at filing; the first assignment sets that of the priority.
SLA_PRIORITY_SECONDS = {
    "low": env.int("SLA_LOW_SECONDS", default=14 * 86_400),
    "normal": env.int("SLA_NORMAL_SECONDS", default=7 * 86_400),
    "high": env.int("SLA_HIGH_SECONDS", default=3 * 86_400),
    "urgent": env.int("SLA_URGENT_SECONDS", default=1 * 86_400),
}
for name, seconds in SLA_PRIORITY_SECONDS.items():
    # The contract accepts no deadline further ahead than 3,650 days; one day less, since its clock is the block's.
    if not 0 < seconds < 3650 * 86_400 - 86_400:
        raise ImproperlyConfigured(f"SLA_{name.upper()}_SECONDS must be between 1 second and 3,649 days")
# Seconds between searches for breaches, by the relay command or with Celery by beat.
SLA_CHECK_INTERVAL = env.float("SLA_CHECK_INTERVAL", default=900.0)

# Quotas of each user or system: filings, comments and objections per time, and the most writes that may wait.
RECORDING_QUOTAS = {
    "complainant": {
        "filings": env.str("QUOTA_FILINGS", default="20/hour"),
        "comments": env.str("QUOTA_COMMENTS", default="60/hour"),
        "objections": env.str("QUOTA_OBJECTIONS", default="10/hour"),
        "pending": env.int("QUOTA_PENDING", default=200),
    },
    "staff": {
        "filings": env.str("QUOTA_STAFF_FILINGS", default="200/hour"),
        "comments": env.str("QUOTA_STAFF_COMMENTS", default="1000/hour"),
        "objections": env.str("QUOTA_STAFF_OBJECTIONS", default="100/hour"),
        "pending": env.int("QUOTA_STAFF_PENDING", default=5_000),
    },
    "system": {
        "filings": env.str("QUOTA_SYSTEM_FILINGS", default="10000/hour"),
        "comments": env.str("QUOTA_SYSTEM_COMMENTS", default="20000/hour"),
        "objections": env.str("QUOTA_SYSTEM_OBJECTIONS", default="1000/hour"),
        "pending": env.int("QUOTA_SYSTEM_PENDING", default=20_000),
    },
}

# Evidence
EVIDENCE_ROOT = Path(env.str("EVIDENCE_ROOT", default=str(DATA_DIR / "evidence")))
EVIDENCE_MAX_BYTES = env.int("EVIDENCE_MAX_BYTES", default=100 * 1024 * 1024)
IPFS_API_URL = env.str("IPFS_API_URL", default="")  # empty: the local folder
EVIDENCE_STORE = {"BACKEND": f"blockchain.evidence.{'kubo.kubo_store' if IPFS_API_URL else 'local.local_store'}"}
IPFS_API_AUTH = env.str("IPFS_API_AUTH", default="")  # "basic:USER:PASSWORD" or "bearer:TOKEN". Secret.
IPFS_API_TIMEOUT = env.float("IPFS_API_TIMEOUT", default=60.0)  # seconds
IPFS_PUBLIC_GATEWAY = env.str("IPFS_PUBLIC_GATEWAY", default="")  # empty: evidence stays private
