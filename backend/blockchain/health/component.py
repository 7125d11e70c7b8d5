"""The form of a component on the health page."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import DatabaseError

from blockchain.chain.artifact import ArtifactError
from blockchain.chain.errors import WrongChain
from blockchain.chain.remedies import NODE_REMEDIES
from blockchain.evidence.errors import EvidenceError

Component = dict[str, Any]


class Problem(NamedTuple):
    """A problem and its remedy. Both are for staff; neither contains anything secret or personal."""

    problem: str
    remedy: str


def component(problems: list[Problem], *, notes: list[Problem] | None = None, **measured: Any) -> Component:
    """A component is up if it has no problems; `notes` need attention but do not turn it red."""
    return {
        "up": not problems,
        "problems": [each._asdict() for each in problems],
        **({"notes": [each._asdict() for each in notes]} if notes else {}),
        **measured,
    }


# The first type that matches applies. The text of a database error may contain the query, so it is not shown.
REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (
        WrongChain,
        "Set BLOCKCHAIN_NODE_URLS to a node of the deployment's chain, or BLOCKCHAIN_DEPLOYMENT to its artifact.",
    ),
    (ArtifactError, "Deploy the contract, or set BLOCKCHAIN_DEPLOYMENT to the artifact of its deployment."),
    *NODE_REMEDIES,
    (
        EvidenceError,
        "Check IPFS_API_URL and IPFS_API_AUTH, or EVIDENCE_ROOT; uploads are refused until the store works.",
    ),
    (OSError, "Check the disk and the permissions of EVIDENCE_ROOT."),
)


def guarded(measure: Callable[[], Component]) -> Component:
    """The component, or the error that kept it from being measured."""
    try:
        return measure()
    except DatabaseError:
        return component([Problem("the database does not answer", "Check the database and DATABASE_URL.")])
    except tuple(kind for kind, _ in REMEDIES) as error:
        remedy = next(remedy for kind, remedy in REMEDIES if isinstance(error, kind))
        return component([Problem(str(error), remedy)])
