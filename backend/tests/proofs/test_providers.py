"""Proofs under each provider of the zoo."""

import pytest

from blockchain.chain.errors import ChainUnavailable
from blockchain.proofs.ask import HeaderUnknown
from blockchain.proofs.rounds import proof_round
from tests.chain_fixtures import Chain
from tests.landing import land
from tests.proofs.conftest import proved, provided
from tests.providers.members import ZOO
from tests.relay.conftest import complaint_new

pytestmark = pytest.mark.django_db
# They change fields of headers and not the hash, as bridges to chains of another kind do.
WITHOUT_HEADERS = {"arbitrum", "ganache", "vechain"}


@pytest.mark.parametrize("name", ZOO)
def test_proof_round__under_a_provider__is_taken_unless_its_headers_prove_nothing(chain: Chain, name: str) -> None:
    complaint = complaint_new("case-1")
    land(chain)
    with provided(chain, ZOO[name]) as (registry, provider):
        if name in WITHOUT_HEADERS:
            with pytest.raises(HeaderUnknown):
                proof_round(registry=registry)
        else:
            assert proof_round(registry=registry).complaints == 1
            assert provider.methods.count("eth_getProof") <= 2
    assert len(proved(complaint)) == (name not in WITHOUT_HEADERS)
    assert issubclass(HeaderUnknown, ChainUnavailable)
