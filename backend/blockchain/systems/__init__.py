"""The entry point for other systems: records events of complaints that are handled elsewhere."""
