"""Signers, each against its reference."""
