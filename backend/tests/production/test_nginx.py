"""The proxy of docs/nginx.conf in front of the web server: it serves over TLS, and keeps slow clients to itself."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.production.environment import BACKEND
from tests.production.test_slow_clients import SLOW, server, status_of  # noqa: F401  the fixture of a running server
from tests.servers.process import port_free, wait_until

pytestmark = pytest.mark.standalone

CONFIGURATION = BACKEND.parent / "docs" / "nginx.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
NAME = "localhost"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, server: str) -> Iterator[int]:  # noqa: F811
    """The port of nginx with TLS, of a configuration with this machine's names, ports and files."""
    if NGINX is None:
        pytest.skip("nginx is not installed (Debian package nginx-light)")
    folder, plain, secure = tmp_path_factory.mktemp("nginx"), port_free(), port_free()
    certificate, key = folder / "complaints.pem", folder / "complaints.key"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}"]
    subprocess.run([*make, "-out", certificate, "-keyout", key], check=True, capture_output=True)
    text = CONFIGURATION.read_text()
    for shown, here in {
        "/etc/ssl/certs/complaints.pem": str(certificate),
        "/etc/ssl/private/complaints.key": str(key),
        "complaints.example.org": NAME,
        "127.0.0.1:8000": server,
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
    }.items():
        assert shown in text
        text = text.replace(shown, here)
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in names)
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary} {text} }}\n"
    )
    process = subprocess.Popen([NGINX, "-c", str(main), "-p", str(folder)])
    try:
        wait_until(lambda: process.poll() is not None or _listens(secure), what="nginx listens")
        assert process.poll() is None, Path(folder / "error.log").read_text()
        yield secure
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def connected(stack: ExitStack, port: int) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
    return stack.enter_context(context.wrap_socket(plain))


def ask(port: int, path: str = "/api/users/me/", **options: object) -> requests.Response:
    return requests.request(
        "GET", f"https://127.0.0.1:{port}{path}", headers={"Host": NAME}, verify=False, timeout=30, **options
    )


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_nginx__requests__are_passed_on_over_tls(proxy: int) -> None:
    assert ask(proxy).status_code == 401
    assert ask(proxy, "/static/admin/css/base.css").status_code in (200, 404)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("name", ["half_a_head", "small_body", "large_body"])
def test_nginx__slow_clients_up_to_its_limit__are_no_requests_of_the_backend(
    proxy: int,
    server: str,  # noqa: F811
    name: str,
) -> None:
    with ExitStack() as stack:
        for _ in range(30):
            connected(stack, proxy).sendall(SLOW[name])
        started = time.monotonic()
        assert ask(proxy).status_code == 401
        assert status_of(server) == 401
        assert time.monotonic() - started < 1


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_nginx__more_connections_of_one_address_than_allowed__429(proxy: int) -> None:
    with ExitStack() as stack:
        for _ in range(45):
            connected(stack, proxy).sendall(SLOW["small_body"])
        assert ask(proxy).status_code == 429
