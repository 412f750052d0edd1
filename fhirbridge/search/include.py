"""`_include` and `_revinclude`: which references of a page's matches are followed, which way.

https://hl7.org/fhir/R4/search.html#revinclude
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fhirbridge.fhir.errors import Invalid
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.reference import Reference
from fhirbridge.search.result import shown, unsupported, wrong
from fhirbridge.search.types import RESOURCE_TYPES

NAMES = frozenset({"_include", "_revinclude"})
EVERY = "*"
MOST_PARTS = 3
# Each is looked at for every round of rows.
MOST_INCLUDES = 20

Parameters = Mapping[str, Mapping[str, SearchParameter]]


@dataclass(frozen=True, slots=True)
class Include:
    """One parameter to follow, from `source` to what it refers to or, `reverse`, back.

    `target`: only to resources of that type. `iterate`: from what was included too, not from
    matches alone. `wild`: it came by `*`, not by its name.
    """

    source: str
    parameter: Reference
    target: str | None = None
    iterate: bool = False
    reverse: bool = False
    wild: bool = False

    def leads_to(self, type_: str) -> bool:
        """Return whether the reference may refer to a resource of that type."""
        if self.target is not None:
            return self.target == type_
        return not self.parameter.targets or type_ in self.parameter.targets


def understand_includes(
    pairs: Sequence[tuple[str, str]], searched: Collection[str], parameters: Parameters
) -> tuple[Include, ...]:
    """Return what the `_include` and `_revinclude` among `pairs` ask of a search on `searched`.

    `parameters` has the search parameters of every type that is served. Raises Invalid for what is
    malformed or leads nowhere, NotSupported for an unknown modifier, type or parameter.
    """
    found: dict[Include, None] = {}
    for name, text in pairs:
        base, colon, modifier = name.partition(":")
        if base in NAMES and text:
            if colon and modifier != "iterate":
                raise unsupported(base, f"modifier {shown(modifier)} is not supported")
            asked = _Asked(base, text, searched, parameters)
            found.update(dict.fromkeys(asked.includes(iterate=bool(colon))))
    if len({one for one in found if not one.wild}) > MOST_INCLUDES:
        raise Invalid(f"More than {MOST_INCLUDES} of _include and _revinclude")
    return tuple(found)


def including(type_: str, parameters: Parameters) -> list[str]:
    """Return what `_include` may follow from `type_`, as it is written."""
    known = parameters[type_]
    return [f"{type_}:{code}" for code in sorted(known) if isinstance(known[code], Reference)]


def including_back(type_: str, parameters: Parameters) -> list[str]:
    """Return what `_revinclude` may follow back to `type_`, as it is written."""
    return [
        f"{source}:{code}"
        for source, known in parameters.items()
        for code, parameter in sorted(known.items())
        if isinstance(parameter, Reference) and Include(source, parameter).leads_to(type_)
    ]


class _Asked:
    """One `_include` or `_revinclude`: `Source:parameter`, `Source:parameter:Target`, or wild."""

    def __init__(
        self, name: str, text: str, searched: Collection[str], parameters: Parameters
    ) -> None:
        self._name = name
        self._reverse = name == "_revinclude"
        self._searched = searched
        self._parameters = parameters
        parts = [EVERY, EVERY] if text == EVERY else text.split(":")
        if not 1 < len(parts) <= MOST_PARTS or not all(parts):
            raise self._malformed("expected Source:parameter, Source:parameter:Target or *")
        self._source, self._code = parts[:2]
        self._target = parts[2] if len(parts) == MOST_PARTS else None

    def includes(self, *, iterate: bool) -> Iterator[Include]:
        """Yield the includes meant. Raises Invalid or NotSupported."""
        if self._target is not None and self._target not in RESOURCE_TYPES:
            raise self._malformed(f"{shown(self._target)} is not a resource type")
        wild = self._code == EVERY
        for source in self._sources(iterate=iterate):
            for parameter in self._references(source):
                one = Include(source, parameter, self._target, iterate, self._reverse, wild)
                if not wild or self._may_lead(one, iterate=iterate):
                    yield one

    def _sources(self, *, iterate: bool) -> Collection[str]:
        if self._source == EVERY and self._code == EVERY:
            return self._parameters if self._reverse or iterate else self._searched
        if self._source not in RESOURCE_TYPES:
            raise self._malformed(f"{shown(self._source)} is not a resource type")
        if self._source not in self._parameters:
            raise unsupported(self._name, f"{self._source} is not served")
        return (self._source,)

    def _references(self, source: str) -> Iterator[Reference]:
        known = self._parameters[source]
        if self._code == EVERY:
            yield from (one for one in known.values() if isinstance(one, Reference))
            return
        parameter = known.get(self._code)
        if parameter is None:
            raise unsupported(self._name, f"{source} has no parameter {shown(self._code)}")
        if not isinstance(parameter, Reference):
            raise self._malformed(f"{parameter.code} of {source} is not a reference")
        if self._target and parameter.targets and self._target not in parameter.targets:
            raise self._malformed(f"{parameter.code} of {source} does not lead to {self._target}")
        yield parameter

    def _may_lead(self, one: Include, *, iterate: bool) -> bool:
        """Return whether following this parameter of a `*` can find anything."""
        if self._reverse and not iterate:
            return any(one.leads_to(type_) for type_ in self._searched)
        return any(one.leads_to(type_) for type_ in self._parameters)

    def _malformed(self, reason: str) -> Invalid:
        return wrong(self._name, reason)
