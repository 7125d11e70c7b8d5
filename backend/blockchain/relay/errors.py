"""Errors that keep the relay from writing."""


class RelayBlocked(Exception):
    """Currently no write can be sent: no funds, no role, or fees too high. The health page shows the reason."""


class Overtaken(Exception):
    """Another relay took the nonce or a write first; nothing was stored."""
