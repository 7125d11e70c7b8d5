"""Error pages of requests whose body can't be read: looking for a token in it must not be a second error."""

import pytest
from django.test import Client

UNREADABLE = "multipart/form-data; boundary="


@pytest.mark.parametrize("path", ["/api/reports/", "/admin/login/", "/nowhere/"])
@pytest.mark.parametrize(("host", "status"), [("evil.example", {400}), ("testserver", {400, 401, 403, 404})])
def test_error__body_that_can_not_be_read__is_answered_with_its_own_status(
    db: None, path: str, host: str, status: set[int]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32
    response = client.post(path, b"\x1e\xef", content_type=UNREADABLE, headers={"host": host, "x-csrftoken": "a" * 32})
    assert response.status_code in status
