"""An error as an answer: one OperationOutcome, whatever went wrong and wherever.

https://hl7.org/fhir/R4/http.html#Status-Codes
"""

import logging
import traceback
import uuid

from fhirbridge.fhir.errors import FhirError, Issue
from fhirbridge.fhir.json import dump
from fhirbridge.fhir.outcome import outcome
from fhirbridge.rest.exchange import FhirResponse, fhir_json

# Seconds after which a client may try again, where the error itself does not say.
COME_BACK = {429: "1", 503: "5"}
LOG = logging.getLogger(__name__)


def refusal(error: FhirError) -> FhirResponse:
    """Return the answer that `error` stands for."""
    headers = error.headers
    if error.status in COME_BACK:
        headers = {"Retry-After": COME_BACK[error.status], **headers}
    return fhir_json(dump(outcome(error.issues)), *headers.items(), status=error.status)


def failure(error: Exception) -> FhirResponse:
    """Return a 500 that says nothing but a number under which the log has the place.

    The error's own text may hold data of a patient, so it is neither sent nor logged.
    """
    number = uuid.uuid4().hex
    frames = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("request %s failed: %s\n%s", number, type(error).__name__, frames)
    issue = Issue("fatal", "exception", f"Internal error {number}")
    return fhir_json(dump(outcome((issue,))), ("X-Request-Id", number), status=500)
