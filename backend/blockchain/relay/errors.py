"""What keeps the relay from writing."""


class RelayBlocked(Exception):
    """Nothing can be written now, whatever the write: no funds, no role, fees above the cap. The health page says so."""
