"""URLs of everything about the chain: `path("api/blockchain/", include("blockchain.urls"))`."""

from django.urls import include, path, re_path

from blockchain.api.audit_trail import AuditTrailView
from blockchain.api.events import EventBatchView, EventView
from blockchain.api.evidence import EvidenceContentView, EvidenceEventView, EvidenceListView, EvidenceVerifyView
from blockchain.api.health import HealthView
from blockchain.api.objections import ObjectionListView
from blockchain.api.receipts import PublicProofsView, ReceiptView
from blockchain.api.statistics import StatisticsView
from blockchain.api.status import StatusView

app_name = "complaint_registry"

# URLs of one complaint, by `source` and `external_id`; a project may also mount them below its own URLs.
complaint_urlpatterns = [
    path("status/", StatusView.as_view(), name="status"),
    path("audit-trail/", AuditTrailView.as_view(), name="audit-trail"),
    path("objections/", ObjectionListView.as_view(), name="objections"),
    path("receipt/", ReceiptView.as_view(), name="receipt"),
    path("evidence/", EvidenceListView.as_view(), name="evidence"),
    path("evidence/verify/", EvidenceVerifyView.as_view(), name="evidence-verify"),
    path("evidence/<uuid:public_id>/content/", EvidenceContentView.as_view(), name="evidence-content"),
]

urlpatterns = [
    path("health/", HealthView.as_view(), name="health"),
    path("statistics/", StatisticsView.as_view(), name="statistics"),
    path("proofs/<str:complaint_id>/", PublicProofsView.as_view(), name="proofs"),
    path("complaints/<str:source>/<str:external_id>/", include(complaint_urlpatterns)),
    re_path(
        r"^complaints/(?P<source>[^/]+)/(?P<external_id>[^/]+)/events/(?P<event_id>[^/]+)/?$",
        EventView.as_view(),
        name="event",
    ),
    re_path(
        r"^complaints/(?P<source>[^/]+)/(?P<external_id>[^/]+)/evidence/(?P<event_id>[^/]+)/?$",
        EvidenceEventView.as_view(),
        name="evidence-event",
    ),
    path("events/", EventBatchView.as_view(), name="events"),
]
