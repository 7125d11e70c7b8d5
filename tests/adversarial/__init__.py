"""Attacks, one file for each kind of attacker."""
