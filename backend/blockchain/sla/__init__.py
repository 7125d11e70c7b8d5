"""Service levels: which complaints have missed their deadline."""
