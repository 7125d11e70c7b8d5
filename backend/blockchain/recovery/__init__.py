"""After a stolen key, a rotated key or a restored backup: brings the database back in line with the chain.

Each step is committed separately and determines the remaining work by itself, so it may be interrupted and repeated
anywhere.
"""
