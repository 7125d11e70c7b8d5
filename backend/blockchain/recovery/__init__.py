"""After a stolen key, a rotated key or a restored backup: brings the database back in line with the chain.

Each step is committed separately and finds out by itself what is left to do, so it may be interrupted and
repeated anywhere.
"""
