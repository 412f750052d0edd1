"""Which of the scopes an app asks for it can be given.

Asked for, registered and the person's own right: what is in all three. A scope that is only partly
registered is narrowed, an unknown one dropped, and v1 words stay v1 when nothing was taken away.
https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
"""

from collections.abc import Iterator

from fhirbridge.auth.scopes import Scope, Scopes
from fhirbridge.auth.smart.records import Refreshes

LETTERS = "cruds"
IDENTITY = ("openid", "fhirUser", "profile")
LAUNCH = ("launch", "launch/patient", "launch/encounter")
REFRESH = ("offline_access", "online_access")
# Rights at this authorization server itself, for back ends: never a person's to give.
INTROSPECT = "__introspect"
LAUNCHER = "__launch"
OWN = (INTROSPECT, LAUNCHER)


def grantable(asked: str, registered: str) -> tuple[str, ...]:
    """Return the scopes in `asked` that `registered` covers, in the order asked for."""
    found = [text for word in asked.split() for text in _covered(word, registered)]
    return tuple(dict.fromkeys(found))


def for_person(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that a person can give away: none of a system's or of our own."""
    kept = (text for text in scopes if text not in OWN and not text.startswith("system/"))
    return tuple(kept)


def for_system(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that a back end can have of its own right."""
    return tuple(text for text in scopes if text in OWN or text.startswith("system/"))


def resource_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that give a right to resources."""
    return tuple(text for text in scopes if Scopes.parse(text).granted)


def refreshes(scopes: tuple[str, ...]) -> Refreshes:
    """Return how long refreshing goes on."""
    if "offline_access" in scopes:
        return "offline"
    return "online" if "online_access" in scopes else "never"


def _covered(word: str, registered: str) -> Iterator[str]:
    if word in OWN or word in IDENTITY + LAUNCH + REFRESH:
        if word in registered.split():
            yield word
        return
    kept = [scope for scope in Scopes.parse(registered).granted if scope.narrow is None]
    for asked in Scopes.parse(word).granted:
        if asked.narrow is None:
            shared = [_shared(asked, scope) for scope in kept if scope.context == asked.context]
            yield from [asked.text] if asked.text in shared else filter(None, shared)


def _shared(asked: Scope, kept: Scope) -> str:
    """Return what two scopes have in common: `asked` as it was written when that is all of it."""
    if kept.type_ not in {asked.type_, "*"} and asked.type_ != "*":
        return ""
    type_ = asked.type_ if kept.type_ == "*" else kept.type_
    letters = "".join(one for one in LETTERS if one in asked.letters and one in kept.letters)
    if (type_, letters) == (asked.type_, asked.letters):
        return asked.text
    return f"{asked.context}/{type_}.{letters}" if letters else ""
