"""Is everything up? Each component answers for itself, says what is wrong, and what to do about it."""
