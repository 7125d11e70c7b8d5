"""URLs of the backend."""

from django.contrib import admin
from django.urls import include, path

from accounts.views import admin_login
from report_hub.built_pages import built_page
from report_hub.home import home
from report_hub.statistics_page import statistics

admin.site.site_header = admin.site.site_title = "ComplaintRegistry"
admin.site.index_title = "Administration"

urlpatterns = [
    path("", home, name="home"),
    path("verify/", built_page("verify.html"), name="verify"),
    path("verify/online/", built_page("verify-online.html"), name="verify-online"),
    path("file/", built_page("file.html"), name="file"),
    path("statistics/", statistics, name="statistics"),
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
