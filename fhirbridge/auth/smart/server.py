"""Authlib's authorization server over our tables; it knows no web framework."""

from collections.abc import Sequence
from typing import Any

from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    AuthorizationServer,
    InvalidClientError,
    InvalidRequestError,
    UnsupportedGrantTypeError,
)

from fhirbridge.auth.smart.clients import (
    ASSERTION,
    BASIC,
    METHODS,
    NONE,
    POST,
    RegisteredClient,
    by_assertion,
    by_basic,
    by_name,
    by_post,
    check_one_credential,
    find_client,
    uses_basic,
    whose_secret,
)
from fhirbridge.auth.smart.events import Event
from fhirbridge.auth.smart.grants import (
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
    S256Challenge,
)
from fhirbridge.auth.smart.oauth import ClientRefused, OAuthRequest, Reply, TooManyFailures
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import SECOND, Limit

GRANTS = ("authorization_code", "refresh_token", "client_credentials")


class SmartServer(AuthorizationServer):  # type: ignore[misc]
    """Tokens for codes, refresh tokens and assertions."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.parts = parts
        self.register_client_auth_method(BASIC, by_basic)
        self.register_client_auth_method(POST, by_post)
        self.register_client_auth_method(ASSERTION, by_assertion(parts))
        self.register_client_auth_method(NONE, by_name(parts))
        self.register_grant(AuthorizationCodeGrant, [S256Challenge(required=True)])
        self.register_grant(RefreshTokenGrant)
        self.register_grant(ClientCredentialsGrant)

    def token(self, request: OAuthRequest) -> Reply:
        """Return the answer of the token endpoint."""
        kind = request.parameters.get("grant_type")
        if not kind:
            return self.refusal(InvalidRequestError("Missing grant_type"))
        if kind not in GRANTS:
            return self.refusal(UnsupportedGrantTypeError("this"))
        reply: Reply = self.create_token_response(request)
        return reply

    def refusal(self, error: OAuth2Error) -> Reply:
        """Return the answer that tells the client of `error`, by redirect if it has a target."""
        reply: Reply = self.handle_error_response(None, error)
        return reply

    def query_client(self, client_id: str) -> RegisteredClient | None:
        record = find_client(client_id, self.parts)
        return None if record is None else RegisteredClient(record, self.parts)

    def authenticate_client(
        self, request: OAuthRequest, methods: Sequence[str] = METHODS, endpoint: str = "token"
    ) -> RegisteredClient:
        """Return the client that proved who it is.

        Raises ClientRefused, InvalidRequestError for two proofs at once, TooManyFailures.
        """
        check_one_credential(request)
        named, counted = request.parameters.get("client_id", ""), self._counted(request)
        if any(self.parts.tired_of(limit, *what) for limit, what in counted):
            raise TooManyFailures(self.parts.policy.limits.client.window // SECOND)
        try:
            client: RegisteredClient = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError:
            for limit, what in counted:
                self.parts.failed(limit, *what)
            raise ClientRefused(basic=uses_basic(request)) from None
        if named not in {"", client.record.id}:
            raise ClientRefused(basic=uses_basic(request))
        return client

    def _counted(self, request: OAuthRequest) -> Sequence[tuple[Limit, tuple[str, ...]]]:
        """Return what a failure counts against: guesses at a secret, those of one client apart."""
        client, limits = whose_secret(request), self.parts.policy.limits
        if client is None:
            return ()
        return (
            (limits.clients_of_address, ("clients", request.address)),
            (limits.client, ("client", request.address, client)),
        )

    def tell_refusal(self, address: str, request: OAuthRequest | None) -> None:
        """Tell the audit trail that an app was refused, and as which it came if there is one."""
        claimed = (
            (whose_secret(request) or request.parameters.get("client_id")) if request else None
        )
        known = self.query_client(claimed) if claimed else None
        client = known.record.id if known else None
        self.parts.witness(Event(self.parts.clock(), "app-refused", address, client=client))

    def create_oauth2_request(self, request: Any) -> OAuthRequest:
        found: OAuthRequest = request
        return found

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Reply:
        """Return the reply; every redirect to an app says who we are (RFC 9207)."""
        given = dict(headers)
        if "Location" in given:
            issuer = [("iss", self.parts.policy.issuer)]
            given["Location"] = add_params_to_uri(given["Location"], issuer)
        return Reply(status, body or {}, tuple(given.items()))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Tell nobody: Authlib offers its signals to frameworks that want them."""
