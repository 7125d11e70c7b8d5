from django.apps import AppConfig


class ReportConfig(AppConfig):
    name = "report"
    verbose_name = "Reports"

    def ready(self) -> None:
        from report import entry_changes, restoring  # noqa: F401  # they listen to landings and recoveries
