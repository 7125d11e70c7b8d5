"""Signals about changes that their receivers did not ask for. Those for a host come in the transaction of the
change."""

from django.dispatch import Signal

status_computed = Signal()
"""A complaint's status on the chain was recomputed because writes were given up or links imported.

Argument: `complaint`, whose `accepted_status` is the new one. For the host to bring its own record in line.
"""

entry_landed = Signal()
"""An officer's entry has landed without having been submitted here: whoever held the signature recorded it.

Arguments: `complaint`, `write`. For the host to make the change that the entry tells of, unless a later write has
changed the same thing. It may come more than once. A receiver must not raise: the link is on the chain.
"""

filing_restored = Signal()
"""A filing was restored from its receipt. Arguments: `complaint`, `receipt` (dict), `owner` (a username, or None).

For the host to restore its own record of the complaint; what a receiver raises undoes it.
"""

events_read = Signal()
"""The cache says what the chain does, up to a block; sent outside of transactions.

Arguments: `registry`, `cursor` (how far), `undone` (something that was read before is gone). For what comes after the
indexer, which imports none of it.
"""
