"""Is the XHTML of a narrative harmless? https://hl7.org/fhir/R4/narrative.html."""

import re
from html.entities import name2codepoint
from xml.parsers import expat

XHTML = "http://www.w3.org/1999/xhtml"
ELEMENTS = frozenset(
    """
    a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd del dfn
    div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike
    strong sub sup table tbody td tfoot th thead tr tt u ul var
    """.split()  # noqa: SIM905 - a list of quoted names would be no easier to read
)
ATTRIBUTES = frozenset(
    """
    abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char
    charoff charset cite class clear color colspan compact coords datetime dir face frame halign
    headers height href hreflang hspace id lang longdesc name noshade nowrap rel rev rowspan rules
    scope shape size span src start style summary tabindex title type valign value vspace width
    xml:lang
    """.split()  # noqa: SIM905 - as above
)
# Links may lead anywhere but into a script; pictures too, and may carry their own data.
LINKS = {
    "href": re.compile(r"(?:https?:|ftp:|mailto:|tel:|urn:|#|(?![a-z+.-]*:))", re.IGNORECASE),
    "src": re.compile(r"(?:https?:|data:image/(?:png|jpeg|gif);|#|(?![a-z+.-]*:))", re.IGNORECASE),
    "longdesc": re.compile(r"(?:https?:|#|(?![a-z+.-]*:))", re.IGNORECASE),
    "cite": re.compile(r"(?:https?:|#|(?![a-z+.-]*:))", re.IGNORECASE),
}
ACTIVE_STYLE = re.compile(r"url\s*\(|expression\s*\(|javascript:|@import", re.IGNORECASE)
# Browsers skip these anywhere in a URL.
IGNORED = re.compile(r"[\x00-\x20]+")
ENTITY = re.compile(r"&([A-Za-z]+[0-9]*);")
OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})


class _RefusedError(Exception):
    """The narrative holds what no narrative may."""


def problem(div: str) -> str | None:
    """Return what is wrong with the narrative `div`, or None."""
    parser = expat.ParserCreate()
    said: list[str] = []
    parser.StartElementHandler = _element
    parser.CharacterDataHandler = said.append
    parser.StartDoctypeDeclHandler = _doctype
    try:
        parser.Parse(ENTITY.sub(_numbered, div), True)  # noqa: FBT003 - expat takes it so
    except expat.ExpatError:
        return "The narrative is not well-formed XHTML."
    except _RefusedError as error:
        return str(error)
    if not re.match(rf"\s*<div\b[^>]*\bxmlns\s*=\s*[\"']{re.escape(XHTML)}[\"']", div):
        return "The narrative must be one div in the XHTML namespace."
    if not "".join(said).strip() and "<img" not in div:
        return "The narrative must have some content."  # txt-2
    return None


def _numbered(entity: re.Match[str]) -> str:
    """Return an entity of HTML as a number, which XML knows."""
    name = entity[1]
    return entity[0] if name in OF_XML else f"&#{name2codepoint.get(name, 0)};"


def _doctype(*_: object) -> None:
    raise _RefusedError("The narrative must not declare a document type.")


def _element(name: str, attributes: dict[str, str]) -> None:
    if name not in ELEMENTS:
        raise _RefusedError("The narrative has an element that is not allowed there.")
    for attribute, value in attributes.items():
        if attribute == "xmlns":
            continue
        if attribute not in ATTRIBUTES:
            raise _RefusedError("The narrative has an attribute that is not allowed there.")
        _check_value(attribute, value)


def _check_value(attribute: str, value: str) -> None:
    link = LINKS.get(attribute)
    if link is not None and not link.match(IGNORED.sub("", value)):
        raise _RefusedError("The narrative links to something that is not allowed there.")
    if attribute == "style" and ACTIVE_STYLE.search(value):
        raise _RefusedError("The narrative has a style that loads or runs something.")
