"""Private instances of the servers that production has: a data directory in a temporary folder, a free port."""
