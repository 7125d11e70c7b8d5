"""URLs of the backend."""

from django.contrib import admin
from django.urls import include, path

from accounts.views import admin_login
from report_hub.home import home

admin.site.site_header = admin.site.site_title = "ComplaintRegistry"
admin.site.index_title = "Administration"

urlpatterns = [
    path("", home, name="home"),
    path("admin/login/", admin_login),
    path("admin/", admin.site.urls),
    path("api/", include("accounts.urls")),
    path("api/", include("report.urls")),
    path("api/blockchain/", include("blockchain.urls")),
    path("api/", include("report_hub.openapi_urls")),
]

handler400 = "blockchain.common.problem_details.bad_request"
handler403 = "blockchain.common.problem_details.permission_denied"
handler404 = "blockchain.common.problem_details.page_not_found"
handler500 = "blockchain.common.problem_details.server_error"
