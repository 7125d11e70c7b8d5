"""What writing to the chain cost."""
