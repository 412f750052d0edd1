"""Whether a text is a UCUM code, case-sensitive: https://ucum.org/ucum#section-Grammar-of-Units-and-Unit-Terms."""

from functools import lru_cache

from fhirbridge.terminology.ucum.grammar import parse
from fhirbridge.terminology.ucum.refusal import NotUcum


@lru_cache(8192)
def validate(code: str) -> bool:
    """Return whether `code` is a UCUM code; the empty text is none."""
    return problem(code) is None


def problem(code: str) -> str | None:
    """Return why `code` is no UCUM code, in one sentence; None when it is one."""
    try:
        parse(code)
    except NotUcum as error:
        return str(error)
    return None
