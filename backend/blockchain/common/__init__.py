"""What the API, the admin and the logs of every app share; imports nothing of ours but the protocol."""
