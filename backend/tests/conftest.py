"""Fixtures that several folders of tests use."""

from tests.chain_fixtures import chain, chain_down, deployed_chain

__all__ = ["chain", "chain_down", "deployed_chain"]
