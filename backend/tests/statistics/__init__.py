"""The public figures about all complaints."""
