"""Media types by their hierarchy: https://hl7.org/fhir/R4/search.html#mimetype.

`text` is above `text/xml`, and that above `text/xml; charset=utf-8`.
"""

from fhirbridge.search.values import MimeValue

# https://hl7.org/fhir/R4/valueset-mimetypes.html
SYSTEM = "urn:ietf:bcp:13"


def related(code: str, *, below: bool) -> MimeValue:
    """Return the media types below or above the folded `code`, itself among them."""
    whole = code.strip().removesuffix("/")
    kind, _, parameters = whole.partition(";")
    if below:
        return MimeValue((whole,), f"{whole};" if "/" in whole else f"{whole}/")
    above = (whole, kind.strip()) if parameters else (whole,)
    return MimeValue(tuple(dict.fromkeys((*above, kind.partition("/")[0]))))
