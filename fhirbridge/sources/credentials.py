"""How a request shows who we are: the kinds of authentication of a profile, all combined."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from fhirbridge.fhir.configuration import ConfigurationError
from fhirbridge.sources.profile import SECRET, Profile
from fhirbridge.sources.words import Auth


def revealed(text: str, secrets: Mapping[str, str]) -> str:
    """Return `text`, or the value of the secret it names. Raises ConfigurationError without one."""
    if not text.startswith(SECRET):
        return text
    name = text.removeprefix(SECRET)
    if not secrets.get(name):
        raise ConfigurationError(f"source.yaml: {text}: {name} is not set")
    return secrets[name]


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What goes into the headers, the query and the JSON body of every request.

    They belong to one host: a redirect to another one never carries them.
    """

    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, str] = field(default_factory=dict)


def credentials(profile: Profile, secrets: Mapping[str, str]) -> Credentials:
    """Return what `profile` needs. Raises ConfigurationError when a secret is not set."""
    together = Credentials()
    for auth in profile.auth:
        secret = revealed(auth.secret, secrets)
        if auth.kind in {"basic", "header", "bearer"}:
            together.headers.update(_header(auth, secret, revealed(auth.user, secrets)))
        else:
            (together.query if auth.kind == "query" else together.body)[auth.name] = secret
    return together


def _header(auth: Auth, secret: str, user: str) -> dict[str, str]:
    if auth.kind == "basic":
        # 1C reads UTF-8 (RFC 7617); user names there are Cyrillic as a rule.
        pair = base64.b64encode(f"{user}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    if auth.kind == "bearer":
        return {"Authorization": f"Bearer {secret}"}
    return {auth.name: secret}
