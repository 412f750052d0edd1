"""Requests and answers of the OAuth endpoints as Authlib takes and gives them, without a framework.

Error codes and statuses: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749 import OAuth2Request  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload  # type: ignore[import-untyped]

NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


class OAuthRequest(OAuth2Request):  # type: ignore[misc]
    """A request whose parameters each came once. `address` is where it came from."""

    def __init__(
        self, method: str, parameters: Mapping[str, str], headers: Mapping[str, str], address: str
    ) -> None:
        # Whether plain HTTP will do is decided once, by whoever configures the issuer; Authlib
        # would ask at each request.
        super().__init__(method, "https://localhost/", headers=dict(headers))
        self.parameters = dict(parameters)
        self.authorization = headers.get("Authorization", "")
        self.payload = BasicOAuth2Payload(self.parameters)
        self.address = address

    @property
    def form(self) -> dict[str, str]:
        return self.parameters


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: JSON, or a redirect when there is a Location."""

    status: int
    body: dict[str, Any]
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def location(self) -> str | None:
        """Where the browser is sent, if it is."""
        return dict(self.headers).get("Location")


class ClientRefused(OAuth2Error):  # type: ignore[misc] # noqa: N818 (named for its meaning)
    """The client did not prove who it is: one text for every cause.

    `basic` asks for Basic again, which RFC 6749 wants only where Basic was tried.
    """

    error = "invalid_client"
    status_code = 401

    def __init__(self, *, basic: bool) -> None:
        super().__init__("The client could not be authenticated")
        self.basic = basic

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        challenge = [("WWW-Authenticate", 'Basic realm="fhirbridge"')]
        return headers + challenge if self.basic else headers


class TooManyFailures(OAuth2Error):  # type: ignore[misc] # noqa: N818 (named for its meaning)
    """Refused for a while, whatever is sent."""

    error = "temporarily_unavailable"
    status_code = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many failures: try again later")
        self.seconds = seconds

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        return [*headers, ("Retry-After", str(self.seconds))]
