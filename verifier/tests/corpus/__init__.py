"""Makes the conformance corpus: a real chain, the real contract, and what can go wrong with a receipt."""
