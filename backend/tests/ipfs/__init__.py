"""A small IPFS node for tests: the reference importer and exporter behind the RPC that Kubo has."""
