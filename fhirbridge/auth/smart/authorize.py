"""The authorization request, checked: https://hl7.org/fhir/smart-app-launch/app-launch.html#step-4.

Until client and redirect URI are known to belong together nobody is redirected anywhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)

from fhirbridge.auth.smart.grantable import (
    for_person,
    grantable,
    is_served,
    resource_scopes,
)
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import SECOND
from fhirbridge.auth.smart.records import Client, Launch, Session
from fhirbridge.auth.smart.secret import digest
from fhirbridge.auth.smart.server import SmartServer

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
LONGEST = 2048
SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


class NotAnApp(Exception):  # noqa: N818
    """Client or redirect URI are not registered: a page for the person, no redirect."""


class UnsupportedResponseType(OAuth2Error):  # type: ignore[misc] # noqa: N818
    """Only codes are given out."""

    error = "unsupported_response_type"


class LoginNeeded(OAuth2Error):  # type: ignore[misc] # noqa: N818
    """`prompt=none`, and nobody is logged in."""

    error = "login_required"


class ConsentNeeded(OAuth2Error):  # type: ignore[misc] # noqa: N818
    """`prompt=none`, but the person always decides."""

    error = "consent_required"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request that may be shown to the person. `parameters` are as they came."""

    parameters: Mapping[str, str]
    client: Client
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    challenge: str
    launch: Launch | None

    @property
    def prompts(self) -> frozenset[str]:
        """What the app wants the person to be asked."""
        return frozenset(self.parameters.get("prompt", "").split())

    def is_satisfied_by(self, session: Session, now: int) -> bool:
        """Return whether the login is recent enough for the app."""
        age = self.parameters.get("max_age", "")
        recent = not SECONDS.fullmatch(age) or now - session.created <= int(age) * SECOND
        return recent and "login" not in self.prompts


def checked(parameters: Mapping[str, str], server: SmartServer) -> AuthorizationRequest:
    """Return the request in `parameters`.

    Raises NotAnApp, or an OAuth2Error that redirects to the app.
    """
    registered = server.query_client(parameters.get("client_id", ""))
    redirect_uri = parameters.get("redirect_uri", "")
    if registered is None or not registered.check_redirect_uri(redirect_uri):
        raise NotAnApp
    try:
        return _checked(parameters, registered.record, server.parts)
    except OAuth2Error as error:
        raise towards(error, redirect_uri, parameters.get("state")) from None


def towards(error: OAuth2Error, redirect_uri: str, state: str | None) -> OAuth2Error:
    """Return `error` as one that redirects to the app."""
    error.redirect_uri = redirect_uri
    error.state = state
    return error


def _checked(parameters: Mapping[str, str], client: Client, parts: Parts) -> AuthorizationRequest:
    if parameters.get("response_type") != "code":
        raise UnsupportedResponseType("response_type must be code")
    _check_shape(parameters, parts)
    bare, asked = parts.policy.bare_scope_codes, parameters.get("scope", "")
    scopes = for_person(grantable(asked, client.scopes, bare=bare))
    served = tuple(scope for scope in scopes if is_served(scope, parts.policy.types))
    if not resource_scopes(served) and "openid" not in served:
        raise InvalidScopeError("None of the scopes can be granted to this app")
    return AuthorizationRequest(
        parameters,
        client,
        parameters["redirect_uri"],
        parameters["state"],
        served,
        parameters["code_challenge"],
        _launch(parameters, client, served, parts),
    )


def _check_shape(parameters: Mapping[str, str], parts: Parts) -> None:
    """Raise InvalidRequestError for what is missing or of a kind we do not take."""
    refused: Mapping[str, Any] = {
        "Missing state": not parameters.get("state"),
        "Missing or wrong aud": not _is_for_us(parameters, parts.policy.fhir_base),
        "code_challenge_method must be S256": parameters.get("code_challenge_method") != "S256",
        "Missing or malformed code_challenge": not CHALLENGE.fullmatch(
            parameters.get("code_challenge", "")
        ),
        "Request objects are not supported": parameters.keys() & {"request", "request_uri"},
        "response_mode must be query": parameters.get("response_mode", "query") != "query",
        "A parameter is too long": any(len(value) > LONGEST for value in parameters.values()),
        "prompt none stands alone": "none" in parameters.get("prompt", "").split()
        and parameters["prompt"] != "none",
    }
    for text, is_wrong in refused.items():
        if is_wrong:
            raise InvalidRequestError(text)


def _is_for_us(parameters: Mapping[str, str], base: str) -> bool:
    """Return whether `aud` (or its synonym `resource`) names our FHIR base and nothing else."""
    named = {
        parameters[name].removesuffix("/") for name in ("aud", "resource") if name in parameters
    }
    return named == {base}


def _launch(
    parameters: Mapping[str, str], client: Client, scopes: tuple[str, ...], parts: Parts
) -> Launch | None:
    """Return the launch that a handle names; raises when the handle does not fit the app."""
    handle = parameters.get("launch")
    if handle is None:
        if "launch" in scopes:
            raise InvalidRequestError("The scope launch needs a launch parameter")
        return None
    if "launch" not in scopes:
        raise UnauthorizedClientError("A launch parameter needs the scope launch")
    launch = parts.tables.launches.find(digest(handle), parts.clock())
    if launch is None or launch.client != client.id:
        raise InvalidRequestError("The launch is not known, or over")
    return launch
