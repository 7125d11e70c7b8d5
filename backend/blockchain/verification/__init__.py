"""Checks what was recorded against the chain: audit trails, evidence, and a saved trail without any of our services."""
