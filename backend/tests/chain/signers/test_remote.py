"""Keys behind web3signer and Clef: what is asked is what their references take, and nothing they return is trusted."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_account import Account
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from blockchain.chain.signers.aws_kms import aws_kms_signer
from blockchain.chain.signers.clef import clef_signer
from blockchain.chain.signers.current import Checked, Rotating
from blockchain.chain.signers.errors import SignerError, SignerSilent
from blockchain.chain.signers.local import LocalSigner
from blockchain.chain.signers.web3signer import web3signer_signer
from tests.chain.signers.clef_server import ClefServer
from tests.chain.signers.key_server import Answer, KeyServer, raw_of
from tests.chain.signers.samples import (
    ACKNOWLEDGEMENT,
    ADDRESS,
    CHAIN_ID,
    KEY,
    OTHER,
    OTHER_KEY,
    PROMISE,
    transactions,
)
from tests.chain.signers.web3signer_server import Web3SignerServer
from tests.chain_fixtures import Chain

Make = Callable[..., Any]
KINDS: dict[str, tuple[Make, type[KeyServer]]] = {
    "web3signer": (web3signer_signer, Web3SignerServer),
    "clef": (clef_signer, ClefServer),
}
# A call of the contract, as the relay makes it: one entry.
ENTRY = (b"\7" * 32, b"\x08" * 32, 0, 0)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str) -> Iterator[KeyServer]:
    with KINDS[kind][1](KEY, chain_id=CHAIN_ID) as running:
        yield running


@pytest.fixture
def make(kind: str) -> Make:
    return KINDS[kind][0]


@pytest.fixture
def calldata(deployed_chain: Chain) -> str:
    return "0x" + deployed_chain.registry.encode("recordBatch", [ENTRY, ENTRY]).hex()


@pytest.fixture(autouse=True)
def impatient(settings: Any) -> None:
    settings.BLOCKCHAIN_SIGNER_TIMEOUT = 0.5


@pytest.mark.parametrize("sample", transactions())
def test_sign__what_the_relay_sends__bytes_of_eth_account(
    sample: str, make: Make, server: KeyServer, calldata: str
) -> None:
    transaction = transactions(calldata)[sample]
    expected = Account.from_key(KEY).sign_transaction(transaction)
    raw, tx_hash = make(url=server.url, address=ADDRESS.lower()).sign(transaction)
    assert (raw, tx_hash) == (bytes(expected.raw_transaction), "0x" + bytes(expected.hash).hex())


def test_sign__address_in_lower_case__is_sent_as_clef_wants_it(calldata: str) -> None:
    transaction = transactions(calldata)["type 2"]
    with ClefServer(KEY, chain_id=CHAIN_ID) as server:
        raw, _ = clef_signer(url=server.url, address=ADDRESS).sign(transaction | {"to": transaction["to"].lower()})
    assert raw == LocalSigner(KEY).sign(transaction)[0]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("recordBatch", ([ENTRY, ENTRY],)),
        ("recordSigned", (ENTRY, b"\6" * 22, OTHER, 2**40 - 1, b"\5" * 65)),
        ("batchCheckAndEscalate", ([b"\7" * 32, b"\x08" * 32],)),
    ],
)
def test_sign__every_function_that_the_relay_calls__clef_is_told_which(
    name: str, arguments: Any, deployed_chain: Chain
) -> None:
    called = "0x" + deployed_chain.registry.encode(name, *arguments).hex()
    with ClefServer(KEY, chain_id=CHAIN_ID) as server:
        clef_signer(url=server.url, address=ADDRESS).sign(transactions(called)["type 2"])
        assert server.asked[-1]["params"][1].startswith(f"{name}(")


def test_sign__function_that_nobody_knows__clef_refuses() -> None:
    with ClefServer(KEY, chain_id=CHAIN_ID) as server:
        made = clef_signer(url=server.url, address=ADDRESS)
        with pytest.raises(SignerError, match="the ABI signature could not be found"):
            made.sign(transactions("0xdeadbeef")["type 2"])


@pytest.mark.parametrize("typed", [PROMISE, ACKNOWLEDGEMENT])
def test_sign_typed_data__what_web_servers_sign__that_of_eth_account(
    typed: dict[str, Any], make: Make, server: KeyServer
) -> None:
    assert make(url=server.url, address=ADDRESS).sign_typed_data(typed) == LocalSigner(KEY).sign_typed_data(typed)


def test_signer__one_key_and_no_address__is_found(make: Make, server: KeyServer) -> None:
    made = make(url=server.url)
    assert isinstance(made, Rotating)
    assert made.current().address == ADDRESS


def test_signer__several_keys_and_no_address__asks_for_one(make: Make, server: KeyServer) -> None:
    server.keys[OTHER.lower()] = OTHER_KEY
    with pytest.raises(SignerError, match="has 2 keys: name the address of one"):
        make(url=server.url).current()
    assert make(url=server.url, address=OTHER).sign_typed_data(PROMISE)


def test_signer__key_that_is_not_there__refused_when_checked_and_when_signing(make: Make, server: KeyServer) -> None:
    made = make(url=server.url, address=OTHER)
    assert isinstance(made, Checked)
    with pytest.raises(SignerError, match=f"does not have the key of {OTHER}"):
        made.check()
    with pytest.raises(SignerError, match=r"refuses .*[Aa]ccount"):
        made.sign_typed_data(PROMISE)
    make(url=server.url, address=ADDRESS).check()


def test_sign__signer_is_set_up_for_another_chain__refused(make: Make, server: KeyServer, calldata: str) -> None:
    server.chain_id = 1
    for transaction in (transactions(calldata)["type 2"], transactions(calldata)["legacy"]):
        with pytest.raises(SignerError, match=r"another transaction|another chain|chainid"):
            make(url=server.url, address=ADDRESS).sign(transaction)


CHANGES: dict[str, Any] = {
    "to": OTHER,
    "value": 1,
    "nonce": 129,
    "gas": 300_001,
    "chainId": 1,
    "data": "0x",
    "maxFeePerGas": 4 * 10**9,
    "maxPriorityFeePerGas": 2,
    "gasPrice": 2 * 10**9,
}


@pytest.mark.parametrize("name", CHANGES)
def test_sign__whoever_approves_changes_a_field__refused(
    name: str, make: Make, server: KeyServer, calldata: str
) -> None:
    transaction = transactions(calldata)["legacy" if name == "gasPrice" else "type 2"]
    forged = raw_of(transaction | {name: CHANGES[name]}, KEY)
    server.tamper = lambda result: {**result, "raw": forged} if isinstance(result, dict) else forged
    with pytest.raises(SignerError, match=r"another transaction|another chain"):
        make(url=server.url, address=ADDRESS).sign(transaction)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["raw", "tx", "x"]), inner, max_size=3),
    max_leaves=6,
)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(result=JSON)
def test_signer__any_result__refused(result: Any, make: Make, server: KeyServer) -> None:
    server.tamper = lambda _: result
    made = make(url=server.url, address=ADDRESS)
    for ask in (lambda: made.sign(transactions()["type 2"]), lambda: made.sign_typed_data(PROMISE), made.check):
        with pytest.raises(SignerError):
            ask()


def body(**members: Any) -> bytes:
    return json.dumps(members).encode()


ODD: dict[str, Callable[[dict[str, Any]], Answer]] = {
    "no JSON": lambda request: Answer(200, b"<html>"),
    "nothing": lambda request: Answer(204, b""),
    "a list": lambda request: Answer(200, b"[]"),
    "text": lambda request: Answer(200, b'"ok"'),
    "deep": lambda request: Answer(200, b"[" * 100_000),
    "another id": lambda request: Answer(200, body(id=request["id"] + 1, result="0x")),
    "no id": lambda request: Answer(200, body(result="0x")),
    "no result": lambda request: Answer(200, body(id=request["id"])),
    "error as text": lambda request: Answer(500, body(id=request["id"], error="no")),
    "error and result": lambda request: Answer(200, body(id=request["id"], error={"message": "no"}, result="0x")),
    "redirect": lambda request: Answer(302, b""),
    "too long": lambda request: Answer(200, b"0" * (1024 * 1024 + 1)),
    "not UTF-8": lambda request: Answer(200, b"\xff\xfe"),
}


@pytest.mark.parametrize("name", ODD)
def test_ask__odd_answer__refused(name: str, make: Make, server: KeyServer) -> None:
    server.answer = ODD[name]
    made = make(url=server.url, address=ADDRESS)
    for ask in (lambda: made.sign(transactions()["type 2"]), made.check):
        with pytest.raises(SignerError):
            ask()


@pytest.mark.parametrize(
    ("url", "shown"),
    [("http://relay:hunter2@127.0.0.1:9/hunter2?token=hunter2", "http://127.0.0.1:9"), ("ftp://hunter2", "URL of")],
)
def test_signer__nobody_there_or_no_url__error_shows_no_password(url: str, shown: str, make: Make) -> None:
    with pytest.raises(SignerError) as raised:
        make(url=url, address=ADDRESS).sign(transactions()["type 2"])
    assert shown in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_repr__url_with_a_password__shows_the_address_and_the_host(make: Make) -> None:
    shown = repr(make(url="http://relay:hunter2@127.0.0.1:9/hunter2", address=ADDRESS))
    assert ADDRESS in shown
    assert "http://127.0.0.1:9" in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize("address", ["0x12", "nobody", ADDRESS[:-1] + "z"])
def test_signer__address_that_is_none__refused_without_asking(address: str, make: Make, server: KeyServer) -> None:
    with pytest.raises(SignerError, match="is not an address"):
        make(url=server.url, address=address)
    assert server.asked == []


@pytest.fixture
def hanging() -> Iterator[str]:
    """Accepts connections, and sends a byte now and then for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def trickle(connection: socket.socket) -> None:
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not ended.wait(0.1):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=trickle, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    ended.set()
    listener.close()


def test_ask__answer_trickles__ends_in_time_and_the_next_fails_at_once(make: Make, hanging: str) -> None:
    made = make(url=hanging, address=ADDRESS)
    started = time.monotonic()
    with pytest.raises(SignerSilent):
        made.sign_typed_data(PROMISE)
    assert time.monotonic() - started < 3
    started = time.monotonic()
    with pytest.raises(SignerError):
        made.sign_typed_data(PROMISE)
    assert time.monotonic() - started < 0.2


def test_kms__endpoint_hangs__ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(SignerSilent, match=r"^AWS kms does not answer in time \(ReadTimeoutError\)$"):
            aws_kms_signer(key_id="k", region="eu-central-1").current()
