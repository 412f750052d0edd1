"""Prefixes of ordered values and what each means between two ranges.

https://hl7.org/fhir/R4/search.html#prefix
"""

from fhirbridge.search.values import Prefix

_PREFIXES = {prefix.value: prefix for prefix in Prefix}


def prefixed(text: str) -> tuple[Prefix, str]:
    """Return the prefix of `text` (EQ when it has none) and the rest."""
    prefix = _PREFIXES.get(text[:2])
    return (Prefix.EQ, text) if prefix is None else (prefix, text[2:])
