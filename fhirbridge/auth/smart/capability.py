"""What the FHIR side says of the authorization server. Every line of it is tested to be true."""

from typing import Any

from fhirbridge.auth.smart.policy import Policy

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def capability_security(policy: Policy) -> dict[str, Any]:
    """Return `rest.security` of the CapabilityStatement.

    https://hl7.org/fhir/smart-app-launch/conformance.html#declaring-support-for-oauth2-endpoints
    """
    names = {"authorize": "authorize", "token": "token", "introspect": "introspect"}
    names |= {"revoke": "revoke", "manage": "manage"}
    if policy.registration_token is not None:
        names["register"] = "register"
    uris = [{"url": name, "valueUri": policy.url(path)} for name, path in names.items()]
    system = "http://terminology.hl7.org/CodeSystem/restful-security-service"
    coding = {"system": system, "code": "SMART-on-FHIR"}
    return {
        "extension": [{"url": OAUTH_URIS, "extension": uris}],
        "cors": True,
        "service": [{"coding": [coding]}],
    }
