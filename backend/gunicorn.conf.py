"""gunicorn: `gunicorn --config gunicorn.conf.py report_hub.wsgi` in backend/.

Set by environment variables of the process (not by `.env`, which Django reads later): the `WEB_*` below.
"""

import os
from typing import Any

from blockchain.common.collector import loaded_program_frozen
from report_hub.web.limits import Limits

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
# Processes, and requests that each answers at a time. Threads only get requests that have arrived, but they read bodies
# above 64 KiB and write responses. While others wait, at most half of them wait for clients that do so slowly.
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "report_hub.web.worker.BufferedWorker"
threads = int(os.environ.get("WEB_THREADS", "8"))
# Connections of each process. When there are more, the idle and the silent ones make room.
worker_connections = int(os.environ.get("WEB_CONNECTIONS", "1000"))

# Seconds for a client to send the head of a request and a small body; seconds that a client may pause within a larger
# body or in reading a response; bytes per second that both need on average.
Limits.request_seconds = float(os.environ.get("WEB_REQUEST_SECONDS", "10"))
Limits.idle_seconds = float(os.environ.get("WEB_IDLE_SECONDS", "10"))
Limits.bytes_per_second = int(os.environ.get("WEB_MIN_BYTES_PER_SECOND", "4096"))

# The application is loaded once, before the workers start: if it refuses to start, the server ends with one line.
preload_app = True

# Files are sent piece by piece, so that the worker sees how fast a client reads them.
sendfile = False

# Seconds without a sign of life after which a worker is killed. A slow upload does not count: the sign of life comes
# from the worker's main thread, not from the threads that serve requests.
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

# Requests are logged only if this is set ("-" is stdout), without query, headers and user, which may be secret or
# personal.
accesslog = os.environ.get("WEB_ACCESS_LOG") or None
access_log_format = '%(t)s "%(m)s %(U)s" %(s)s %(B)s %(D)sus'
errorlog = "-"
loglevel = "info"


def pre_fork(server: Any, worker: Any) -> None:
    """Workers share what is loaded, so none of them is to collect it."""
    loaded_program_frozen()


def pre_request(worker: Any, request: Any) -> None:
    """Lets the application close the connection when the unread rest of a body is still on it."""
    if request.body is not None:
        request.body.request = request
