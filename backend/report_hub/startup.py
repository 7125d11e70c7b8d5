"""Checks before the web server starts: the artifact, and the chain if the node answers."""

import logging
import sys

from blockchain.chain.artifact import ArtifactError
from blockchain.chain.contract import registry_new
from blockchain.chain.errors import ChainError, ChainUnavailable
from blockchain.chain.guard import chain_check_any
from blockchain.chain.nodes import nodes_new

logger = logging.getLogger("blockchain.startup")


def startup_check() -> None:
    """Ends the process, with one clear line, on a wrong chain or without an artifact. A node that is down is normal."""
    try:
        # Connections of its own: workers that are forked later must not share them.
        chain_check_any(registry_new(nodes_new()))
    except ChainUnavailable as error:
        logger.warning("starting without the chain", extra={"error": str(error)})
    except (ArtifactError, ChainError) as error:
        sys.exit(f"not started: {error}")
