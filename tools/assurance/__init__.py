"""Checks of the contract beyond its tests: mutants, coverage, proofs, analysis. See docs/contract-assurance.md."""
