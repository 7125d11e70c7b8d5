"""Raises an alarm for changes of the contract's roles that nobody announced or acknowledged."""

from blockchain.health.component import Problem
from blockchain.roles import roles_changed

# The most changes that are named.
NAMED = 3


def role_problems() -> list[Problem]:
    """A problem that names the first changes, until all are acknowledged."""
    changes = roles_changed(acknowledged=False)
    named = [str(change) for change in changes[:NAMED]]
    if not named:
        return []
    number = changes.count()
    more = f", and {number - len(named)} more" if number > len(named) else ""
    return [
        Problem(
            f"the contract's roles were changed: {'; '.join(named)}{more}",
            "If your team did this, run `manage.py role_changes --acknowledge TX_HASH --username NAME`. If not, the "
            "admin's key is stolen: revoke the role and transfer the admin with `ape run roles`.",
        )
    ]
