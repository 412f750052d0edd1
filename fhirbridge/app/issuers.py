"""Providers and issuers of the configuration file, as the authorization server wants them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fhirbridge.auth.external import Issuer
from fhirbridge.auth.smart.policy import LoginProvider
from fhirbridge.settings import (
    Configuration,
    IssuerSetting,
    ProviderSetting,
    SettingsError,
    secret_value,
)

SECRET = "env:"  # noqa: S105 (how a secret is named)


def login_providers(configuration: Configuration) -> tuple[LoginProvider, ...]:
    """Return whom the login page offers; raises SettingsError for a secret that is not set."""
    return tuple(_provider(name, one) for name, one in configuration.providers.items())


def trusted_issuers(configuration: Configuration) -> tuple[Issuer, ...]:
    """Return whose access tokens are believed; raises SettingsError for one that cannot be."""
    return tuple(_issuer(name, one) for name, one in configuration.issuers.items())


def _provider(name: str, one: ProviderSetting) -> LoginProvider:
    secret = one.client_secret
    return LoginProvider(
        id=name,
        label=one.label or name,
        issuer=one.issuer,
        client_id=one.client_id,
        client_secret=None if secret is None else secret_value(secret.removeprefix(SECRET)),
        authorization_endpoint=one.authorization_endpoint,
        token_endpoint=one.token_endpoint,
        jwks_url=one.jwks_url,
        algorithms=tuple(one.algorithms),
    )


def _issuer(name: str, one: IssuerSetting) -> Issuer:
    try:
        return Issuer(
            issuer=one.issuer,
            clients=frozenset(one.clients),
            jwks_url=one.jwks_url,
            keys=tuple(_key(path) for path in one.keys),
            algorithms=tuple(one.algorithms),
            owns_ids=one.owns_ids,
        )
    except ValueError as error:
        raise SettingsError(f"issuers.{name}: {error}") from error


def _key(path: Path) -> Mapping[str, Any]:
    """Return the key in a PEM file; raises ValueError naming the file."""
    from fhirbridge.auth.pinned import pinned  # noqa: PLC0415 (few have any, and it loads much)

    try:
        return pinned(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error
