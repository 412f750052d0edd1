"""The parameters of a call: of the address, and of a Parameters resource or a lone one in the body.

https://hl7.org/fhir/R4/operations.html#request
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fhirbridge.fhir.errors import Invalid, NotSupported, UnsupportedMediaType
from fhirbridge.rest.exchange import FhirRequest
from fhirbridge.rest.incoming import is_fhir, media_type, object_in
from fhirbridge.rest.preferences import lenient
from fhirbridge.rest.query_string import Pairs, pairs
from fhirbridge.rest.representation import STYLE
from fhirbridge.search.result import shown, wrong

# A body that is not Parameters is the parameter of this name.
RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Given:
    """Simple parameters as text, in order; resources and data types by name."""

    pairs: Pairs = ()
    complex_: Mapping[str, Any] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        """Return the value of a parameter that may be given once; raises Invalid."""
        values = [value for key, value in self.pairs if key == name and value]
        if len(values) > 1:
            raise wrong(name, "may be given once only")
        return values[0] if values else None

    def without(self, names: Collection[str]) -> Pairs:
        """Return the other pairs."""
        return tuple(pair for pair in self.pairs if pair[0] not in names)


def given_to(
    request: FhirRequest,
    simple: Collection[str],
    complex_: Collection[str],
    *,
    any_other: bool = False,
) -> Given:
    """Return what a call was given.

    Raises NotSupported for a parameter that is none of these (unless the client is lenient or
    `any_other` is for the operation to judge), Invalid and UnsupportedMediaType for the body.
    """
    told = Given(pairs(request.query))
    if request.method == "POST" and request.body:
        in_body = _in_body(request, complex_)
        told = Given((*told.pairs, *in_body.pairs), in_body.complex_)
    unknown = [name for name, value in told.pairs if value and name not in {*simple, *STYLE}]
    unknown += [name for name in told.complex_ if name not in complex_]
    if any_other:
        unknown = [name for name in unknown if name in told.complex_]
    if unknown and not lenient(request.headers.get("prefer")):
        names = sorted({*unknown})
        places = tuple(f"http.{name[:64]}" for name in names)
        raise NotSupported(f"Unknown parameters: {', '.join(map(shown, names))}", expression=places)
    return Given(tuple(pair for pair in told.pairs if pair[0] not in unknown), told.complex_)


def _in_body(request: FhirRequest, complex_: Collection[str]) -> Given:
    if not is_fhir(media_type(request)):
        raise UnsupportedMediaType("Parameters are sent as application/fhir+json")
    body = object_in(request.body)
    if body.get("resourceType") != "Parameters":
        if RESOURCE not in complex_:
            raise Invalid("A Parameters resource is expected")
        return Given((), {RESOURCE: body})
    parts = body.get("parameter", [])
    if not isinstance(parts, list) or not all(isinstance(one, dict) for one in parts):
        raise Invalid("Not Parameters", expression=("Parameters.parameter",))
    return _listed(parts)


def _listed(parts: list[dict[str, Any]]) -> Given:
    simple: list[tuple[str, str]] = []
    complex_: dict[str, Any] = {}
    for part in parts:
        name = str(part.get("name", ""))
        value = part.get("resource", _value(part))
        if isinstance(value, bool):
            simple.append((name, "true" if value else "false"))
        elif isinstance(value, str | int | Decimal):
            simple.append((name, str(value)))
        elif value is None or name in complex_:
            raise Invalid("A parameter has no value, or comes twice", expression=("Parameters",))
        else:
            complex_[name] = value
    return Given(tuple(simple), complex_)


def _value(part: dict[str, Any]) -> Any:
    return next((value for key, value in part.items() if key.startswith("value")), None)
