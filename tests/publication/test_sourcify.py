"""Publishing to Sourcify: what it takes, what it refuses, and how long it is waited for."""

import json
from dataclasses import replace

import pytest

from tests.publication.services import FakeSourcify
from tests.support.node import Node
from tests.support.proxy import Response
from tools.deployment.compiled import Compiled
from tools.deployment.errors import DeploymentError
from tools.publication.service import Publication
from tools.publication.sourcify import Sourcify
from tools.publication.standard_json import SOURCE

EXACT = "verified: the code and the metadata of the source are those on the chain (exact match)"


def error(code: str) -> dict[str, str]:
    return {"customCode": code, "message": "as it is", "errorId": "0"}


def test_publish__as_deployed__is_an_exact_match_and_then_verified_already(
    sourcify: FakeSourcify, to_sourcify: Sourcify, publication: Publication
) -> None:
    assert to_sourcify.publish(publication) == EXACT
    assert to_sourcify.publish(publication) == "verified already"
    method, path, body = sourcify.requests[0]
    assert (method, path) == ("POST", f"/v2/verify/31337/{publication.artifact.address}")
    assert json.loads(body) == {
        "stdJsonInput": publication.standard_json,
        "compilerVersion": "0.8.30+commit.73712a01",
        "contractIdentifier": "contracts/ComplaintRegistry.sol:ComplaintRegistry",
        "creationTransactionHash": publication.artifact.tx_hash,
    }


def test_publish__slow_and_busy_service__is_waited_for(
    sourcify: FakeSourcify,
    to_sourcify: Sourcify,
    publication: Publication,
    pauses: list[float],
    capsys: pytest.CaptureFixture[str],
) -> None:
    sourcify.moods = [
        Response(429, error("too_many_requests"), {"Retry-After": "17"}),
        Response(429, error("duplicate_verification_request"), {"Retry-After": "9999"}),
        Response(502, b"<html>bad gateway</html>"),
    ]
    sourcify.pending = 2
    assert to_sourcify.publish(publication) == EXACT
    assert pauses == [17, 60, 5, 5, 5]
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [
        "waiting   the service gets too many requests",
        "waiting   the service answers with HTTP status 502",
    ]
    assert said[-1] == "waiting   the service compiles the source"


def test_publish__another_source__is_no_match(to_sourcify: Sourcify, publication: Publication) -> None:
    text = publication.standard_json["sources"][SOURCE]["content"]
    other = {**publication.standard_json["sources"], SOURCE: {"content": text.replace('"2.0.0"', '"2.0.1"')}}
    changed = replace(publication, standard_json={**publication.standard_json, "sources": other})
    assert other != publication.standard_json["sources"]
    with pytest.raises(DeploymentError, match="the service refuses: no_match: The onchain and recompiled bytecodes"):
        to_sourcify.publish(changed)


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        ({"contract": {"match": "match"}}, "but not the metadata of the source"),
        ({"error": error("already_verified"), "contract": {"match": None}}, "verified already"),
    ],
)
def test_publish__job_ends_otherwise__says_how(
    sourcify: FakeSourcify, to_sourcify: Sourcify, publication: Publication, last: dict[str, object], outcome: str
) -> None:
    sourcify.moods = [
        Response(202, {"verificationId": "5e"}),
        Response(404, error("job_not_found")),
        Response(200, {"isJobCompleted": True, **last}),
    ]
    assert outcome in to_sourcify.publish(publication)


@pytest.mark.parametrize(
    ("moods", "message"),
    [
        ([Response(400, error("unsupported_chain"))], "the service refuses: unsupported_chain: as it is"),
        ([Response(409, error("something_else"))], "the service refuses: something_else"),
        ([Response(202, {})], "the service refuses: HTTP status 202"),
        ([Response(202, [])], "the service answers with HTTP status 202 and no JSON; check its URL"),
        ([Response(200, b"<html>")], "the service answers with HTTP status 200 and no JSON"),
        ([Response(307, {}, {"Location": "/v2/verify"})], "the service answers with HTTP status 307 and no JSON"),
        (
            [Response(202, {"verificationId": "5e"}), Response(200, {"isJobCompleted": True, "contract": None})],
            "says neither that the source matches nor why not",
        ),
        (
            [
                Response(202, {"verificationId": "5e"}),
                Response(200, {"isJobCompleted": True, "contract": {"match": 1}}),
            ],
            "says neither that the source matches nor why not",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_publish__refused__says_why(
    sourcify: FakeSourcify, to_sourcify: Sourcify, publication: Publication, moods: list[Response], message: str
) -> None:
    sourcify.moods = moods
    with pytest.raises(DeploymentError, match=message):
        to_sourcify.publish(publication)


def test_publish__time_is_over__says_so(
    sourcify: FakeSourcify, to_sourcify: Sourcify, publication: Publication
) -> None:
    sourcify.pending = 1_000_000
    to_sourcify.timeout = 0.2
    with pytest.raises(DeploymentError, match=r"not finished after 0 s: the service compiles the source; run the same"):
        to_sourcify.publish(publication)


def test_publish__service_is_down__says_so(publication: Publication, pauses: list[float]) -> None:
    down = Sourcify(url="http://127.0.0.1:1", timeout=0, sleep=pauses.append)
    with pytest.raises(DeploymentError, match=r"the service does not answer \(ConnectionError\)"):
        down.publish(publication)


def test_publish__no_contract_there__is_refused(
    node: Node, to_sourcify: Sourcify, publication: Publication, compiled: Compiled
) -> None:
    elsewhere = replace(publication, artifact=replace(publication.artifact, address="0x" + "11" * 20))
    with pytest.raises(DeploymentError, match="contract_not_deployed"):
        to_sourcify.publish(elsewhere)
