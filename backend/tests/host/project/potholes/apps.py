"""Potholes record themselves, by signals."""

from django.apps import AppConfig


class PotholesConfig(AppConfig):
    name = "potholes"

    def ready(self) -> None:
        from blockchain.protocol.kinds import EventType
        from blockchain.tracking import track
        from potholes.models import Pothole

        kinds = {"filled": EventType.RESOLVED, "due": EventType.SLA_DEADLINE_SET}

        def kind(field: str, old: object, new: object) -> EventType:
            return kinds.get(str(new), EventType.STATUS_UPDATED) if field == "state" else EventType.STATUS_UPDATED

        track(
            Pothole,
            source="potholes",
            external_id="number",
            fields=("street", "state"),
            kinds=kind,
            by=lambda pothole: str(pothole.reporter_id),
        )
