"""From the pairs of a query string to a Query, or to the error that says what is wrong.

Nothing is ignored silently: what a lenient client's request loses is named in `ignored`, and
`applied` is what the self link shows.
https://hl7.org/fhir/R4/search.html#errors, https://hl7.org/fhir/R4/search.html#conformance
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fhirbridge.fhir.errors import Invalid, NotSupported
from fhirbridge.search.chaining import LIST
from fhirbridge.search.clauses import clause, refuse_modifier
from fhirbridge.search.common import COMMON
from fhirbridge.search.escape import split
from fhirbridge.search.hierarchy import relation
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.query import Clause, Hop, Query
from fhirbridge.search.reference import Reference
from fhirbridge.search.result import RESULT_PARAMETERS, Shape, shown, unknown, unsupported

# They choose the representation, which is not the search's business.
REPRESENTATION = frozenset({"_format", "_pretty"})
# Means what happens without it: contained resources are not returned on their own.
AS_EVER = ("_contained", "false")
# Named by the standard, not built: refused even when the client is lenient.
NOT_BUILT = frozenset(
    {
        "_contained", "_containedType", "_content", "_elements", "_filter", "_include", "_query",
        "_revinclude", "_score", "_text", "_type",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Understood:
    """A query, the parameters that were ignored, and the pairs that were really used."""

    query: Query
    ignored: tuple[str, ...]
    applied: tuple[tuple[str, str], ...]


def understand(  # noqa: PLR0913 - the last three are options
    definition_type: str,
    parameters: Mapping[str, SearchParameter],
    pairs: Sequence[tuple[str, str]],
    context: SearchContext,
    *,
    lenient: bool = False,
    max_count: int = 1000,
    default_count: int = 50,
) -> Understood:
    """Return what `pairs` (percent-decoded, in order) ask of `definition_type`.

    Raises Invalid for a malformed value; NotSupported for an unknown parameter, unless `lenient`,
    and for a modifier or feature that is not built, always.
    """
    known = {**COMMON, **parameters}
    shape = Shape(known, lenient, max_count, min(default_count, max_count))
    reading = _Reading(definition_type, known, context, shape)
    for name, text in pairs:
        if text:
            reading.take(name, text)
    return reading.understood()


class _Reading:
    """One query string while it is read."""

    def __init__(
        self,
        type_: str,
        known: Mapping[str, SearchParameter],
        context: SearchContext,
        shape: Shape,
    ) -> None:
        self._type = type_
        self._known = known
        self._context = context
        self._shape = shape
        self._clauses: list[Clause] = []
        self._hops: list[Hop] = []
        self._pairs: list[tuple[str, str]] = []

    def take(self, name: str, text: str) -> None:
        base = name.partition(":")[0].partition(".")[0]
        if base in NOT_BUILT and (name, text) != AS_EVER:
            raise NotSupported(f"{base} is not supported", expression=(f"http.{base}",))
        if base in RESULT_PARAMETERS | REPRESENTATION | {AS_EVER[0]}:
            self._take_shape(name, text)
        elif base in {"_has", LIST}:
            self._take_hop(name, text)
        elif base in self._known:
            self._take_clause(name, self._known[base], text)
        elif self._shape.lenient:
            self._shape.ignored.append(shown(name))
        else:
            raise unknown(self._type, name)

    def _take_shape(self, name: str, text: str) -> None:
        if name in RESULT_PARAMETERS:
            self._shape.take(name, text)
        elif name in REPRESENTATION or (name, text) == AS_EVER:
            self._pairs.append((name, text))
        else:
            base = name.partition(":")[0].partition(".")[0]
            raise unsupported(base, "it has no modifier or chain")

    def understood(self) -> Understood:
        self._check_size()
        shape = self._shape
        count = 0 if shape.only_total else shape.count
        query = Query(
            self._type,
            tuple(self._clauses),
            shape.sort,
            count=count,
            total=shape.total or count == 0,
            hops=tuple(self._hops),
        )
        return Understood(query, tuple(shape.ignored), (*self._pairs, *shape.applied.items()))

    def _check_size(self) -> None:
        """Raise Invalid for more than one search may ask for."""
        bounds = self._context.bounds
        if len(self._clauses) + len(self._hops) > bounds.parameters:
            raise Invalid(f"A search may have {bounds.parameters} parameters at most")
        values = sum(len(one.values) for one in self._clauses)
        values += sum(len(split(one.text, ",")) for one in self._hops)
        if values > bounds.values:
            raise Invalid(f"A search may have {bounds.values} values at most")

    def _take_clause(self, name: str, parameter: SearchParameter, text: str) -> None:
        if "." in name:
            if not isinstance(parameter, Reference):
                raise unsupported(parameter.code, "only references can be chained")
            self._take_hop(name, text)
            return
        if relation(parameter, name):
            self._take_hop(name, text)
            return
        modifier = refuse_modifier(parameter, name)
        found = clause(parameter, modifier, text, self._context)
        if found is not None:
            self._clauses.append(found)
            self._pairs.append((name, text))

    def _take_hop(self, name: str, text: str) -> None:
        if any(split(text, ",")):
            self._hops.append(Hop(name, text, self._context))
            self._pairs.append((name, text))
