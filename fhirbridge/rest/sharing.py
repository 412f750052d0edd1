"""What a search of several types may ask: the parameters that all of them have.

https://hl7.org/fhir/R4/search.html#all
"""

from collections.abc import Iterator, Mapping, Sequence

from fhirbridge.fhir.errors import NotSupported
from fhirbridge.rest.server import Server
from fhirbridge.search.parameter import SearchParameter
from fhirbridge.search.result import shown, unsupported

# So many types are named, where more could be.
MOST_NAMED = 3

Tables = Mapping[str, Mapping[str, SearchParameter]]


def shared(types: Sequence[str], server: Server) -> Tables:
    """Return for each type the parameters that all of them have, of the same kind."""
    tables = [server.parameters[type_] for type_ in types]
    if len(tables) == 1:
        return {types[0]: tables[0]}
    codes = [
        code
        for code, one in tables[0].items()
        if all(code in table and table[code].kind == one.kind for table in tables)
    ]
    return {
        type_: {code: table[code] for code in codes}
        for type_, table in zip(types, tables, strict=True)
    }


def refuse_unshared(given: Sequence[tuple[str, str]], known: Tables, server: Server) -> None:
    """Raise NotSupported for a parameter, or a key of `_sort`, that some of the types lack.

    `known` is what they share. One that none of them has is not the business of this.
    """
    common = next(iter(known.values()))
    for place, code in _asked(given):
        having = [type_ for type_ in known if code in server.parameters[type_]]
        if having and code not in common:
            raise _unshared(place, code, [type_ for type_ in known if type_ not in having])


def _asked(given: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the codes that are asked for, each after the name of its parameter."""
    for name, value in given:
        if name == "_sort":
            yield from ((name, part.removeprefix("-")) for part in value.split(","))
        elif value:
            code = name.partition(":")[0].partition(".")[0]
            yield code, code


def _unshared(place: str, code: str, lacking: Sequence[str]) -> NotSupported:
    if not lacking:
        return unsupported(place, f"{shown(code)} is not the same kind of parameter on all types")
    names = ", ".join(lacking[:MOST_NAMED])
    more = f" and {len(lacking) - MOST_NAMED} more" if len(lacking) > MOST_NAMED else ""
    reason = f"{shown(code)} is no parameter of {names}{more}"
    return unsupported(place, f"{reason}; a search of several types takes what all of them have")
