"""How the nodes know us: a short name for each kind of authentication, and what it needs."""

from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

from report_hub.settings.environment import env

# "Name: value" of a header, such as an API key. Secret.
BLOCKCHAIN_NODE_HEADER = env.str("BLOCKCHAIN_NODE_HEADER", default="")
# The file with a bearer token.
_TOKEN_FILE = env.str("BLOCKCHAIN_NODE_TOKEN_FILE", default="")
_AWS_REGION = env.str("BLOCKCHAIN_NODE_AWS_REGION", default="")

# By name: the backend, and the setting that it needs, with its value.
_KINDS: Final[dict[str, tuple[dict[str, Any], str, str]]] = {
    "header": ({"BACKEND": "blockchain.chain.auth.HeaderAuth"}, "BLOCKCHAIN_NODE_HEADER", BLOCKCHAIN_NODE_HEADER),
    "bearer": (
        {"BACKEND": "blockchain.chain.auth.BearerFileAuth", "OPTIONS": {"path": _TOKEN_FILE}},
        "BLOCKCHAIN_NODE_TOKEN_FILE",
        _TOKEN_FILE,
    ),
    "aws": (
        {"BACKEND": "blockchain.chain.sigv4.SigV4Auth", "OPTIONS": {"region": _AWS_REGION}},
        "BLOCKCHAIN_NODE_AWS_REGION",
        _AWS_REGION,
    ),
}


def node_auth(kind: str) -> dict[str, Any] | None:
    """The backend of a kind; None for "none". Raises `ImproperlyConfigured`."""
    if kind == "none":
        return None
    if kind not in _KINDS:
        raise ImproperlyConfigured(f"BLOCKCHAIN_NODE_AUTH must list none, {', '.join(_KINDS)}")
    backend, needed, value = _KINDS[kind]
    if not value:
        raise ImproperlyConfigured(f"BLOCKCHAIN_NODE_AUTH={kind} needs {needed}")
    return backend


# One for each http or https URL in BLOCKCHAIN_NODE_URLS, in their order.
BLOCKCHAIN_NODE_AUTH = [node_auth(kind) for kind in env.list("BLOCKCHAIN_NODE_AUTH", default=[])]
