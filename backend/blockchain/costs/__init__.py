"""The cost of writing to the chain."""
