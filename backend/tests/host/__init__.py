"""Somebody else's Django project, which has installed the wheel; `test_life` runs a copy of `project` far from here."""
