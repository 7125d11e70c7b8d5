"""Signals about changes that the host did not make. Those for the host are sent in the transaction of the change."""

from django.dispatch import Signal

status_computed = Signal()
"""A complaint's status on the chain was recomputed because writes were given up or links imported.

Argument: `complaint`, whose `accepted_status` is the new one. The host then adjusts its own record.
"""

entry_landed = Signal()
"""An officer's entry has landed without having been submitted here: somebody who held the signature recorded it.

Arguments: `complaint`, `write`. The host then makes the change that the entry describes, unless a later write has
changed the same field. The signal may come more than once. A receiver must not raise, since the link is on the chain.
"""

filing_restored = Signal()
"""A filing was restored from its receipt. Arguments: `complaint`, `receipt` (dict), `owner` (a username, or None).

The host then restores its own record of the complaint. If a receiver raises, the restoration is undone.
"""

events_read = Signal()
"""The cache agrees with the chain up to a block. Sent outside of transactions.

Arguments: `registry`, `cursor` (the last block read), `undone` (True if a reorg removed events that were read before).
It lets other modules act after the indexer, which imports none of them.
"""
