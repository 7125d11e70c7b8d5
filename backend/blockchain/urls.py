"""URLs of everything about the chain, below `/api/blockchain/`."""

from django.urls import include, path

from blockchain.api.audit_trail import AuditTrailView
from blockchain.api.evidence import EvidenceContentView, EvidenceListView, EvidenceVerifyView
from blockchain.api.health import HealthView
from blockchain.api.status import ReportStatusView

report_urlpatterns = [
    path("status/", ReportStatusView.as_view(), name="report-status"),
    path("audit-trail/", AuditTrailView.as_view(), name="report-audit-trail"),
    path("evidence/", EvidenceListView.as_view(), name="report-evidence"),
    path("evidence/verify/", EvidenceVerifyView.as_view(), name="report-evidence-verify"),
    path("evidence/<int:pk>/content/", EvidenceContentView.as_view(), name="report-evidence-content"),
]

urlpatterns = [
    path("health/", HealthView.as_view(), name="health"),
    path("reports/<str:tracking_id>/", include(report_urlpatterns)),
]
