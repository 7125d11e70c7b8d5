"""What becomes of what: the tables of the mutation operators."""

from typing import Final

OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "&&": ("||",),
    "||": ("&&",),
    "+": ("-",),
    "-": ("+",),
    "&": ("|",),
    "|": ("&",),
    "<<": (">>",),
    ">>": ("<<",),
}
MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "Status": ("NONE", "OPEN", "ON_HOLD", "RESOLVED", "CLOSED"),
    "EventType": (
        *("CREATED", "ASSIGNED", "STATUS_UPDATED", "COMMENTED", "RESOLVED", "REJECTED", "CLOSED", "REOPENED"),
        *("EVIDENCE_ANCHORED", "SLA_DEADLINE_SET", "SLA_PAUSED", "SLA_RESUMED", "ESCALATED", "OBJECTED"),
        *("ERASED", "NOTED"),
    ),
}
ROLES: Final = ("INTAKE_ROLE", "RECORDER_ROLE", "SLA_MANAGER_ROLE")
REASONS: Final = (
    *("StaleNonce", "InvalidTransition", "EvidenceAlreadyAnchored", "DeadlineOutOfRange", "InvalidParameter"),
    "PredecessorSkipped",
)
BOUNDS: Final = frozenset(
    {
        *("NONCE_END", "NEVER", "MAX_SLA_DURATION", "MAX_ESCALATION_INTERVAL", "MAX_ESCALATION_LEVEL"),
        *("MAX_ADMIN_TRANSFER_DELAY", "defaultSLA", "escalationInterval", "maxEscalationLevel"),
    }
)
DELETABLE: Final = frozenset({"ExpressionStatement", "EmitStatement", "RevertStatement"})


def next_of(name: str, names: tuple[str, ...]) -> str:
    """The one after it, around the end."""
    return names[(names.index(name) + 1) % len(names)]
