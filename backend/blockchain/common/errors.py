"""Base classes of errors that carry their own HTTP status, type and title, so one handler can render all of them."""

from typing import Any, ClassVar

NAMESPACE = "urn:complaintregistry:problem:"
VALIDATION_FAILED = f"{NAMESPACE}validation-failed"


class ProblemError(Exception):
    """An error that a caller of the API sees as problem details (RFC 9457)."""

    status: ClassVar[int]
    # `about:blank` if the status says enough; the title is then the status's standard phrase.
    type_: ClassVar[str] = "about:blank"
    title: ClassVar[str] = ""
    headers: dict[str, str] = {}

    @property
    def detail(self) -> str:
        """One sentence for the caller: no secrets, and no data of other people."""
        text = str(self)
        return f"{text[:1].upper()}{text[1:]}."

    @property
    def members(self) -> dict[str, Any]:
        """Additional members of the problem."""
        return {}


class ConflictError(ProblemError):
    """The state of the complaint forbids the request."""

    status = 409
    type_ = f"{NAMESPACE}recording-refused"
    title = "Refused"


class UnavailableError(ProblemError):
    """A service that the backend depends on does not answer. The message is for the log, `public` for the caller."""

    status = 503
    headers = {"Retry-After": "30"}
    public: ClassVar[str]

    @property
    def detail(self) -> str:
        return self.public
