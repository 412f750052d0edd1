"""Searches that must find a resource, and near-misses that must not, told from its JSON alone.

What R4 says of each type of parameter, written for the tests apart from fhirbridge/search.
https://hl7.org/fhir/R4/search.html#ptypes
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from example_paths import values

ZONE = ZoneInfo("Europe/Moscow")
BASE = "https://clinic.example/fhir"
# Of an element with hundreds of values (the codes of a CodeSystem) the first ones are asked for.
ENOUGH = 2
# Numbers that differ beyond these are one to the server (double precision).
DIGITS = 15
SPECIAL = re.compile(r"([\\,$|])")
DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(.*))?)?)?$")
ALWAYS = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
CONTACTS = {"telecom", "phone", "email"}


@dataclass(frozen=True, slots=True)
class Question:
    """The query string of a search, and whether the resource is to be among its matches."""

    query: str
    found: bool


def questions(resource, parameters):
    """Yield the questions about one resource, for the parameters that it has a value for."""
    for code, parameter in parameters.items():
        found = [one for term in parameter["terms"] for one in values(resource, term)]
        if not found:
            continue
        asked = KINDS[parameter["kind"]](code, found, parameter)
        for modifier, text, expected in asked:
            yield Question(f"{code}{modifier}={quote(text, safe='')}", expected)


def escaped(text):
    return SPECIAL.sub(r"\\\1", text)


def missing(yes):
    """Yield the questions whether there is a value at all."""
    yield ":missing", "false", yes
    yield ":missing", "true", not yes


def token(code, found, _):
    """Yield all four forms of a token, and others' codes, systems and values."""
    pairs = [pair for value, _ in found for pair in coded(value, code)]
    yield from missing(bool(pairs) or any(worded(value) for value, _ in found))
    known = {(system, text.casefold()) for system, text in pairs}
    for system, text in pairs[:ENOUGH]:
        yield from token_forms(system, text)
        yield from token_misses(system, text, known)
    for value, _ in found[:ENOUGH]:
        for words in worded(value):
            yield ":text", escaped(words), True
            yield ":text", escaped(words) + " xyzzy", False
        yield from typed_identifier(value)


def token_forms(system, text):
    yield "", escaped(text), True
    yield ":not", escaped(text), False
    if system:
        yield "", f"{escaped(system)}|{escaped(text)}", True
        yield "", f"{escaped(system)}|", True
    elif system == "":
        yield "", f"|{escaped(text)}", True


def token_misses(system, text, known):
    """Yield what differs in the code or in the system, unless another value happens to be it."""
    if system is None and text in {"true", "false"}:
        other = "false" if text == "true" else "true"
        yield "", other, (None, other) in known
        return
    if not any(text.casefold() + "-x" == other for _, other in known):
        yield "", escaped(text) + "-x", False
    if system:
        yield "", f"{escaped(system)}/x|{escaped(text)}", False
        yield "", f"{escaped(system)}/x|", False
        yield "", f"{escaped(system)}|{escaped(text)}-x", False
        if ("", text.casefold()) not in known:
            yield "", f"|{escaped(text)}", False


def coded(value, code):
    """Return (system, code) pairs: "" for a system that is absent, None where there can be none."""
    if isinstance(value, bool):
        return [(None, str(value).lower())]
    if isinstance(value, str):
        return [(None, value)]
    if code in CONTACTS:
        return [(None, value["value"])] if "value" in value else []
    if "coding" in value:
        return [pair for one in value["coding"] for pair in coded(one, code)]
    text = value.get("code", value.get("value"))
    return [(value.get("system", ""), text)] if isinstance(text, str) else []


def worded(value):
    """Return the texts of a CodeableConcept or Coding."""
    if not isinstance(value, dict) or value.keys() & {"value", "use"}:
        return []
    codings = value.get("coding", [value])
    texts = [value.get("text"), *(one.get("display") for one in codings)]
    return [text for text in texts if text]


def typed_identifier(value):
    types = value.get("type", {}).get("coding", []) if isinstance(value, dict) else []
    for one in types:
        if {"system", "code"} <= one.keys() and "value" in value:
            parts = [escaped(text) for text in (one["system"], one["code"], value["value"])]
            yield ":of-type", "|".join(parts), True
            yield ":of-type", "|".join([*parts[:2], parts[2] + "-x"]), False
            yield ":of-type", "|".join([parts[0], parts[1] + "-x", parts[2]]), False


PARTS = {
    *("family", "given", "prefix", "suffix", "text"),
    *("line", "city", "district", "state", "postalCode", "country"),
}


def texts_of(value):
    """Return the strings of a string, HumanName or Address that are searched."""
    if isinstance(value, str):
        return [value]
    listed = [part for key, part in value.items() if key in PARTS]
    return [one for part in listed for one in (part if isinstance(part, list) else [part]) if one]


