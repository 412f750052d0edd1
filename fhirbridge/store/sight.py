"""One resource type as a reader may look at it: every alias of it comes from here."""

from collections.abc import Mapping
from types import MappingProxyType

from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.query import PermittedQuery, Visibility
from fhirbridge.store.index.numbers import WHOLE, param, view_of
from fhirbridge.store.index.rows import TypeIndex
from fhirbridge.store.sql import Sql
from fhirbridge.store.visibility import visible

NO_TYPES: Mapping[str, TypeIndex] = MappingProxyType({})


class Sight:
    """A type, which of its rows may be seen, and in which view its parameters are searched.

    `depth` is how many chains led here; names of aliases carry it.
    """

    def __init__(
        self,
        index: TypeIndex,
        permitted: PermittedQuery,
        types: Mapping[str, TypeIndex] = NO_TYPES,
        *,
        visibility: Visibility | None = None,
        depth: int = 0,
    ) -> None:
        self.index = index
        self.permitted = permitted
        self.depth = depth
        self.visibility = permitted.visibility if visibility is None else visibility
        self.types = types
        self.patient_view = (
            view_of(self.visibility.patient)
            if permitted.as_patient and index.shown_parameters
            else WHOLE
        )

    def beyond(self, type_: str) -> "Sight":
        """Return the sight of `type_`, one chain further.

        Raises KeyError for a type that the query was not permitted to look at.
        """
        return Sight(
            self.types[type_],
            self.permitted,
            self.types,
            visibility=self.permitted.others[type_],
            depth=self.depth + 1,
        )

    @property
    def contained(self) -> bool:
        """Whether these are resources inside others."""
        return False

    def same(self, alias: str, other: str) -> str:
        """Return that two aliases stand for one resource."""
        return f"{alias}.row = {other}.row"

    def visible(self, alias: str, *, resource: bool = False) -> Sql:
        """Return that the row `alias.row` may be seen; `resource`: the alias is that table."""
        return visible(self.index.definition, alias, self.visibility, resource=resource)

    def view(self, code: str) -> str:
        """Return the view in which the parameter `code` is searched."""
        return self.patient_view if code in self.index.shown_parameters else WHOLE

    def numbers(self, parameter: SearchParameter) -> tuple[int, ...]:
        """Return the numbers of the rows of `parameter`."""
        return tuple(map(self.number, parameter.indexed))

    def number(self, code: str, stored: str | None = None) -> int:
        """Return the number of the rows of `code`, or of its part that is `stored` apart."""
        return param(self.index.type_, stored or code, self.view(code))
