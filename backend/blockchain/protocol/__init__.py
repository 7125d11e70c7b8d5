"""What the contract and its verifiers agree on: kinds of links, hashing, typed data, payloads. No Django, no I/O."""
