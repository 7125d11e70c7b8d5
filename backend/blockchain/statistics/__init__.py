"""Public figures about all complaints of the contract, which anyone can count again with `verifier/statistics.py`."""
