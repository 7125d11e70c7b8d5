"""The error that ends a run."""


class OperationsError(Exception):
    """The run could not be prepared, or the system did not behave as the document says. The message says why."""
