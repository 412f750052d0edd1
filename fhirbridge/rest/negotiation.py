"""Which representation the client asked for: `Accept`, `_format`, `_pretty`.

`_format` beats `Accept`; JSON is the one format there is.
https://hl7.org/fhir/R4/http.html#mime-type
"""

from functools import lru_cache

from fhirbridge.fhir.errors import NotAcceptable
from fhirbridge.rest.query_string import Pairs
from fhirbridge.search.result import wrong

JSON_TYPES = frozenset({"application/fhir+json", "application/json", "text/json"})
FORMATS = JSON_TYPES | {"json", "application/json+fhir"}
VERSIONS = frozenset({"4.0", "4.0.1"})
LONGEST_ACCEPT = 4096

Range = tuple[str, dict[str, str], float]


def pretty(accept: str | None, pairs: Pairs) -> bool:
    """Return whether the JSON is to be indented.

    Raises NotAcceptable when JSON does not do, Invalid when `_pretty` is neither true nor false.
    """
    formats = [value for name, value in pairs if name == "_format" and value]
    if formats:
        _check_formats(formats)
    elif accept and not accepts_json(accept):  # an empty one says nothing
        raise NotAcceptable("This server answers application/fhir+json only")
    return _boolean([value for name, value in pairs if name == "_pretty" and value])


@lru_cache(maxsize=256)
def accepts_json(accept: str) -> bool:
    """Return whether an Accept header lets FHIR JSON through."""
    return any(quality_of(accept, name) > 0 for name in JSON_TYPES)


def quality_of(accept: str, media_type: str) -> float:
    """Return the quality (0 to 1) that `accept` gives `media_type`; the most specific range wins.

    https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
    """
    family = media_type.partition("/")[0] + "/*"
    found: dict[str, float] = {}
    for name, parameters, quality in ranges(accept):
        if parameters.get("fhirversion", "4.0") in VERSIONS:
            found[name] = max(quality, found.get(name, 0.0))
    chosen = (found[name] for name in (media_type, family, "*/*") if name in found)
    return next(chosen, 0.0)


def ranges(accept: str) -> list[Range]:
    """Return the media ranges of an Accept header: name, parameters, quality; oddities skipped."""
    if len(accept) > LONGEST_ACCEPT:
        return []
    return [_range(part) for part in accept.split(",") if part.strip()]


def _range(part: str) -> Range:
    name, *rest = (piece.strip().lower() for piece in part.split(";"))
    parameters = {
        key.strip(): value.strip().strip('"')
        for key, _, value in (piece.partition("=") for piece in rest)
    }
    return ("*/*" if name == "*" else name), parameters, _quality(parameters.get("q", "1"))


def _quality(text: str) -> float:
    """Return a quality between 0 and 1; what is no number counts as 0."""
    if not text.isascii() or not text.replace(".", "", 1).isdigit():
        return 0.0
    return min(float(text), 1.0)


def _check_formats(formats: list[str]) -> None:
    """Raise NotAcceptable unless each is JSON, and one format only."""
    for text in formats:
        # An unescaped plus has become a space on the way.
        name, parameters, _ = _range(text.replace(" ", "+", 1))
        if name not in FORMATS or parameters.get("fhirversion", "4.0") not in VERSIONS:
            reason = "The _format asked for is not served: json is"
            raise NotAcceptable(reason, expression=("http._format",))


def _boolean(values: list[str]) -> bool:
    if any(value not in {"true", "false"} for value in values):
        raise wrong("_pretty", "expected true or false")
    return values[-1:] == ["true"]
