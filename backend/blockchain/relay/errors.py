"""What keeps the relay from writing."""


class RelayBlocked(Exception):
    """Nothing can be written now, whatever the write: no funds, no role, fees too high. The health page says so."""


class Overtaken(Exception):
    """Another relay took the nonce or a write first; nothing was stored."""
