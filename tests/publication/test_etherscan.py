"""Publishing to an explorer whose API is Etherscan's; its key is in no output."""

import json
import logging
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from tests.publication.services import FakeEtherscan
from tests.support.proxy import Response
from tools.deployment.errors import DeploymentError
from tools.publication.etherscan import Etherscan
from tools.publication.service import Publication

VERIFIED = "verified: the explorer's compiler makes the code on the chain of the source"
KEY = FakeEtherscan.key


def no(text: str) -> Response:
    return Response(200, {"status": "0", "message": "NOTOK", "result": text})


def yes(text: str) -> Response:
    return Response(200, {"status": "1", "message": "OK", "result": text})


def test_publish__as_deployed__is_verified_and_then_verified_already(
    etherscan: FakeEtherscan, to_etherscan: Etherscan, publication: Publication
) -> None:
    etherscan.pending = 1
    assert to_etherscan.publish(publication) == VERIFIED
    assert to_etherscan.publish(publication) == "verified already"
    method, path, body = etherscan.requests[0]
    assert (method, path) == ("POST", "/v2/api?chainid=31337&module=contract&action=verifysourcecode")
    form = dict(parse_qsl(body.decode()))
    assert json.loads(form["sourceCode"]) == publication.standard_json
    assert form["contractname"] == "contracts/ComplaintRegistry.sol:ComplaintRegistry"
    assert form["compilerversion"] == "v0.8.30+commit.73712a01"
    assert form["constructorArguements"] == publication.artifact.parameters().encoded().hex()


def test_publish__explorer_is_busy_or_behind__is_waited_for(
    etherscan: FakeEtherscan, to_etherscan: Etherscan, publication: Publication, pauses: list[float]
) -> None:
    address = publication.artifact.address
    etherscan.moods = [
        no("Max calls per sec rate limit reached (5/sec)"),
        no(f"Unable to locate ContractCode at {address}"),
        no(f"The address is not a smart contract: {address}"),
        Response(429, {}, {"Retry-After": "11"}),
        yes("guid"),
        no("Pending in queue"),
        no("Max rate limit reached"),
        yes("Pass - Verified"),
    ]
    assert to_etherscan.publish(publication) == VERIFIED
    assert pauses == [5, 5, 5, 11, 5, 5]


@pytest.mark.parametrize("text", ["Already Verified", "Smart-contract already verified."])
def test_publish__job_ends_with_already_verified__is_fine(
    etherscan: FakeEtherscan, to_etherscan: Etherscan, publication: Publication, text: str
) -> None:
    etherscan.moods = [yes("guid"), no(text)]
    assert to_etherscan.publish(publication) == "verified already"


def test_publish__other_constructor_arguments__is_refused(to_etherscan: Etherscan, publication: Publication) -> None:
    artifact = publication.artifact
    other = replace(artifact, constructor_args=artifact.constructor_args | {"default_sla": 7})
    with pytest.raises(DeploymentError, match="the explorer refuses: Fail - Unable to verify"):
        to_etherscan.publish(replace(publication, artifact=other))


@pytest.mark.parametrize(
    ("moods", "message"),
    [
        ([no("Daily limit of 250 source code submissions reached")], "refuses: Daily limit of 250 source code"),
        ([no("")], "refuses: without a reason"),
        ([Response(200, {"status": "0"})], "refuses: HTTP status 200"),
        ([yes("guid"), yes("Something new")], "refuses: Something new"),
        ([Response(403, b"<html>blocked</html>")], "HTTP status 403 and no JSON; check its URL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_publish__refused__says_why(
    etherscan: FakeEtherscan, to_etherscan: Etherscan, publication: Publication, moods: list[Response], message: str
) -> None:
    etherscan.moods = moods
    with pytest.raises(DeploymentError, match=message):
        to_etherscan.publish(publication)


def test_publish__whatever_goes_wrong__key_is_in_no_error_log_or_output(
    etherscan: FakeEtherscan,
    to_etherscan: Etherscan,
    publication: Publication,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Errors of a client name the URL, servers quote what they were sent, and the client's library logs queries."""
    caplog.set_level(logging.DEBUG)
    down = Etherscan(url="http://127.0.0.1:1/v2/api", timeout=0, key=KEY, sleep=lambda _: None)
    wrong = replace_key(to_etherscan, KEY + "X")
    etherscan.moods = [yes("guid"), no(f"Error! of https://a.example/?apikey={KEY} or {KEY}")]
    errors = []
    for client in (to_etherscan, down, wrong):
        with pytest.raises(DeploymentError) as refused:
            client.publish(publication)
        errors.append(refused.value)
    assert "***" in errors[0].message
    assert "Invalid API Key (#err2)|***" in errors[2].message
    shown = "".join([repr(to_etherscan), str(to_etherscan), caplog.text, *capfd.readouterr(), *map(repr, errors)])
    assert KEY not in shown
    for error in errors:
        assert error.__cause__ is None
        assert KEY not in str(error.__context__) or error.__suppress_context__


def replace_key(client: Etherscan, key: str) -> Etherscan:
    return Etherscan(url=client.url, timeout=client.timeout, sleep=client.sleep, key=key)
