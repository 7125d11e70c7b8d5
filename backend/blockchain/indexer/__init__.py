"""Reads the chain into the cache: events, states of complaints, which writes have landed. It may be dropped."""
