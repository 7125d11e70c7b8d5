"""A deployment, and the two services in front of its chain."""

from collections.abc import Iterator

import pytest

from tests.deployment.conftest import (  # noqa: F401
    _compiled_once,
    _no_keys,
    account,
    compiled,
    deployed,
    deployed_path,
    parameters,
    run,
    url,
    w3,
)
from tests.publication.services import FakeEtherscan, FakeSourcify
from tests.support.node import Node
from tests.support.proxy import json_server
from tools.deployment.artifact import Artifact
from tools.deployment.compiled import Compiled
from tools.publication.etherscan import Etherscan
from tools.publication.service import Publication
from tools.publication.sourcify import Sourcify
from tools.publication.standard_json import standard_json


@pytest.fixture
def publication(deployed: Artifact, compiled: Compiled) -> Publication:  # noqa: F811
    return Publication(artifact=deployed, standard_json=standard_json(compiled))


@pytest.fixture
def sourcify(node: Node) -> FakeSourcify:
    return FakeSourcify(node.rpc)


@pytest.fixture
def etherscan(node: Node, deployed: Artifact) -> FakeEtherscan:  # noqa: F811
    return FakeEtherscan(node.rpc, creations={deployed.address: deployed.tx_hash})


@pytest.fixture
def sourcify_url(sourcify: FakeSourcify) -> Iterator[str]:
    with json_server(sourcify.handle) as url:  # noqa: F811
        yield url


@pytest.fixture
def etherscan_url(etherscan: FakeEtherscan) -> Iterator[str]:
    with json_server(etherscan.handle) as url:  # noqa: F811
        yield f"{url}/v2/api"


@pytest.fixture
def pauses() -> list[float]:
    """The seconds that a client has waited, without waiting."""
    return []


@pytest.fixture
def to_sourcify(sourcify_url: str, pauses: list[float]) -> Sourcify:
    return Sourcify(url=sourcify_url, timeout=20, sleep=pauses.append)


@pytest.fixture
def to_etherscan(etherscan_url: str, pauses: list[float]) -> Etherscan:
    return Etherscan(url=etherscan_url, timeout=20, sleep=pauses.append, key=FakeEtherscan.key)
