"""SMART scopes, v1 and v2: https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html.

`(patient|user|system)/(Type|*).(letters of cruds in order | read | write | *)[?name=value&…]`.
A scope that breaks the grammar is dropped, never repaired: reading `.read` as letters would grant
`d`. A granular scope (with a query) gives its letters on the resources that fulfil its clause.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, cast

from fhirbridge.auth import granular
from fhirbridge.auth.granular import Clause, clause

Context = Literal["patient", "user", "system"]

# v1 words and the v2 letters they mean.
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_GRAMMAR = re.compile(
    r"(?P<context>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]{1,63})"
    r"\.(?P<rights>read|write|\*|(?=[cruds])c?r?u?d?s?)(\?(?P<query>[\x21-\x7e]+))?",
    re.ASCII,
)
# A practitioner may look at anybody, saying why: only where the operator allows it.
BREAK_GLASS = "__break_glass"
# Scopes about the person and the launch, which give no right to a resource.
_OTHER = frozenset(
    {
        "openid", "profile", "fhirUser", "launch", "launch/patient", "launch/encounter",
        "offline_access", "online_access", BREAK_GLASS,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope: which letters of `cruds` it gives on `type_` (`*` is any type).

    Of a granular one the resources must fulfil `narrow`; it is empty otherwise.
    """

    context: Context
    type_: str
    letters: str
    narrow: Clause
    text: str

    def covers(self, context: str, type_: str, letters: str) -> bool:
        """Return whether this scope gives one of `letters` on the type, or on part of it."""
        return (
            self.context == context
            and self.type_ in (type_, "*")
            and any(letter in self.letters for letter in letters)
        )


@dataclass(frozen=True)
class Scopes:
    """The scopes of one token. `str()` gives them back as they were asked for."""

    granted: tuple[Scope, ...] = ()
    other: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Scopes":
        """Return the scopes in `text`, separated by spaces, without those that are not scopes."""
        return _parse(text)

    def cover(self, context: str, type_: str, letters: str) -> bool:
        """Return whether a scope of `context` gives one of `letters` on `type_` or part of it."""
        return any(scope.covers(context, type_, letters) for scope in self.granted)

    def within(self, context: str, type_: str, letters: str) -> tuple[Clause, ...]:
        """Return the clauses one of which a resource must fulfil for `letters`; none: all do."""
        covering = [one for one in self.granted if one.covers(context, type_, letters)]
        if not all(one.narrow for one in covering):
            return ()
        return tuple(dict.fromkeys(one.narrow for one in covering))

    def allow(self, word: str) -> bool:
        """Return whether a scope that is about no resource was granted."""
        return word in self.other

    @cached_property
    def granular(self) -> bool:
        """Whether some scope is about a part of its type only."""
        return any(one.narrow for one in self.granted)

    @property
    def contexts(self) -> frozenset[Context]:
        """The contexts named: who the token can stand for."""
        return frozenset(scope.context for scope in self.granted)

    @cached_property
    def text(self) -> str:
        """The scopes as they were asked for."""
        return " ".join((*(scope.text for scope in self.granted), *self.other))

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self.text)


def scope(word: str, *, bare: bool = False) -> Scope | None:
    """Return the scope that a word is, None for one that gives no right to resources.

    With `bare`, codes of its query may lack a system that goes without saying: its text has it.
    """
    match = _GRAMMAR.fullmatch(word)
    if match is None:
        return None
    type_, letters, query = match["type"], _V1.get(match["rights"], match["rights"]), match["query"]
    narrow = () if query is None else clause(type_, letters, query, bare=bare)
    if narrow is None:
        return None
    whole = word.partition("?")[0]
    written = f"{whole}?{granular.text(narrow)}" if narrow else whole
    return Scope(cast("Context", match["context"]), type_, letters, narrow, written)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Scopes:
    words = tuple(dict.fromkeys(text.split()))
    found = (scope(word) for word in words)
    granted = tuple(one for one in found if one is not None)
    return Scopes(granted, tuple(word for word in words if word in _OTHER))
