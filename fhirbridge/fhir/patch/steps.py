"""The steps of a path: each leads from some places to others."""

import re
from collections.abc import Callable

from fhirbridge.fhir.patch.place import Place, children

ESCAPE = re.compile(r"\\(.)")

Places = list[Place]
Step = Callable[[Places], Places]


def named(name: str) -> Step:
    """Go to the elements called `name`."""
    return lambda places: [child for place in places for child in children(place, name)]


def at(index: int) -> Step:
    """Keep the one at `index`, from the end when negative."""
    return lambda places: places[index:][:1]


def where(holds: Callable[[Place], bool]) -> Step:
    """Keep those for which the condition holds."""
    return lambda places: [place for place in places if holds(place)]


def of_type(name: str) -> Step:
    """Keep elements of a type: of a choice element the name says which it is."""
    ending = name[:1].upper() + name[1:]
    return lambda places: [
        place for place in places if name == place.definition or place.name.endswith(ending)
    ]


def with_url(url: str) -> Step:
    """Go to the extensions with that url."""

    def step(places: Places) -> Places:
        found = (child for place in places for child in children(place, "extension"))
        return [one for one in found if isinstance(one.value, dict) and one.value.get("url") == url]

    return step


def unquoted(literal: str) -> str:
    """Return the text in a string literal."""
    return ESCAPE.sub(r"\1", literal[1:-1])
