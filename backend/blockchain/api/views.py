"""The base of views about one complaint. The project decides who may see the complaint."""

from django.http import Http404
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from blockchain.api.service_auth import ServiceAuthentication
from blockchain.common.views import RegistryView
from blockchain.host import host
from blockchain.models import Complaint
from blockchain.systems.tokens import Service


class ComplaintView(RegistryView):
    """Base of the views whose URL names a complaint, by `source` and `external_id`.

    A system may see the complaints of its own source; the project decides who else may.
    """

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [ServiceAuthentication(), *super().get_authenticators()]

    def complaint(self, request: Request, *, source: str, external_id: str) -> Complaint:
        """The complaint, if the caller may see it. Raises `Http404`."""
        if isinstance(request.user, Service):
            return _of_service(request.user, source=source, external_id=external_id)
        return host().complaint(user=request.user, source=source, external_id=external_id)


def _of_service(service: Service, *, source: str, external_id: str) -> Complaint:
    found = Complaint.objects.select_related("chain_state").named(source=source, external_id=external_id)
    if found is None or found.source != service.source:
        raise Http404("There is no such complaint, or it belongs to another source.")
    return found
