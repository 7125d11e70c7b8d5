"""Is everything up? Each component reports its own problems, and what to do about them."""
