"""Token parameters: codes, identifiers, flags. https://hl7.org/fhir/R4/search.html#token."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from fhirbridge.search import fold
from fhirbridge.search.escape import split
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.values import StringValue, TokenRow, TokenValue

_CONTACT_SYSTEMS = frozenset({"phone", "fax", "email", "pager", "url", "sms", "other"})
_MOST_PARTS = 2


@dataclass(frozen=True, init=False)
class Token(SearchParameter):
    """A token parameter.

    Codes compare without case unless `sensitive`. `system` is the one that `code` elements imply:
    `system|code` then finds them, though they do not write it.
    """

    sensitive: bool = False
    system: str | None = None

    kind: ClassVar[str] = "token"
    modifiers: ClassVar[frozenset[str]] = frozenset({"missing", "not", "text"})

    def __init__(
        self, code: str, *paths: str, sensitive: bool = False, system: str | None = None
    ) -> None:
        super().__init__(code, *paths)
        object.__setattr__(self, "sensitive", sensitive)
        object.__setattr__(self, "system", system)

    def parse(
        self, text: str, modifier: str | None, context: SearchContext
    ) -> TokenValue | StringValue:
        """Return a StringValue for `:text` (it begins a display or text), else a TokenValue."""
        del context
        if modifier == "text":
            return self._words(self.plain(text))
        return self.token(text)

    def token(self, text: str) -> TokenValue:
        """Return what `code`, `system|code`, `|code` or `system|` asks for."""
        parts = [self.plain(part) for part in split(text, "|")]
        if len(parts) > _MOST_PARTS or not any(parts):
            raise self.malformed("expected code, system|code, |code or system|")
        code = self._folded(parts[-1]) or None
        if len(parts) == 1:
            return TokenValue(None, code, any_system=True)
        if code is not None and self.system is not None and parts[0] == self.system:
            return TokenValue(None, code, any_system=True)
        return TokenValue(parts[0] or None, code)

    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[TokenRow]:
        """Yield one row per coding, identifier or plain value, and one per text alone."""
        del context
        for number, element in self.found(resource):
            for row in token_rows(element, self._folded):
                yield replace(row, element=number) if number else row

    def _folded(self, code: str) -> str:
        return code if self.sensitive else fold.code(code)

    def _words(self, text: str) -> StringValue:
        folded = fold.string(text)
        if not folded:
            raise self.malformed("there is nothing to search for")
        return StringValue(folded, fold.exact(text))


def token_rows(element: Any, folded: Callable[[str], str] = fold.code) -> Iterator[TokenRow]:
    """Yield the rows of one code, Coding, CodeableConcept, Identifier, ContactPoint or flag."""
    if isinstance(element, bool):
        yield TokenRow(None, "true" if element else "false")
    elif isinstance(element, str):
        yield TokenRow(None, folded(element))
    elif isinstance(element, dict):
        yield from _complex_rows(element, folded)


def _complex_rows(element: dict[str, Any], folded: Callable[[str], str]) -> Iterator[TokenRow]:
    if element.get("system") in _CONTACT_SYSTEMS:
        yield from _contact_rows(element, folded)
    elif "value" in element:
        text = element.get("type", {}).get("text")
        yield _row(element.get("system"), element["value"], text, folded)
    elif element.keys() & {"system", "code", "display"}:
        yield _row(element.get("system"), element.get("code"), element.get("display"), folded)
    else:
        for coding in element.get("coding", ()):
            yield from _complex_rows(coding, folded)
        if "text" in element:
            yield TokenRow(None, None, fold.string(element["text"]))


def _contact_rows(element: dict[str, Any], folded: Callable[[str], str]) -> Iterator[TokenRow]:
    """Yield the value as written and, for a number written with spaces or dashes, without them."""
    value = folded(element.get("value", ""))
    if value:
        yield TokenRow(None, value)
    dense = value.translate(str.maketrans("", "", " -()\u00a0\u2011"))
    if element["system"] in {"phone", "fax", "sms", "pager"} and dense != value:
        yield TokenRow(None, dense)


def _row(
    system: str | None, code: str | None, text: str | None, folded: Callable[[str], str]
) -> TokenRow:
    return TokenRow(
        system,
        folded(code) if code is not None else None,
        fold.string(text) if text is not None else None,
    )
