"""URLs of reports, below `/api/`."""

from django.urls import path

from report.api.entries import EntryListView, EntrySignatureView, EntryView
from report.api.views import CommentListView, ReportDetailView, ReportListView

urlpatterns = [
    path("reports/", ReportListView.as_view(), name="reports"),
    path("reports/<str:tracking_id>/", ReportDetailView.as_view(), name="report"),
    path("reports/<str:tracking_id>/comments/", CommentListView.as_view(), name="report-comments"),
    path("blockchain/entries/", EntryListView.as_view(), name="entries"),
    path("blockchain/entries/<str:entry_id>/", EntryView.as_view(), name="entry"),
    path("blockchain/entries/<str:entry_id>/signature/", EntrySignatureView.as_view(), name="entry-signature"),
]
