"""URLs of the city's project: its own, and the registry's, also below its tickets."""

from django.urls import include, path
from tickets import views

from blockchain.urls import complaint_urlpatterns

urlpatterns = [
    path("tickets/", views.ticket_list),
    path("tickets/<str:reference>/assign/", views.ticket_assign),
    path("tickets/<str:reference>/resolve/", views.ticket_resolve),
    path("tickets/<str:external_id>/", include((complaint_urlpatterns, "tickets")), {"source": "tickets"}),
    path("api/blockchain/", include("blockchain.urls")),
]
