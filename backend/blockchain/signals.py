"""What a host learns of changes that it did not ask for. Each is sent in the transaction of the change."""

from django.dispatch import Signal

status_computed = Signal()
"""A complaint's status on the chain was computed anew, since writes were given up or links imported.

Argument: `complaint`, whose `accepted_status` is the new one. For the host to bring its own record in line.
"""

filing_restored = Signal()
"""A filing was taken back in from its receipt. Arguments: `complaint`, `receipt` (dict), `owner` (a username, or None).

For the host to restore its own record of the complaint; what a receiver raises undoes it.
"""
