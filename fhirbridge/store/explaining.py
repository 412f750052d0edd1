"""A plan in words, for people."""

from fhirbridge.search.query import Chain, Clause, Has, SortKey
from fhirbridge.store.question import Plan


def described(chosen: Plan) -> str:
    """Return the shape of a plan and what it takes, a line each."""
    names = [f"{field}: {_shown(getattr(chosen, field))}" for field in chosen.__slots__]
    return "\n".join([type(chosen).__name__, *names])


def _shown(value: object) -> str:
    """Return the part of a plan in the words of a query string."""
    if isinstance(value, tuple):
        return ", ".join(_shown(one) for one in value) or "none"
    if isinstance(value, Clause):
        modifier = f":{value.modifier}" if value.modifier else ""
        return f"{value.parameter.code}{modifier} ({len(value.values)})"
    if isinstance(value, Chain):
        return f"{value.parameter.code}:{value.type_}.{_shown(value.criterion)}"
    if isinstance(value, Has):
        return f"_has:{value.type_}:{value.parameter.code}:{_shown(value.criterion)}"
    if isinstance(value, SortKey):
        return f"{'-' if value.descending else ''}{value.parameter.code}"
    return str(value)
