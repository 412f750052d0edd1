"""What of an `_include` or `_revinclude` a principal may be given.

Included rows need `r` or `s` on their own type. A type that the token does not cover is left out
in silence when it came by `*`, and is 403 when it was named; so are parameters not open to
patients (400 when named). https://hl7.org/fhir/R4/search.html#revinclude
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fhirbridge.auth.access import permit, refused_parameters, sees_as_patient
from fhirbridge.auth.narrowing import not_open
from fhirbridge.auth.principal import Principal
from fhirbridge.fhir.errors import Forbidden
from fhirbridge.resources.definition import ResourceDefinition
from fhirbridge.search.include import Include
from fhirbridge.search.query import PermittedQuery, Query


@dataclass(frozen=True, slots=True)
class PermittedIncludes:
    """The includes that are followed, and for every type how far its rows may be seen."""

    includes: tuple[Include, ...] = ()
    types: Mapping[str, PermittedQuery] = field(default_factory=dict)


def permit_includes(
    includes: Sequence[Include],
    definitions: Mapping[str, ResourceDefinition],
    principal: Principal,
) -> PermittedIncludes:
    """Return `includes` as far as `principal` may have them.

    Raises Forbidden for a named one whose rows no scope covers, NotSupported for a named parameter
    that is not open to patients.
    """
    if not includes:
        return PermittedIncludes()
    rights = _Rights(definitions, principal)
    kept = tuple(one for one in includes if rights.allow(one))
    seen = {type_: right for type_, right in rights.known.items() if right is not None}
    return PermittedIncludes(kept, seen)


class _Rights:
    """How far the rows of each type may be seen; None: not at all."""

    def __init__(self, definitions: Mapping[str, ResourceDefinition], principal: Principal) -> None:
        self._definitions = definitions
        self._principal = principal
        self.known: dict[str, PermittedQuery | None] = {}

    def allow(self, include: Include) -> bool:
        """Return whether to follow `include`; raises Forbidden or NotSupported if it was named."""
        if self._refused(include):
            if include.wild:
                return False
            name = "_revinclude" if include.reverse else "_include"
            raise not_open(include.parameter.code, name)
        self._right(include.source)
        rights = [self._right(type_) for type_ in self._produced(include)]
        if include.wild or not rights or any(right is not None for right in rights):
            return any(right is not None for right in rights)
        raise self._forbidden(next(self._produced(include)))

    def _refused(self, include: Include) -> bool:
        refused = refused_parameters(self._definitions[include.source])
        return sees_as_patient(self._principal) and include.parameter.code in refused

    def _produced(self, include: Include) -> Iterator[str]:
        """Yield the served types whose rows the include may add."""
        if include.reverse:
            yield include.source
        else:
            yield from (type_ for type_ in self._definitions if include.leads_to(type_))

    def _right(self, type_: str) -> PermittedQuery | None:
        if type_ not in self.known:
            self.known[type_] = self._asked(type_)
        return self.known[type_]

    def _asked(self, type_: str) -> PermittedQuery | None:
        try:
            return permit(Query(type_), self._definitions[type_], self._principal, "include")
        except Forbidden:
            return None

    def _forbidden(self, type_: str) -> Forbidden:
        try:
            permit(Query(type_), self._definitions[type_], self._principal, "include")
        except Forbidden as error:
            return error
        raise AssertionError  # pragma: no cover - asked only about types not covered
