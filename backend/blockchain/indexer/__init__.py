"""Reads the chain into the cache: events, states of complaints, and which writes have landed. The cache may be
dropped."""
