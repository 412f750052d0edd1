"""Reference parameters: links to other resources. https://hl7.org/fhir/R4/search.html#reference.

All ways of writing one local reference are one value: id, `Type/id`, absolute under our own base,
with or without a version. A reference to another server equals only itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from fhirbridge.fhir.path import elements, reference_type
from fhirbridge.fhir.reference import target
from fhirbridge.search import fold
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.token import Token
from fhirbridge.search.token_rows import token_rows
from fhirbridge.search.types import RESOURCE_TYPES
from fhirbridge.search.values import ReferenceRow, ReferenceValue, Row, TokenRow, TokenValue

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")

# Resources that have a url of their own, by which a canonical reference names them.
NAMED_BY_URL = frozenset(
    {
        "ActivityDefinition", "CapabilityStatement", "CodeSystem", "ConceptMap", "Library",
        "Measure", "OperationDefinition", "PlanDefinition", "Questionnaire", "SearchParameter",
        "StructureDefinition", "ValueSet",
    }
)  # fmt: skip

# How a path ends that keeps references to one type: see `fhirbridge.fhir.path`.
OF_TYPE = "|Type="

# No resource has an empty id, so this matches nothing in any index.
NO_ID = ""


@dataclass(frozen=True, init=False)
class Reference(SearchParameter):
    """A reference parameter. `targets` are the types it may lead to; empty means any."""

    targets: tuple[str, ...] = ()

    kind: ClassVar[str] = "reference"

    def __init__(self, code: str, *paths: str, targets: tuple[str, ...] = ()) -> None:
        super().__init__(code, *paths)
        object.__setattr__(self, "targets", tuple(t for t in targets if t != "*"))

    @property
    def modifiers(self) -> frozenset[str]:
        return frozenset({"missing", "identifier"})

    @property
    def looks_into(self) -> frozenset[str] | None:
        into = super().looks_into
        return None if into is None else into | {"contained"}

    @property
    def recurring(self) -> bool:
        return True

    @property
    def canonical(self) -> bool:
        """Whether the elements are canonicals or uris: they name a resource by its url."""
        return bool(self.targets) and NAMED_BY_URL.issuperset(self.targets)

    def supports(self, modifier: str) -> bool:
        """Return whether `modifier` is one of ours or the name of a resource type."""
        return modifier in self.modifiers or modifier in RESOURCE_TYPES

    def parse(
        self, text: str, modifier: str | None, context: SearchContext
    ) -> ReferenceValue | TokenValue:
        """Return a TokenValue for `:identifier`, else the reference; `:Type` narrows it."""
        if modifier == "identifier":
            return Token(self.code).token(text)
        value = self._value(self.plain(text).strip(), context)
        if modifier is None:
            return value
        if value.type_ not in {None, modifier}:
            return ReferenceValue(modifier, NO_ID)
        return value if value.url else replace(value, type_=modifier)

    def found(self, resource: dict[str, Any]) -> Iterator[tuple[int, Any]]:
        """Yield the elements at the paths, those into the resource by the type they lead to.

        `resolve() is Patient` holds of a contained Patient too:
        https://hl7.org/fhir/R4/references.html#contained
        """
        found = super().found(resource)
        if "contained" not in resource:
            return found
        several = [element for _, element in found]
        return enumerate((*several, *self._inside(resource)))

    def _inside(self, resource: dict[str, Any]) -> Iterator[Any]:
        """Yield the references to contained resources of which a path wants the type."""
        for path in self.paths:
            dotted, _, wanted = path.partition(OF_TYPE)
            for element in elements(resource, dotted) if wanted else ():
                inside = contained_target(element, resource) or {}
                found_already = reference_type(element) is not None
                if inside.get("resourceType") == wanted and not found_already:
                    yield element

    def rows(
        self, resource: dict[str, Any], context: SearchContext
    ) -> Iterator[ReferenceRow | TokenRow]:
        """Yield a ReferenceRow per reference and a TokenRow per `Reference.identifier`."""
        for number, element in self.found(resource):
            for row in _element_rows(element, context):
                yield replace(row, element=number) if number else row

    def _value(self, text: str, context: SearchContext) -> ReferenceValue:
        if _ID.fullmatch(text):
            return ReferenceValue(self.targets[0] if len(self.targets) == 1 else None, text)
        row = _reference_row(text, context)
        if row.url is not None and (row.url.startswith("#") or ":" not in row.url):
            raise self.malformed("expected id, Type/id or a URL")
        return ReferenceValue(row.type_, row.id_, row.url, row.version)


def leads_to(row: Row, type_: str, id_: str) -> bool:
    """Return whether `row` is a reference to the resource `type_`/`id_` of this server."""
    return isinstance(row, ReferenceRow) and (row.type_, row.id_) == (type_, id_)


def names(row: Row, resource: dict[str, Any]) -> bool:
    """Return whether `row` names `resource` by its url, and by its version if it says one.

    https://hl7.org/fhir/R4/references.html#canonical
    """
    if not isinstance(row, ReferenceRow) or row.url is None or row.url != resource.get("url"):
        return False
    own = resource.get("version")
    return row.version is None or (own is not None and fold.code(own) == fold.code(row.version))


def contained_target(element: Any, root: dict[str, Any]) -> dict[str, Any] | None:
    """Return the resource inside `root` that the Reference `element` leads to, if any.

    https://hl7.org/fhir/R4/references.html#contained
    """
    text = element if isinstance(element, str) else element.get("reference")
    if not isinstance(text, str) or not text.startswith("#"):
        return None
    inside = (one for one in root.get("contained", ()) if one.get("id") == text[1:])
    return next(inside, None)


def _element_rows(element: Any, context: SearchContext) -> Iterator[ReferenceRow | TokenRow]:
    """Yield the rows of a Reference, or of a canonical or uri, which are plain strings."""
    text = element if isinstance(element, str) else element.get("reference")
    if text:
        yield _reference_row(text, context)
    if isinstance(element, dict) and "identifier" in element:
        # `:of-type` is for elements that are identifiers themselves.
        yield from (replace(row, types=()) for row in token_rows(element["identifier"]))


def _reference_row(text: str, context: SearchContext) -> ReferenceRow:
    """Return the row of a reference as written.

    One into the resource itself is kept as it is: no search names it, but it is not missing.
    """
    if text.startswith("#"):
        return ReferenceRow(None, None, text)
    if "|" in text:
        url, _, version = text.partition("|")
        return ReferenceRow(None, None, url, version or None)
    found = target(text, context.base_url)
    if found.url is not None:
        return ReferenceRow(None, None, found.url)
    return ReferenceRow(found.type_, found.id_, None, found.version)
