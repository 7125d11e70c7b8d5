"""Connecting to the network that `--network` means, and saying in one line what goes wrong with it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from ape import networks
from ape.api import ProviderAPI
from ape.exceptions import ApeException
from web3 import Web3
from web3.exceptions import Web3Exception
from web3.middleware import ExtraDataToPOAMiddleware

from tools.deployment.errors import DeploymentError
from tools.deployment.transactions import rpc_message

LONGEST_MESSAGE = 300


@contextmanager
def connected(choice: str) -> Iterator[ProviderAPI]:
    """A connection to Ape's network `choice` (`ecosystem:network:provider`, or a URL).

    Whatever goes wrong with the network, now or while it is used, becomes a `DeploymentError` of one line in which URLs
    are cut down to the host, since the rest may hold a token.
    """
    try:
        with networks.parse_network_choice(choice) as provider:
            accept_any_header(provider.web3)
            yield provider
    except requests.RequestException as error:
        raise DeploymentError(f"the node does not answer ({type(error).__name__})") from None
    except Web3Exception as error:
        raise DeploymentError(f"the node: {redact(rpc_message(error))}") from None
    except (ApeException, ValueError) as error:
        raise DeploymentError(redact(str(error))) from None
    except OSError as error:
        raise DeploymentError(f"{error.filename or 'the node'}: {error.strerror or type(error).__name__}") from None


def accept_any_header(w3: Web3) -> None:
    """Lets `w3` read the headers of proof-of-authority chains, whose `extraData` is longer than 32 bytes.

    Ape does so only where it has noticed such a chain. It asks for one kind of error, and web3.py raises another one
    when its own validation is not among the middleware. On other chains only a field of blocks has another name.
    """
    if ExtraDataToPOAMiddleware not in w3.middleware_onion:
        w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)


def redact(message: str) -> str:
    """`message` in one printable line of at most `LONGEST_MESSAGE` characters, with nothing but the host of any URL."""
    line = "".join(character for character in " ".join(message.split()) if character.isprintable())
    line = re.sub(r"\w+://[^\s'\"]+", lambda url: _host(url[0]), line)
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
