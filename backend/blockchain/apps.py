from django.apps import AppConfig


class BlockchainConfig(AppConfig):
    name = "blockchain"

    def ready(self) -> None:
        from blockchain.outbox import signals  # noqa: F401  connects the handlers
