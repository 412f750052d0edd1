"""Who asks, with what right: taken from the token alone, never from the request."""

from dataclasses import dataclass, field
from typing import Any, Literal

from fhirbridge.auth.scopes import Scopes
from fhirbridge.search.recent import Recent

Kind = Literal["patient", "user", "system"]


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller. `patient` is the id in the launch context, `user` a local reference.

    A practitioner's relations count that are current in `window` (µs since 1970 UTC; None: all).
    `emergency` is the reason for which one looks at anybody's record: it is on every record of
    the audit trail, and the session is one to look into. `grant` stands for the token there.
    """

    kind: Kind
    scopes: Scopes = field(default_factory=Scopes)
    patient: str | None = None
    user: str | None = None
    client: str | None = None
    window: tuple[int, int] | None = None
    emergency: str | None = None
    grant: str = field(default="", compare=False)
    # What was found to follow, by whoever asked: another principal begins without.
    known: Recent[Any] = field(init=False, default_factory=Recent, compare=False, repr=False)

    @property
    def own_patient(self) -> str | None:
        """The id of the patient whose eyes this principal sees with, if any.

        A person who logged in as a patient stays one, whatever scopes were granted.
        """
        if self.kind == "patient":
            return self.patient or None
        return self._user_id("Patient") if self.kind == "user" else None

    @property
    def practitioner(self) -> str | None:
        """The id of the practitioner who asks, if one does."""
        return self._user_id("Practitioner") if self.kind == "user" else None

    def _user_id(self, type_: str) -> str | None:
        named, _, id_ = (self.user or "").partition("/")
        return (id_ or None) if named == type_ else None


# The workers and the command line.
SYSTEM = Principal("system", Scopes.parse("system/*.cruds"))
