"""gunicorn: `gunicorn --config gunicorn.conf.py report_hub.wsgi` in backend/.

Set by environment variables of the process (not by `.env`, which Django reads later): the `WEB_*` below.
"""

import os

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
# Processes, and requests that each answers at a time. An upload holds a thread for as long as the client takes.
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "8"))

# The application is loaded once, before there are workers: what it refuses to start with ends the server with one line.
preload_app = True

# Seconds without a sign of life after which a worker is killed. A slow upload is no lack of life: the sign comes from
# the worker's main thread, not from those that serve.
timeout = 60
# Seconds that requests get to finish when the server is stopped.
graceful_timeout = int(os.environ.get("WEB_GRACEFUL_SECONDS", "30"))
# Above the idle time after which common load balancers let a connection go.
keepalive = int(os.environ.get("WEB_KEEPALIVE_SECONDS", "65"))

# Bytes of the request line and of each header; bodies are bounded by Django's settings.
limit_request_line = 4094
limit_request_field_size = 8190

# No socket in the home directory through which to command the server.
control_socket_disable = True

# No log of requests, unless asked for ("-" is stdout): and then without query, headers and user, which may be secret
# or personal.
accesslog = os.environ.get("WEB_ACCESS_LOG") or None
access_log_format = '%(t)s "%(m)s %(U)s" %(s)s %(B)s %(D)sus'
errorlog = "-"
loglevel = "info"
