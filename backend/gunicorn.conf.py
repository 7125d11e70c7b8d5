"""gunicorn: `gunicorn --config gunicorn.conf.py report_hub.wsgi` in backend/.

Set by environment variables of the process (not by `.env`, which Django reads later): the `WEB_*` below.
"""

import os
from typing import Any

from report_hub.web_worker import Limits

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
# Processes, and requests that each answers at a time. A thread gets a request that has arrived, so clients that are
# slow or silent hold none. Bodies above 64 KiB are read by threads, at most half of them.
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "report_hub.web_worker.BufferedWorker"
threads = int(os.environ.get("WEB_THREADS", "8"))
# Connections of each process. When there are more, the idle and the silent ones make room.
worker_connections = int(os.environ.get("WEB_CONNECTIONS", "1000"))

# Seconds for a client to send the head of a request and a small body; seconds that a larger body may pause, or that an
# answer may find nobody who takes it; bytes per second that a larger body needs on average.
Limits.request_seconds = float(os.environ.get("WEB_REQUEST_SECONDS", "10"))
Limits.idle_seconds = float(os.environ.get("WEB_IDLE_SECONDS", "10"))
Limits.bytes_per_second = int(os.environ.get("WEB_MIN_BYTES_PER_SECOND", "4096"))

# The application is loaded once, before the workers start: if it refuses to start, the server ends with one line.
preload_app = True

# Seconds without a sign of life after which a worker is killed. A slow upload is no lack of life: the sign comes from
# the worker's main thread, not from those that serve.
timeout = 60
# Seconds that requests get to finish when the server is stopped.
graceful_timeout = int(os.environ.get("WEB_GRACEFUL_SECONDS", "30"))
# Longer than the idle time after which common load balancers drop a connection.
keepalive = int(os.environ.get("WEB_KEEPALIVE_SECONDS", "65"))

# Bytes of the request line and of each header; bodies are bounded by Django's settings.
limit_request_line = 4094
limit_request_field_size = 8190

# No control socket in the home directory.
control_socket_disable = True

# No log of requests, unless asked for ("-" is stdout): and then without query, headers and user, which may be secret
# or personal.
accesslog = os.environ.get("WEB_ACCESS_LOG") or None
access_log_format = '%(t)s "%(m)s %(U)s" %(s)s %(B)s %(D)sus'
errorlog = "-"
loglevel = "info"


def pre_request(worker: Any, request: Any) -> None:
    """Lets the application say that the connection is of no more use: the rest of a body is on it that nobody reads."""
    if request.body is not None:
        request.body.request = request
