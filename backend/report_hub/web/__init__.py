"""The gunicorn worker that the API runs in, and what it knows of clients and of requests that are arriving."""
