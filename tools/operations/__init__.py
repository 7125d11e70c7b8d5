"""Runs every command of docs/operations.md on a fresh Debian with systemd: `make test-operations`."""
