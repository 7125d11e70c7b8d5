"""How the admin shows dates and times."""
