"""What ends a run."""


class OperationsError(Exception):
    """Something could not be prepared, or went otherwise than the document says. The message says what."""
