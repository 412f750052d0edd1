"""Where a token may be: in the Authorization header only.

https://www.rfc-editor.org/rfc/rfc6750#section-2 and #section-3.1
"""

import re
from urllib.parse import unquote_plus

from fhirbridge.auth.tokens import misplaced
from fhirbridge.rest.asked import FORM
from fhirbridge.rest.exchange import FhirRequest

PARAMETER = "access_token"
# A name of which some characters are percent-encoded, as far as the first of them.
ENCODED_NAME = re.compile(r"(?:^|&)[^=&%]*%")


def check_no_token_in_parameters(request: FhirRequest) -> None:
    """Raise Invalid when the address or the form carries a token: logs and links keep those."""
    if request.query and _carries(request.query):
        raise misplaced()
    if not request.body:
        return
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == FORM and _carries(request.body.decode("latin-1")):
        raise misplaced()


def _carries(text: str) -> bool:
    if text.startswith(f"{PARAMETER}=") or f"&{PARAMETER}=" in text:
        return True
    if ENCODED_NAME.search(text) is None:
        return False
    return PARAMETER in [unquote_plus(part.partition("=")[0]) for part in text.split("&")]
