"""URLs of reports, below `/api/`."""

from django.urls import include, path

from blockchain.urls import complaint_urlpatterns
from report.api.entries import EntryListView, EntrySignatureView, EntryView
from report.api.views import CommentListView, ReportDetailView, ReportListView
from report.services import SOURCE

urlpatterns = [
    path("reports/", ReportListView.as_view(), name="reports"),
    path("reports/<str:tracking_id>/", ReportDetailView.as_view(), name="report"),
    path("reports/<str:tracking_id>/comments/", CommentListView.as_view(), name="report-comments"),
    path("blockchain/reports/<str:external_id>/", include((complaint_urlpatterns, "report")), {"source": SOURCE}),
    path("blockchain/entries/", EntryListView.as_view(), name="entries"),
    path("blockchain/entries/<str:entry_id>/", EntryView.as_view(), name="entry"),
    path("blockchain/entries/<str:entry_id>/signature/", EntrySignatureView.as_view(), name="entry-signature"),
]
