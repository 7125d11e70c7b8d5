"""What strangers send, and what nodes and settings say, never ends a request or a process."""

import json
import logging
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from rest_framework.test import APIClient

from blockchain.chain.answers import OddAnswer, answer_checked
from blockchain.chain.errors import ChainError
from blockchain.chain.node import Node
from blockchain.common.backends import backend_new
from blockchain.common.redaction import RedactionFilter, redact
from blockchain.costs.months import costs_by_month
from tests.systems.conftest import FILED, client_of, token_of

MALFORMED = ["http://[x/", "http://host:port/", "http://host:99999/x", "http://h\uff0fx/"]
EVENT = "/api/blockchain/complaints/zammad/7001/events/e1/"


@pytest.fixture
def zammad(db: None) -> APIClient:
    return client_of(token_of("zammad", "zammad"))


@pytest.mark.parametrize("url", MALFORMED)
def test_redact__url_that_is_none__is_replaced_and_raises_nothing(url: str) -> None:
    assert "hunter2" not in redact(f"see {url}hunter2 for more")


@pytest.mark.parametrize(("msg", "args"), [("%d times", ("three",)), ("%s %s", ("one",)), ("100 %", (1,))])
def test_filter__arguments_that_do_not_fit__raises_nothing(msg: str, args: tuple[Any, ...]) -> None:
    record = logging.LogRecord("x", 20, "p", 1, msg, args, None)
    assert RedactionFilter().filter(record)
    assert str(args[0]) in record.getMessage()


@pytest.mark.django_db
@pytest.mark.parametrize("url", MALFORMED)
def test_request__path_with_a_url_that_is_none__is_answered(url: str) -> None:
    assert Client(raise_request_exception=False).get(f"/api/{url}").status_code == 404


class Answering:
    """Answers every request with an error."""

    def __init__(self, code: int, message: str) -> None:
        self.error = {"code": code, "message": message}

    def ask(self, method: str, params: Any) -> Any:
        return {"jsonrpc": "2.0", "id": 1, "error": self.error}


@pytest.mark.parametrize("code", [-32000, -32005])
@pytest.mark.parametrize("url", MALFORMED)
def test_request__node_cites_a_url_that_is_none__is_an_error_of_the_chain(code: int, url: str) -> None:
    node = Node(url="http://127.0.0.1:1", timeout=1)
    node._transport = Answering(code, f"limit reached, see {url}")  # type: ignore[assignment]
    with pytest.raises(ChainError, match="limit reached"):
        node.request("eth_gasPrice")


@pytest.mark.parametrize("value", [None, 5, ["collections.OrderedDict"]])
def test_backend_new__backend_that_is_no_text__is_said_with_its_setting(value: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="BLOCKCHAIN_HOST does not name a usable backend"):
        backend_new({"BACKEND": value}, setting="BLOCKCHAIN_HOST")


@pytest.mark.parametrize("month", ["2026-3", "2026-1"])
def test_costs_by_month__month_without_its_zero__is_refused_and_not_empty(db: None, month: str) -> None:
    with pytest.raises(ValueError, match="does not match format"):
        costs_by_month(month=month)


@pytest.mark.parametrize(
    "payload",
    [
        '{"by": "u", "changes": {"a": [null, "\\ud800"]}}',
        '{"by": "u", "changes": {"a": [null, 1]}, "event_type": "X"}',
        '{"by": "u", "changes": {"a": [null, 1]}, "\\ud800": 1}',
    ],
)
def test_put__payload_that_can_not_be_committed_to__is_400(zammad: APIClient, payload: str) -> None:
    body = json.dumps(FILED).replace(json.dumps(FILED["payload"]), payload)
    assert zammad.put(EVENT, body, content_type="application/json").status_code == 400


def test_post__one_of_many_can_not_be_committed_to__the_others_are_recorded(zammad: APIClient) -> None:
    odd = FILED | {"payload": FILED["payload"] | {"event_type": "X"}}  # type: ignore[operator]
    items = [{"external_id": f"7{number}", "event_id": "e1", **body} for number, body in enumerate((FILED, odd, FILED))]
    answer = zammad.post("/api/blockchain/events/", items, format="json")
    assert [each["status"] for each in answer.json()] == [201, 400, 201]


@pytest.mark.parametrize(("method", "value"), [("eth_call", "0X00"), ("eth_getCode", "0X00"), ("eth_gasPrice", "0X1")])
def test_answer_checked__prefix_in_upper_case__is_odd(method: str, value: str) -> None:
    with pytest.raises(OddAnswer):
        answer_checked(method, value)
