"""Registered clients as Authlib asks about them, and how each proves who it is."""

import base64
import binascii
import logging
from collections.abc import Callable
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, InvalidRequestError  # type: ignore[import-untyped]

from fhirbridge.auth.jwt import Untrusted
from fhirbridge.auth.smart.assertion import TYPE, asserted
from fhirbridge.auth.smart.oauth import OAuthRequest
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.records import Client
from fhirbridge.auth.smart.secret import digest

log = logging.getLogger(__name__)

BASIC, POST, ASSERTION, NONE = (
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "none",
)
METHODS = [BASIC, POST, ASSERTION, NONE]
BY_PERSON = frozenset({"authorization_code", "refresh_token"})

LONGEST_ID = 128

Find = Callable[[str], "RegisteredClient | None"]


class RegisteredClient(ClientMixin):  # type: ignore[misc]
    """A client and what it may do here, which follows from how it is registered."""

    def __init__(self, record: Client, parts: Parts) -> None:
        self.record = record
        self._passwords = parts.passwords

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.record.redirect_uris.split()

    def check_client_secret(self, client_secret: str) -> bool:
        return self._passwords.match(client_secret, self.record.secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        del endpoint
        if method == ASSERTION:
            return self.record.asymmetric
        return self.record.public if method == NONE else self.record.secret is not None

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type in BY_PERSON:
            return bool(self.record.redirect_uris)
        return grant_type == "client_credentials" and self.record.asymmetric


def find_client(client_id: str, parts: Parts) -> Client | None:
    """Return the client with that id; None for what cannot be one, without asking the store."""
    if not (client_id.isascii() and client_id.isprintable()) or len(client_id) > LONGEST_ID:
        return None
    return parts.tables.clients.find(client_id)


def check_one_credential(request: OAuthRequest) -> None:
    """Raise InvalidRequestError when the client tries to prove itself in two ways.

    https://www.rfc-editor.org/rfc/rfc6749#section-2.3
    """
    form = request.parameters
    kind = form.get("client_assertion_type")
    if kind is not None and kind != TYPE:
        raise InvalidRequestError("The client_assertion_type is not supported")
    ways = (uses_basic(request), "client_secret" in form, "client_assertion" in form)
    if sum(ways) > 1:
        raise InvalidRequestError("The client is authenticated in more than one way")
    if (kind is None) != ("client_assertion" not in form):
        raise InvalidRequestError("An assertion needs its type, and the type an assertion")


def uses_basic(request: OAuthRequest) -> bool:
    """Return whether there is a Basic Authorization header."""
    return request.authorization[:6].lower() == "basic "


def by_basic(find: Find, request: OAuthRequest) -> RegisteredClient | None:
    """Return the client whose id and secret are in the header, None without a header.

    Both are form-encoded: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
    """
    if not uses_basic(request):
        return None
    id_, secret = _pair(request)
    client = find(id_)
    if client is None or not client.check_client_secret(secret):
        raise InvalidClientError
    return client


def _pair(request: OAuthRequest) -> tuple[str, str]:
    """Return id and secret of the Basic header; raises InvalidClientError."""
    try:
        plain = base64.b64decode(request.authorization[6:].strip(), validate=True)
        id_, colon, secret = plain.decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        raise InvalidClientError from None
    if not colon:
        raise InvalidClientError
    return unquote_plus(id_), unquote_plus(secret)


def whose_secret(request: OAuthRequest) -> str | None:
    """Return the id of the client whose secret the request tries, None when it tries none.

    Secrets can be guessed, and so are counted; signatures cannot, and an id is no secret.
    """
    form = request.parameters
    if not uses_basic(request):
        return form.get("client_id", "") if "client_secret" in form else None
    try:
        return _pair(request)[0]
    except InvalidClientError:
        return None


def by_post(find: Find, request: OAuthRequest) -> RegisteredClient | None:
    """Return the client whose id and secret are in the form, None without a secret."""
    secret = request.parameters.get("client_secret")
    if secret is None:
        return None
    client = find(request.parameters.get("client_id", ""))
    if client is None or not client.check_client_secret(secret):
        raise InvalidClientError
    return client


def by_assertion(parts: Parts) -> Callable[[Find, OAuthRequest], RegisteredClient | None]:
    """Return the method that lets in whoever signed `client_assertion`."""

    def authenticate(find: Find, request: OAuthRequest) -> RegisteredClient | None:
        del find
        text = request.parameters.get("client_assertion")
        if text is None:
            return None
        try:
            return RegisteredClient(asserted(text, parts), parts)
        except Untrusted as error:
            log.warning("A client assertion was refused: %s", error)
            raise InvalidClientError from None

    return authenticate


def by_name(parts: Parts) -> Callable[[Find, OAuthRequest], RegisteredClient | None]:
    """Return the method of public clients: they say who they are and prove nothing.

    One that refreshes need not even say it, its token does; the fhirclient library leaves it out.
    https://www.rfc-editor.org/rfc/rfc6749#section-6
    """

    def authenticate(find: Find, request: OAuthRequest) -> RegisteredClient | None:
        named = request.parameters.get("client_id") or _holder(request, parts)
        return find(named) if named and not uses_basic(request) else None

    return authenticate


def _holder(request: OAuthRequest, parts: Parts) -> str | None:
    """Return the id of the client that was given the refresh token in the request."""
    text = request.parameters.get("refresh_token")
    if text is None or request.parameters.get("grant_type") != "refresh_token":
        return None
    refresh = parts.tables.grants.refresh(digest(text))
    grant = parts.tables.grants.find(refresh.grant_id) if refresh else None
    return grant.client if grant else None
