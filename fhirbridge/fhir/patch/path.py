"""The part of FHIRPath that names elements, as patches need it.

`Patient.telecom.where(system = 'phone' and use != 'old').first().value`, `name[0]`, `ofType(…)`,
`extension('url')`, `last()`; conditions compare with `=` and `!=`, or say `x.exists()`.
What else FHIRPath has is refused. https://hl7.org/fhirpath/N1/
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fhirbridge.fhir.errors import Invalid
from fhirbridge.fhir.patch.place import Place, root
from fhirbridge.fhir.patch.steps import Places, Step, at, named, of_type, unquoted, where, with_url

TOKEN = re.compile(
    r"\s*(?:(?P<name>\$this|[A-Za-z_][A-Za-z0-9_]*|`[^`]+`)|(?P<text>'(?:[^'\\]|\\.)*')"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<mark>!=|[.()\[\]=]))"
)
LONGEST = 1000
LONGEST_INDEX = 9
# What a path may begin with beside the type itself.
ROOTS = ("Resource", "DomainResource", "$this")
WORDS = {"true": True, "false": False}

Token = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Path:
    """A path, understood. `last` is the element's name if the path ends in one, else None."""

    steps: tuple[Step, ...]
    last: str | None

    def places(self, resource: dict[str, Any]) -> Places:
        """Return where the path leads in `resource`, in order."""
        return _walked([root(resource)], self.steps)

    def holders(self, resource: dict[str, Any]) -> Places:
        """Return the elements whose element the path's last name is."""
        return _walked([root(resource)], self.steps[:-1])


def parse(text: str, type_: str) -> Path:
    """Return the path in `text` on a resource of `type_`; raises Invalid for what is not served.

    The type may be left out before an element: `name[0]` is `Patient.name[0]`.
    """
    reader = _Reader(_tokens(text))
    rooted = any(reader.met("name", one) for one in (type_, *ROOTS))
    if not rooted and not text.strip()[:1].islower():
        raise Invalid(f"A patch's path begins with {type_}")
    steps, last = reader.steps(after_dot=not rooted)
    reader.end()
    return Path(tuple(steps), last)


def _walked(places: Places, steps: Iterable[Step]) -> Places:
    for step in steps:
        places = step(places)
    return places


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    position, text = 0, text.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None or len(text) > LONGEST:
            raise _unread()
        found.append((str(match.lastgroup), match[match.lastgroup or 0]))
        position = match.end()
    return found


class _Reader:
    """The tokens of one path while they are read."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def taken(self, kind: str, text: str | None = None) -> str:
        """Return the next token, which must be of `kind`."""
        found = self._next()
        if found[0] != kind or text not in {None, found[1]}:
            raise _unread()
        self._at += 1
        return found[1]

    def met(self, kind: str, text: str) -> bool:
        """Return whether the next token is that one, and pass it if so."""
        met = self._next() == (kind, text)
        self._at += met
        return met

    def end(self) -> None:
        if self._next() != ("", ""):
            raise _unread()

    def steps(self, *, after_dot: bool) -> tuple[list[Step], str | None]:
        """Return the steps that follow, and the name the last one is, if it is one.

        `after_dot`: the first is one that needs no dot before it.
        """
        steps: list[Step] = []
        last = None
        while True:
            if self.met("mark", "["):
                steps.append(at(self._index()))
                last = None
            elif after_dot or self.met("mark", "."):
                after_dot = False
                name = self.taken("name").strip("`")
                called = self.met("mark", "(")
                steps.append(self._function(name) if called else named(name))
                last = None if called else name
            else:
                return steps, last

    def _index(self) -> int:
        text = self.taken("number")
        self.taken("mark", "]")
        if not text.isdigit() or len(text) > LONGEST_INDEX:
            raise _unread()
        return int(text)

    def _function(self, name: str) -> Step:
        if name == "where":
            step = where(self._condition())
        elif name in {"ofType", "as"}:
            step = of_type(self.taken("name"))
        elif name == "extension":
            step = with_url(unquoted(self.taken("text")))
        elif name in {"first", "last"}:
            step = at(0 if name == "first" else -1)
        else:
            raise Invalid("The patch's path has a function that is not served")
        self.taken("mark", ")")
        return step

    def _condition(self) -> Callable[[Place], bool]:
        """Return `a = b and c`, or `a or b`: one kind of word only, so that none binds closer."""
        conditions = [self._comparison()]
        for word, combined in (("and", all), ("or", any)):
            while self.met("name", word):
                conditions.append(self._comparison())
            if len(conditions) > 1:
                return lambda place: combined(holds(place) for holds in conditions)
        return conditions[0]

    def _comparison(self) -> Callable[[Place], bool]:
        name = self.taken("name").strip("`")
        steps = [] if name == "$this" else [named(name)]
        while self.met("mark", "."):
            name = self.taken("name").strip("`")
            if name == "exists" and self.met("mark", "("):
                self.taken("mark", ")")
                return lambda place: bool(_walked([place], steps))
            steps.append(named(name))
        differs = self.met("mark", "!=")
        if not differs:
            self.taken("mark", "=")
        wanted = self._literal()

        def holds(place: Place) -> bool:
            found = [one.value for one in _walked([place], steps)]
            return bool(found) and (found != [wanted] if differs else found == [wanted])

        return holds

    def _literal(self) -> Any:
        kind, text = self._next()
        self._at += 1
        if kind == "text":
            return unquoted(text)
        if kind == "number":
            return Decimal(text)
        if text in WORDS:
            return WORDS[text]
        raise _unread()

    def _next(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")


def _unread() -> Invalid:
    return Invalid("The patch's path is not FHIRPath that is served")
