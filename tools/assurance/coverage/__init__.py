"""Which lines and branches of the contract the suite runs through, from traces of its own transactions and calls."""
