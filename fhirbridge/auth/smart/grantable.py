"""Which of the scopes an app asks for it can be given.

Asked for, registered and the person's own right: what is in all three. A scope that is only partly
registered is narrowed, an unknown one dropped, and v1 words stay v1 when nothing was taken away.
Of a granular scope and another both conditions stay, so a person can be asked for less than a type.
https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
"""

from collections.abc import Iterator

from fhirbridge.auth import granular
from fhirbridge.auth.scopes import BREAK_GLASS, Scope, Scopes, scope
from fhirbridge.auth.smart.records import Refreshes

LETTERS = "cruds"
IDENTITY = ("openid", "fhirUser", "profile")
LAUNCH = ("launch", "launch/patient", "launch/encounter")
REFRESH = ("offline_access", "online_access")
# Rights at this authorization server itself, for back ends: never a person's to give.
INTROSPECT = "__introspect"
LAUNCHER = "__launch"
OWN = (INTROSPECT, LAUNCHER)


def grantable(asked: str, registered: str, *, bare: bool = False) -> tuple[str, ...]:
    """Return the scopes in `asked` that `registered` covers, in the order asked for.

    `bare`: granular ones may leave out a code system that goes without saying; it is filled in.
    """
    found = [text for word in asked.split(" ") for text in _covered(word, registered, bare=bare)]
    return tuple(dict.fromkeys(found))


def for_person(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that a person can give away: none of a system's or of our own."""
    kept = (text for text in scopes if text not in OWN and not text.startswith("system/"))
    return tuple(kept)


def for_system(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that a back end can have of its own right."""
    return tuple(text for text in scopes if text in OWN or text.startswith("system/"))


def is_served(scope: str, types: frozenset[str]) -> bool:
    """Return whether a scope can work here: one that names a type only if it is among `types`."""
    if scope == "launch/encounter":
        return "Encounter" in types
    named = scope.partition("/")[2].partition(".")[0] if resource_scopes((scope,)) else "*"
    return named == "*" or named in types


def resource_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that give a right to resources."""
    return tuple(text for text in scopes if Scopes.parse(text).granted)


def refreshes(scopes: tuple[str, ...]) -> Refreshes:
    """Return how long refreshing goes on."""
    if "offline_access" in scopes:
        return "offline"
    return "online" if "online_access" in scopes else "never"


def _covered(word: str, registered: str, *, bare: bool) -> Iterator[str]:
    if word in OWN or word in (*IDENTITY, *LAUNCH, *REFRESH, BREAK_GLASS):
        if word in registered.split():
            yield word
        return
    asked = scope(word, bare=bare)
    if asked is not None:
        kept = (one for one in Scopes.parse(registered).granted if one.context == asked.context)
        shared = [_shared(asked, one) for one in kept]
        yield from [asked.text] if asked.text in shared else filter(None, shared)


def _shared(asked: Scope, kept: Scope) -> str:
    """Return what two scopes have in common: `asked` as it was written when that is all of it."""
    if kept.type_ not in {asked.type_, "*"} and asked.type_ != "*":
        return ""
    type_ = asked.type_ if kept.type_ == "*" else kept.type_
    letters = "".join(one for one in LETTERS if one in asked.letters and one in kept.letters)
    narrow = granular.both(asked.narrow, kept.narrow)
    if (type_, letters, narrow) == (asked.type_, asked.letters, asked.narrow):
        return asked.text
    query = f"?{granular.text(narrow)}" if narrow else ""
    return f"{asked.context}/{type_}.{letters}{query}" if letters else ""
