"""The errors of this package. Each message is one line, with a remedy."""


class StackError(Exception):
    """The stack can't start, or can't continue."""


class StepFailed(Exception):
    """A step of the demo did not have the expected result."""
