"""What this server says of itself. Every line of it is tested to be true.

https://hl7.org/fhir/smart-app-launch/conformance.html, https://www.rfc-editor.org/rfc/rfc8414,
https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from typing import Any

from fhirbridge.auth.smart import assertion, signing
from fhirbridge.auth.smart.clients import ASSERTION, BASIC, NONE, POST
from fhirbridge.auth.smart.policy import Policy

CAPABILITIES = (
    "launch-ehr",
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-ehr-patient",
    "context-standalone-patient",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
)
SCOPES = (
    "openid",
    "fhirUser",
    "profile",
    "launch",
    "launch/patient",
    "offline_access",
    "online_access",
    *(f"{kind}/*.{rights}" for kind in ("patient", "user", "system") for rights in ("rs", "read")),
)


def smart_configuration(policy: Policy) -> dict[str, Any]:
    """Return `{fhir}/.well-known/smart-configuration`."""
    told = _endpoints(policy) | {
        # SMART's own lists: refreshing goes without saying, and public clients are a capability.
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": [ASSERTION, BASIC, POST],
        "management_endpoint": policy.url("manage"),
        "capabilities": list(CAPABILITIES),
    }
    if "Encounter" in policy.types:
        told["capabilities"].append("context-ehr-encounter")
    return told


def authorization_server(policy: Policy) -> dict[str, Any]:
    """Return `{iss}/.well-known/oauth-authorization-server`."""
    return _endpoints(policy) | {
        "response_modes_supported": ["query"],
        "authorization_response_iss_parameter_supported": True,
        "revocation_endpoint_auth_methods_supported": [BASIC, POST, ASSERTION, NONE],
        "revocation_endpoint_auth_signing_alg_values_supported": list(assertion.ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": [BASIC],
        "ui_locales_supported": ["en", "ru"],
    }


def openid_configuration(policy: Policy) -> dict[str, Any]:
    """Return `{iss}/.well-known/openid-configuration`."""
    return authorization_server(policy) | {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [signing.ALGORITHM],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "fhirUser",
        ],
        "prompt_values_supported": ["none", "login", "consent"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
    }  # fmt: skip


def _endpoints(policy: Policy) -> dict[str, Any]:
    told: dict[str, Any] = {
        "issuer": policy.issuer,
        "jwks_uri": policy.url("jwks.json"),
        "authorization_endpoint": policy.url("authorize"),
        "token_endpoint": policy.url("token"),
        "introspection_endpoint": policy.url("introspect"),
        "revocation_endpoint": policy.url("revoke"),
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types_supported": ["code"],
        "token_endpoint_auth_methods_supported": [BASIC, POST, ASSERTION, NONE],
        "token_endpoint_auth_signing_alg_values_supported": list(assertion.ALGORITHMS),
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": list(SCOPES),
    }
    if policy.registration_token is not None:
        told["registration_endpoint"] = policy.url("register")
    return told
