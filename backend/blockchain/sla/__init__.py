"""Service levels: which complaints have missed their deadline, and the transactions that put it on record."""
