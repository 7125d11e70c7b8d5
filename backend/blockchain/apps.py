from django.apps import AppConfig


class BlockchainConfig(AppConfig):
    """Everything about the chain. The label, the table prefix and the URL namespace clash with nobody's."""

    name = "blockchain"
    label = "complaint_registry"
    verbose_name = "Complaint registry"
