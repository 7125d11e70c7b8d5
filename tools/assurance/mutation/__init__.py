"""Mutation testing: every way of getting one thing wrong in the contract must make a test fail."""
