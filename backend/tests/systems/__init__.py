"""Other systems that record through the API."""
