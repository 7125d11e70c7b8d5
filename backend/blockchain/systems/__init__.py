"""The door for other systems: what records events of complaints that are handled elsewhere."""