def string(_, found, __):
    """Yield beginnings in any case, parts, the exact text, and each with something changed."""
    texts = [text for value, _ in found for text in texts_of(value)]
    yield from missing(bool(texts))
    for text in [one for one in texts if re.match(r"\w", one)][: 2 * ENOUGH]:
        yield "", escaped(text), True
        yield "", escaped(text.upper()), True
        yield "", escaped(re.search(r"\w+", text)[0]), True
        yield "", escaped(text) + "xyzzy", False
        yield ":exact", escaped(text), True
        yield ":contains", escaped(middle(text)), True
        yield ":contains", escaped(middle(text)) + "xyzzy", False
        if text.swapcase() not in texts and text.swapcase() != text:
            yield ":exact", escaped(text.swapcase()), False


def middle(text):
    """Return a part of the text that has a letter or digit and does not begin it if possible."""
    part = text[len(text) // 3 : 2 * len(text) // 3 + 1].strip()
    return part if re.search(r"\w", part) else text


def uri(_, found, __):
    """Yield the address whole, above and below for URLs, and addresses that only look like it."""
    yield from missing(yes=True)
    known = {value for value, _ in found}
    for value in [one for one, _ in found][:ENOUGH]:
        yield "", escaped(value), True
        for other in (value + "x", value[:-1], value.swapcase()):
            if other not in known and other:
                yield "", escaped(other), False
        if re.match(r"https?://[^?#|]+[^/?#|]$", value):
            yield ":below", value, True
            yield ":below", re.match(r"https?://[^/]+", value)[0], True
            yield ":above", value + "/below", True
            yield ":above", value + "x", False


def reference(_, found, __):
    """Yield every way to write a reference, and other ids, types and servers."""
    yield from missing(any(pointed(value) or named(value) for value, _ in found))
    known = {pointed(value) for value, _ in found}
    for value in [one for one, _ in found][:ENOUGH]:
        text = pointed(value)
        yield from identified(value)
        if isinstance(value, str):
            yield from canonical(value, known)
        elif text and re.match(r"[A-Z]\w+/[^/]+$", text):
            yield from relative(text, known)
        elif text and not text.startswith("#"):
            yield "", escaped(text), True
            yield "", escaped(text) + "x", False


def pointed(value):
    """Return the text of a reference without version, or None."""
    text = value if isinstance(value, str) else value.get("reference")
    return text and text.partition("/_history/")[0]


def named(value):
    """Tell whether a Reference has an identifier, a value too; words for a reader are none."""
    return isinstance(value, dict) and "identifier" in value


def identified(value):
    identifier = value.get("identifier", {}) if isinstance(value, dict) else {}
    if "value" in identifier:
        system, text = escaped(identifier.get("system", "")), escaped(identifier["value"])
        yield ":identifier", f"{system}|{text}", True
        yield ":identifier", f"{system}|{text}-x", False


def canonical(value, known):
    yield "", value.partition("|")[0], True
    yield "", value, True
    yield "", escaped(value.partition("|")[0]) + "x", False
    if "|" in value:
        yield "", value + ".x", False


def relative(text, known):
    type_, _, id_ = text.partition("/")
    yield "", text, True
    yield "", f"{BASE}/{text}", True
    yield f":{type_}", id_, True
    yield "", f"{text}-x", False
    yield "", f"https://elsewhere.example/fhir/{text}", False
    other = "Device" if type_ != "Device" else "Patient"
    if f"{other}/{id_}" not in known:
        yield f":{other}", id_, False


def date(_, found, __):
    """Yield the same and neighbouring dates at every precision with every prefix."""
    spans = [span for span in (span_of(value) for value, _ in found) if span]
    if len(spans) < len(found):
        return
    yield from missing(yes=True)
    for text in dict.fromkeys(moments(found[0][0])):
        for prefix in ("", *ORDER):
            yield "", prefix + text, any(ORDER[prefix or "eq"](span_of(text), one) for one in spans)


def moments(value):
    """Return dates to search with: as stored, its day and month, and the years beside it."""
    texts = [value] if isinstance(value, str) else [value[key] for key in value]
    for text in texts:
        year = int(text[:4])
        yield from (text, text[:10], text[:7], str(year - 1), str(year + 1))


def span_of(value):
    """Return the moments that a date, dateTime, instant or Period covers; None for a Timing."""
    if isinstance(value, dict):
        if "repeat" in value or "event" in value:
            return None
        low = span_of(value["start"])[0] if "start" in value else ALWAYS[0]
        return low, span_of(value["end"])[1] if "end" in value else ALWAYS[1]
    year, month, day, hour, minute, second, fraction, zone = DATE.match(value).groups()
    given = [
        int(part) for part in (year, month or 1, day or 1, hour or 0, minute or 0, second or 0)
    ]
    low = datetime(*given, tzinfo=zone_of(zone)) + timedelta(seconds=float(fraction or 0))
    return low, end_of(low, (year, month, day, hour, second, fraction))


def zone_of(text):
    return datetime.fromisoformat(f"2000-01-01T00:00:00{text}").tzinfo if text else ZONE


def end_of(low, given):
    """Return where the value ends that begins at `low` and says as much as `given`."""
    if given[5]:
        return low + timedelta(seconds=10.0 ** -(len(given[5]) - 1))
    if given[3]:
        return low + (timedelta(seconds=1) if given[4] else timedelta(minutes=1))
    if given[2]:
        return low + timedelta(days=1)
    days = calendar.monthrange(low.year, low.month)[1]
    return low + timedelta(days=days) if given[1] else low.replace(year=low.year + 1)


# https://hl7.org/fhir/R4/search.html#prefix, of the searched and the stored range.
ORDER = {
    "eq": lambda asked, own: asked[0] <= own[0] and own[1] <= asked[1],
    "ne": lambda asked, own: not (asked[0] <= own[0] and own[1] <= asked[1]),
    "gt": lambda asked, own: own[1] > asked[1],
    "lt": lambda asked, own: own[0] < asked[0],
    "ge": lambda asked, own: own[1] > asked[1] or ORDER["eq"](asked, own),
    "le": lambda asked, own: own[0] < asked[0] or ORDER["eq"](asked, own),
    "sa": lambda asked, own: own[0] >= asked[1],
    "eb": lambda asked, own: own[1] <= asked[0],
}


def quantity(_, found, __):
    """Yield the number alone, with each way to name its unit, its neighbours and other units."""
    numbers = [value for value, _ in found if "value" in value and "comparator" not in value]
    if len(numbers) < len(found):
        return
    yield from missing(yes=True)
    all_numbers = [Decimal(one["value"]) for one in numbers]
    for one in numbers[:ENOUGH]:
        yield from sizes(one["value"], all_numbers)
        units = [text for text in (one.get("code"), one.get("unit")) if text]
        for unit in units:
            yield "", f"{one['value']}||{escaped(unit)}", True
            yield "", f"{one['value']}||{escaped(unit)}-x", False
        if {"system", "code"} <= one.keys():
            measure = f"{escaped(one['system'])}|{escaped(one['code'])}"
            yield "", f"{one['value']}|{measure}", True
            yield "", f"{one['value']}|{measure}-x", False
            yield "", f"{one['value']}|https://elsewhere.example|{escaped(one['code'])}", False


def sizes(text, numbers):
    number = Decimal(text)
    step = Decimal(1).scaleb(number.as_tuple().exponent)
    for asked in (number, number + step, number - step):
        near = [one for one in numbers if asked - step / 2 <= one < asked + step / 2]
        if near or len(number.as_tuple().digits) <= DIGITS:
            yield "", f"{asked}", bool(near)
    yield "", f"ge{text}", True
    yield "", f"le{text}", True
    if len(number.as_tuple().digits) > DIGITS:
        return
    yield "", f"gt{text}", any(one > number for one in numbers)
    yield "", f"lt{text}", any(one < number for one in numbers)
    yield "", f"sa{number - step}", True
    yield "", f"eb{number + step}", True


def composite(_, found, parameter):
    """Yield two parts of one element, each with the other's near-miss."""
    for element, _ in found:
        parts = [part_of(element, expression) for expression in parameter["parts"]]
        if all(parts):
            (first, second) = parts
            yield "", f"{first}${second}", True
            yield "", f"{first}-x${second}", False
            yield "", f"{first}${other_than(second)}", False


def part_of(element, expression):
    """Return the text of the first value of one part of a composite, or None."""
    terms = [term.strip() for term in expression.split("|")]
    found = next((one for term in terms for one in values(element, term)), None)
    if found is None:
        return None
    value, key = found
    if isinstance(value, str) or "reference" in value:
        return escaped(value if isinstance(value, str) else value["reference"])
    return measured(value) if key == "valueQuantity" else next(iter(full(value, key)), None)


def measured(value):
    if "value" not in value or "comparator" in value:
        return None
    return value["value"] + (f"||{escaped(value['unit'])}" if "unit" in value else "")


def full(value, key):
    return [f"{escaped(system)}|{escaped(text)}" for system, text in coded(value, key)]


def other_than(text):
    """Return a value of the same kind that is not that one."""
    date_given = DATE.match(text)
    if date_given:
        return str(int(date_given[1]) + 1)
    return (
        f"{Decimal(text.split('|')[0]) + 1}" if re.match(r"-?[\d.]+(\||$)", text) else text + "-x"
    )


KINDS = {
    "token": token,
    "string": string,
    "uri": uri,
    "reference": reference,
    "date": date,
    "quantity": quantity,
    "composite": composite,
}
