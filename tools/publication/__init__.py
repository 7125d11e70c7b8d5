"""Publishing what was deployed: the source for explorers and verifiers, and the ABI as packages."""
