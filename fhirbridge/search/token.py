"""Token parameters: codes, identifiers, flags. https://hl7.org/fhir/R4/search.html#token."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from fhirbridge.search import fold, media_type
from fhirbridge.search.escape import split
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.token_rows import token_rows
from fhirbridge.search.values import (
    MimeValue,
    OfTypeValue,
    SetValue,
    StringValue,
    TokenRow,
    TokenValue,
)

_CODED = frozenset({"missing", "not", "text", "in", "not-in", "above", "below"})
_MOST_PARTS = 2
_OF_TYPE_PARTS = 3
# Elements of type Identifier that are not called so.
_IDENTIFIERS = frozenset({"requisition", "altId"})

AskedToken = TokenValue | OfTypeValue | MimeValue | SetValue


@dataclass(frozen=True, init=False)
class Token(SearchParameter):
    """A token parameter.

    Codes compare without case unless `sensitive`. `system` is the one that `code` elements imply:
    `system|code` then finds them, though they do not write it.
    """

    sensitive: bool = False
    system: str | None = None

    kind: ClassVar[str] = "token"

    def __init__(
        self, code: str, *paths: str, sensitive: bool = False, system: str | None = None
    ) -> None:
        super().__init__(code, *paths)
        if system is None and self._last_names == {"contentType"}:
            system = media_type.SYSTEM
        object.__setattr__(self, "sensitive", sensitive)
        object.__setattr__(self, "system", system)

    @property
    def modifiers(self) -> frozenset[str]:
        if self.sensitive:
            return frozenset({"missing", "not"})
        return _CODED | {"of-type"} if self._identifies else _CODED

    @property
    def recurring(self) -> bool:
        return not self._identifies

    def parse(
        self, text: str, modifier: str | None, context: SearchContext
    ) -> AskedToken | StringValue:
        """Return what `text` asks for: by `:text` what begins a display, else codes."""
        match modifier:
            case "text":
                return self._words(self.plain(text))
            case "of-type":
                return self._of_type(text)
            case "in" | "not-in":
                return SetValue("in", self._value_set(self.plain(text).strip(), context))
            case "above" | "below":
                return self._related(modifier, text)
            case _:
                return self.token(text)

    def token(self, text: str) -> TokenValue:
        """Return what `code`, `system|code`, `|code` or `system|` asks for."""
        parts = [self.plain(part) for part in split(text, "|")]
        if len(parts) > _MOST_PARTS or not any(parts):
            raise self.malformed("expected code, system|code, |code or system|")
        code = self.folded(parts[-1]) or None
        if len(parts) == 1:
            return TokenValue(None, code, any_system=True)
        return self.implied(TokenValue(parts[0] or None, code))

    def implied(self, value: TokenValue) -> TokenValue:
        """Return `value`, whose system need not be written where the elements imply it."""
        if self.system is not None and value.system == self.system:
            return TokenValue(None, value.code, any_system=True)
        return value

    def rows(self, resource: dict[str, Any], context: SearchContext) -> Iterator[TokenRow]:
        """Yield one row per coding, identifier or plain value, and one per text alone."""
        del context
        for number, element in self.found(resource):
            for row in token_rows(element, self.folded):
                yield replace(row, element=number) if number else row

    def folded(self, code: str) -> str:
        """Return a code as the index holds it."""
        return code if self.sensitive else fold.code(code)

    @property
    def _last_names(self) -> set[str]:
        return {path.partition("|")[0].rpartition(".")[2] for path in self.paths}

    @property
    def _identifies(self) -> bool:
        names = self._last_names
        return all(name.lower().endswith("identifier") or name in _IDENTIFIERS for name in names)

    def _words(self, text: str) -> StringValue:
        folded = fold.string(text)
        if not folded:
            raise self.malformed("there is nothing to search for")
        return StringValue(folded, fold.exact(text))

    def _of_type(self, text: str) -> OfTypeValue:
        parts = [self.plain(part) for part in split(text, "|")]
        if len(parts) != _OF_TYPE_PARTS or not all(parts):
            raise self.malformed(":of-type expects system|code|value, all three")
        return OfTypeValue(parts[0], self.folded(parts[1]), self.folded(parts[2]))

    def _value_set(self, text: str, context: SearchContext) -> str:
        """Return the canonical or the `ValueSet/id` that names a value set."""
        local = text.removeprefix(context.base_url.rstrip("/") + "/") if context.base_url else text
        if local.startswith("ValueSet/"):
            return local
        if ":" not in text:
            raise self.malformed("expected the URI of a value set")
        return text

    def _related(self, modifier: str, text: str) -> MimeValue | SetValue:
        """Return the codes above or below one; media types need no code system for that."""
        value = self.token(text)
        if self.system == media_type.SYSTEM and value.any_system and value.code is not None:
            return media_type.related(value.code, below=modifier == "below")
        system = self.system if value.any_system else value.system
        if system is None or value.code is None:
            raise self.malformed(f":{modifier} expects system|code")
        return SetValue("below" if modifier == "below" else "above", system, value.code)
