from django.apps import AppConfig


class ReportConfig(AppConfig):
    name = "report"

    def ready(self) -> None:
        from report import restoring  # noqa: F401  # listens to recoveries
