"""Shared by the API, the admin and the logs of every app. Imports nothing else of this project but the protocol."""
