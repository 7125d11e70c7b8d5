"""Rules shared with contract and verifiers: kinds of links, hashing, typed data, payloads. No Django, no I/O."""
