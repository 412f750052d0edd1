"""The client's own number of a request, echoed: https://hl7.org/fhir/R4/http.html#custom."""

import re

REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")


def accepted(number: str) -> bool:
    """Return whether `number` is harmless enough to be sent back."""
    return REQUEST_ID.fullmatch(number) is not None
