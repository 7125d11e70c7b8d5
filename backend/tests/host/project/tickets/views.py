"""The city's own API."""

from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from blockchain.recording import RecordingRefused
from tickets import services
from tickets.models import Ticket


@api_view(["POST"])
@permission_classes([IsAuthenticated])
def ticket_list(request: Request) -> Response:
    ticket = services.ticket_file(citizen=request.user, subject=request.data["subject"])
    return Response({"reference": ticket.reference, "complaint_id": ticket.complaint.complaint_id}, status=201)


@api_view(["POST"])
@permission_classes([IsAdminUser])
def ticket_assign(request: Request, reference: str) -> Response:
    return _changed(services.ticket_assign, request, reference)


@api_view(["POST"])
@permission_classes([IsAdminUser])
def ticket_resolve(request: Request, reference: str) -> Response:
    return _changed(services.ticket_resolve, request, reference)


def _changed(service, request: Request, reference: str) -> Response:
    get_object_or_404(Ticket, reference=reference)
    try:
        ticket = service(reference=reference, officer=request.user)
    except RecordingRefused as error:
        return Response({"detail": str(error)}, status=409)
    return Response({"reference": ticket.reference, "state": ticket.state})
