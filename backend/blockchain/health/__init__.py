"""Checks whether everything is up. Each component reports its problems, and a remedy for each."""
