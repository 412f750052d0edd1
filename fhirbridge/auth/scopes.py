"""SMART scopes, v1 and v2: https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html.

`(patient|user|system)/(Type|*).(letters of cruds in order | read | write | *)[?name=value&…]`.
A scope that breaks the grammar is dropped, never repaired: reading `.read` as letters would grant
`d`. A granular scope (with a query) is kept as text but grants nothing until it can be enforced.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

Context = Literal["patient", "user", "system"]

# v1 words and the v2 letters they mean.
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_GRAMMAR = re.compile(
    r"(?P<context>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]{1,63})"
    r"\.(?P<rights>read|write|\*|(?=[cruds])c?r?u?d?s?)(\?(?P<narrow>[\x21-\x7e]+))?",
    re.ASCII,
)
# Scopes about the person and the launch, which give no right to a resource.
_OTHER = frozenset(
    {
        "openid", "profile", "fhirUser", "launch", "launch/patient", "launch/encounter",
        "offline_access", "online_access",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope: which letters of `cruds` it gives on `type_` (`*` is any type)."""

    context: Context
    type_: str
    letters: str
    narrow: str | None
    text: str

    def covers(self, context: str, type_: str, letter: str) -> bool:
        """Return whether this scope alone gives `letter` on the whole of `type_`."""
        return (
            self.narrow is None
            and self.context == context
            and self.type_ in {type_, "*"}
            and letter in self.letters
        )


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes of one token. `str()` gives them back as they were asked for."""

    granted: tuple[Scope, ...] = ()
    other: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Scopes":
        """Return the scopes in `text`, separated by spaces, without those that are not scopes."""
        return _parse(text)

    def cover(self, context: str, type_: str, letter: str) -> bool:
        """Return whether one of the scopes of `context` gives `letter` on `type_`."""
        return any(scope.covers(context, type_, letter) for scope in self.granted)

    @property
    def contexts(self) -> frozenset[Context]:
        """The contexts named: who the token can stand for."""
        return frozenset(scope.context for scope in self.granted)

    def __str__(self) -> str:
        return " ".join((*(scope.text for scope in self.granted), *self.other))


@lru_cache(maxsize=1024)
def _parse(text: str) -> Scopes:
    words = tuple(dict.fromkeys(text.split()))
    return Scopes(tuple(_scopes(words)), tuple(word for word in words if word in _OTHER))


def _scopes(words: tuple[str, ...]) -> Iterator[Scope]:
    for word in words:
        match = _GRAMMAR.fullmatch(word)
        if match is not None:
            rights = match["rights"]
            yield Scope(
                cast("Context", match["context"]),
                match["type"],
                _V1.get(rights, rights),
                match["narrow"],
                word,
            )
