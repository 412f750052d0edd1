"""What a coded element has in the index: https://hl7.org/fhir/R4/search.html#token."""

from collections.abc import Callable, Iterator
from typing import Any

from fhirbridge.search import fold
from fhirbridge.search.values import TokenRow

_CONTACT_SYSTEMS = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})
_NUMBERS = frozenset({"phone", "fax", "sms", "pager"})

Folding = Callable[[str], str]


def token_rows(element: Any, folded: Folding = fold.code) -> Iterator[TokenRow]:
    """Yield the rows of one code, Coding, CodeableConcept, Identifier, ContactPoint or flag."""
    if isinstance(element, bool):
        yield TokenRow(None, "true" if element else "false")
    elif isinstance(element, str):
        yield TokenRow(None, folded(element))
    elif isinstance(element, dict):
        yield from _complex_rows(element, folded)


def _complex_rows(element: dict[str, Any], folded: Folding) -> Iterator[TokenRow]:
    if element.get("system") in _CONTACT_SYSTEMS:
        yield from _contact_rows(element, folded)
    elif "value" in element:
        yield _identifier_row(element, folded)
    elif element.keys() & {"system", "code", "display"}:
        code, display = element.get("code"), element.get("display")
        yield TokenRow(
            element.get("system"),
            folded(code) if code is not None else None,
            fold.string(display) if display is not None else None,
        )
    else:
        for coding in element.get("coding", ()):
            yield from _complex_rows(coding, folded)
        if "text" in element:
            yield TokenRow(None, None, fold.string(element["text"]))


def _identifier_row(element: dict[str, Any], folded: Folding) -> TokenRow:
    type_ = element.get("type", {})
    text = type_.get("text")
    return TokenRow(
        element.get("system"),
        folded(element["value"]),
        fold.string(text) if text is not None else None,
        types=tuple(
            (coding.get("system"), folded(coding["code"]))
            for coding in type_.get("coding", ())
            if "code" in coding
        ),
    )


def _contact_rows(element: dict[str, Any], folded: Folding) -> Iterator[TokenRow]:
    """Yield the value as written and, for a number written with spaces or dashes, without them."""
    value = folded(element.get("value", ""))
    if value:
        yield TokenRow(None, value)
    dense = value.translate(str.maketrans("", "", " -()\u00a0\u2011"))
    if element["system"] in _NUMBERS and dense != value:
        yield TokenRow(None, dense)
