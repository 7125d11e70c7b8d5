"""Runs docs/operations.md, command by command, on a fresh Debian with systemd: `make test-operations`."""
