"""Launch handles: a portal says which of its users opens which app for which patient.

https://hl7.org/fhir/smart-app-launch/app-launch.html#launch-app-ehr-launch
"""

import re

from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    InvalidRequestError,
    UnauthorizedClientError,
)

from fhirbridge.auth.smart.clients import ASSERTION, BASIC, POST
from fhirbridge.auth.smart.grantable import LAUNCHER
from fhirbridge.auth.smart.oauth import NO_STORE, OAuthRequest, Reply
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import SECOND
from fhirbridge.auth.smart.records import Launch
from fhirbridge.auth.smart.secret import digest, fresh
from fhirbridge.auth.smart.server import SmartServer

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
PERSON = re.compile(r"(Patient|Practitioner)/([A-Za-z0-9\-.]{1,64})", re.ASCII)
INTENT = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


def launch(request: OAuthRequest, server: SmartServer) -> Reply:
    """Return a new handle for `app`, `user`, `patient`, `encounter` and `intent` of the form.

    Only a confidential client that registered the scope `__launch` gets one.
    """
    try:
        portal = server.authenticate_client(request, [BASIC, POST, ASSERTION])
        if LAUNCHER not in portal.record.scopes.split():
            raise UnauthorizedClientError(f"Launching needs the scope {LAUNCHER}")
        handle = fresh()
        server.parts.tables.launches.add(_launch(request, digest(handle), server))
    except OAuth2Error as error:
        return server.refusal(error)
    lifetime = server.parts.policy.lifetimes.launch // SECOND
    return Reply(200, {"launch": handle, "expires_in": lifetime}, NO_STORE)


def _launch(request: OAuthRequest, handle: bytes, server: SmartServer) -> Launch:
    form, parts = request.parameters, server.parts
    app, user = form.get("app", ""), form.get("user", "")
    patient, encounter, intent = form.get("patient"), form.get("encounter"), form.get("intent")
    person = PERSON.fullmatch(user)
    if server.query_client(app) is None or person is None:
        raise InvalidRequestError("app is a client_id and user Patient/ID or Practitioner/ID")
    for value, shape in ((patient, ID), (encounter, ID), (intent, INTENT)):
        if value is not None and not shape.fullmatch(value):
            raise InvalidRequestError("patient and encounter are ids, intent is a word")
    if person[1] == "Patient" and patient not in {None, person[2]}:
        raise InvalidRequestError("A patient opens apps for no other patient")
    _check_encounter(encounter, parts)
    expires = parts.clock() + parts.policy.lifetimes.launch
    return Launch(handle, app, user, expires, patient, encounter, intent)


def _check_encounter(encounter: str | None, parts: Parts) -> None:
    if encounter is not None and "Encounter" not in parts.policy.types:
        raise InvalidRequestError("Encounters are not served here")
