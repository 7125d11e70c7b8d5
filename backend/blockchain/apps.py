from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, register


class BlockchainConfig(AppConfig):
    """The app for everything about the chain. Its label, table prefix and URL namespace are unlikely to clash."""

    name = "blockchain"
    label = "complaint_registry"
    verbose_name = "Complaint registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from blockchain.proofs import publication  # noqa: F401  # listens to the indexer
        from blockchain.recovery import thawing  # noqa: F401  # listens to the indexer

        register(_settings_check, "complaint_registry")


def _settings_check(**options: Any) -> list[CheckMessage]:
    from blockchain.checks import settings_check  # imported late: it loads the signers, and web servers run no checks

    return settings_check(**options)
