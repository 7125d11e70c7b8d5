"""Errors that know their own HTTP status, type and title, so that whoever renders them need not know them."""

from typing import Any, ClassVar

NAMESPACE = "urn:complaintregistry:problem:"
VALIDATION_FAILED = f"{NAMESPACE}validation-failed"


class ProblemError(Exception):
    """An error that a caller of the API sees as problem details (RFC 9457)."""

    status: ClassVar[int]
    # `about:blank` where the status alone says what is wrong; its title is then the status's own.
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
        """Members of the problem besides the standard ones."""
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
