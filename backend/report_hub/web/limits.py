"""The limits for clients, which `gunicorn.conf.py` sets before workers start."""


class Limits:
    """In seconds and bytes per second."""

    # For sending the head, and a body that the event loop receives.
    request_seconds = 10.0
    # Without sending a byte of a larger body, or without reading a byte of the response.
    idle_seconds = 10.0
    # The least average speed of a larger body, or of a response that is waited for, after the first `idle_seconds`.
    bytes_per_second = 4_096
    # That a request of a limited kind may wait for a thread.
    queue_seconds = 30.0
