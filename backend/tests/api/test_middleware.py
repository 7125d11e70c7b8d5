"""What holds for every answer of the API."""

import pytest

from tests.fixtures.reports import FILED


def test_slash_forgotten__redirected_with_method_and_body(complainant_client):
    response = complainant_client.post("/api/reports", FILED, format="json")
    assert (response.status_code, response["Location"]) == (308, "/api/reports/")


@pytest.mark.parametrize("path", ["/api/reports/", "/api/users/me/", "/api/nothing/"])
def test_answers_of_the_api__any__are_not_to_be_stored(complainant_client, path):
    assert complainant_client.get(path)["Cache-Control"] == "no-store"


def test_answers_of_the_api__any__are_not_to_be_sniffed_or_framed(complainant_client):
    response = complainant_client.get("/api/reports/")
    assert (response["X-Content-Type-Options"], response["X-Frame-Options"]) == ("nosniff", "DENY")
