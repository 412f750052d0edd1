"""Where a token may be: in the Authorization header only.

https://www.rfc-editor.org/rfc/rfc6750#section-2 and #section-3.1
"""

from fhirbridge.auth.tokens import misplaced
from fhirbridge.rest.exchange import FhirRequest

PARAMETER = "access_token="


def check_no_token_in_parameters(request: FhirRequest) -> None:
    """Raise Invalid when the address or the form carries a token: logs and links keep those."""
    if request.query and _carries(request.query):
        raise misplaced()
    if request.body and _carries(request.body.decode("latin-1")):
        raise misplaced()


def _carries(text: str) -> bool:
    return text.startswith(PARAMETER) or f"&{PARAMETER}" in text
