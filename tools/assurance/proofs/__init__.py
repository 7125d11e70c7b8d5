"""Symbolic execution: the prover, and mutants that no proof may survive. See docs/contract-assurance.md."""
