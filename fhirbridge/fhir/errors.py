"""What a client can be told: one class per meaning, each with its HTTP status and issue code.

https://hl7.org/fhir/R4/http.html#Status-Codes
"""

# ruff: noqa: N818 - each class is named for its meaning, as the status codes are

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Issue:
    """One OperationOutcome.issue."""

    severity: str
    code: str
    diagnostics: str
    expression: tuple[str, ...] = ()


class FhirError(Exception):
    """An answer that is an OperationOutcome. Its text never carries data of a patient."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "exception"

    def __init__(self, diagnostics: str, *, expression: tuple[str, ...] = ()) -> None:
        super().__init__(diagnostics)
        self.issues: tuple[Issue, ...] = (Issue("error", self.code, diagnostics, expression),)
        self.headers: dict[str, str] = {}


class Invalid(FhirError):
    """The request or its body breaks a rule of the format."""

    status = 400
    code = "invalid"

    @classmethod
    def because(cls, issues: tuple[Issue, ...]) -> "Invalid":
        """Return an error that carries several issues."""
        error = cls(issues[0].diagnostics)
        error.issues = issues
        return error


class NotSupported(FhirError):
    """A parameter, modifier or feature that this server does not have."""

    status = 400
    code = "not-supported"


class LoginRequired(FhirError):
    """No valid token: https://www.rfc-editor.org/rfc/rfc6750#section-3."""

    status = 401
    code = "login"


class Forbidden(FhirError):
    """The token does not cover this; decided from the token and the URL alone."""

    status = 403
    code = "forbidden"


class NotFound(FhirError):
    """Unknown, foreign or withheld: the same answer for each."""

    status = 404
    code = "not-found"


class MethodNotAllowed(FhirError):
    """The type or route has no such interaction."""

    status = 405
    code = "not-supported"


class NotAcceptable(FhirError):
    """No representation that the client accepts."""

    status = 406
    code = "not-supported"


class Conflict(FhirError):
    """The state of the server forbids it."""

    status = 409
    code = "conflict"


class Gone(FhirError):
    """The resource was deleted."""

    status = 410
    code = "deleted"


class PreconditionFailed(FhirError):
    """If-Match or a condition does not hold."""

    status = 412
    code = "conflict"


class TooLarge(FhirError):
    """A body past the limit."""

    status = 413
    code = "too-long"


class UnsupportedMediaType(FhirError):
    """A body in a format that is not served."""

    status = 415
    code = "not-supported"


class Unprocessable(FhirError):
    """Well-formed, but against a business rule or profile."""

    status = 422
    code = "processing"


class TooCostly(FhirError):
    """The whole answer would be past a limit, and a part of it would look like the whole."""

    status = 422
    code = "too-costly"


class Throttled(FhirError):
    """Past a rate or cost limit."""

    status = 429
    code = "throttled"


class Unavailable(FhirError):
    """Try again later."""

    status = 503
    code = "transient"
