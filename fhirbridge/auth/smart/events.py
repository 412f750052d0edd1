"""What people do here that an audit trail wants to know."""

from typing import Literal, NamedTuple

Kind = Literal[
    "login",
    "login-refused",
    "logout",
    "consent",
    "consent-refused",
    "withdrawal",
    "patients-listed",
    "revocation-refused",
    "introspection",
    "app-refused",
    "token-reused",
]


class Event(NamedTuple):
    """Something that a person did or tried. `time` is in microseconds since 1970 UTC.

    `fhir_user` is `Patient/ID` or `Practitioner/ID`, None for somebody unknown: a name that was
    typed is not told, it may be a password. `patient`, `scopes` and `client` belong to a consent,
    to its withdrawal and to the reuse of a code or token that came of it; of an introspection
    `patient` is whom the token is for; of a refusal `client` is the app that it said it was.
    `listed` are the patients that somebody was shown to choose from.
    """

    time: int
    kind: Kind
    address: str
    fhir_user: str | None = None
    client: str | None = None
    patient: str | None = None
    scopes: str = ""
    listed: tuple[str, ...] = ()


def untold(_event: Event) -> None:
    """Tell nobody."""
