"""The Prefer header: `handling=strict|lenient`.

https://hl7.org/fhir/R4/search.html#errors and https://www.rfc-editor.org/rfc/rfc7240
"""


def lenient(prefer: str | None) -> bool:
    """Return whether unknown search parameters are to be ignored; the first `handling` counts."""
    return preference(prefer, "handling") == "lenient"


def preference(prefer: str | None, name: str) -> str | None:
    """Return the value of the first preference called `name`, lower case, or None."""
    for part in (prefer or "").replace(";", ",").split(","):
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip('"').lower()
    return None
