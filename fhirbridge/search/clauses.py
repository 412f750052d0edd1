"""One parameter with its values: https://hl7.org/fhir/R4/search.html#combining."""

from fhirbridge.search.escape import split
from fhirbridge.search.parameter import SearchContext, SearchParameter
from fhirbridge.search.query import Clause
from fhirbridge.search.result import shown, unsupported
from fhirbridge.search.values import MissingValue, Value


def refuse_modifier(parameter: SearchParameter, name: str) -> str | None:
    """Return the modifier in `name`, None without one; raises NotSupported for a wrong one."""
    _, colon, modifier = name.partition(":")
    if colon and not parameter.supports(modifier):
        raise unsupported(parameter.code, f"modifier {shown(modifier)} is not supported")
    return modifier or None


def clause(
    parameter: SearchParameter, modifier: str | None, text: str, context: SearchContext
) -> Clause | None:
    """Return what `text` asks; None when there are only empty alternatives, which do not count.

    Raises Invalid naming the parameter when a value is malformed.
    """
    values = _values(parameter, modifier, text, context)
    return Clause(parameter, values, modifier) if values else None


def _values(
    parameter: SearchParameter, modifier: str | None, text: str, context: SearchContext
) -> tuple[Value, ...]:
    if modifier == "missing":
        return (_missing(parameter, text),)
    alternatives = [part for part in split(text, ",") if part]
    return tuple(parameter.parse(part, modifier, context) for part in alternatives)


def _missing(parameter: SearchParameter, text: str) -> MissingValue:
    if text not in {"true", "false"}:
        raise parameter.malformed(":missing takes true or false")
    return MissingValue(text == "true")
