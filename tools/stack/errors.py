"""The errors of this package. Each message is one line that says what to do."""


class StackError(Exception):
    """The stack can't start, or does not run on."""


class StepFailed(Exception):
    """A step of the demo did not come out as it must."""
