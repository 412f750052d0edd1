"""The one reader of references: https://hl7.org/fhir/R4/references.html#literal."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

RELATIVE = re.compile(
    r"(?P<type>[A-Z][A-Za-z]{1,63})/(?P<id>[A-Za-z0-9\-.]{1,64})"
    r"(?:/_history/(?P<version>[A-Za-z0-9\-.]{1,64}))?",
    re.ASCII,
)
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference points to.

    On this server: type and id, and the version if one is named. Anything else (another
    server, `urn:uuid:…`, `#contained`, a conditional or malformed reference) has only its `url`,
    as written.
    """

    type_: str | None = None
    id_: str | None = None
    version: str | None = None
    url: str | None = None


def target(text: str, base_url: str) -> Target:
    """Return where the reference `text` points, given this server's `base_url` ("" if unknown).

    Never raises: what cannot be read points nowhere here, and so matches nothing here.
    """
    match = RELATIVE.fullmatch(_local_part(text, base_url))
    if match is None:
        return Target(url=text)
    return Target(match["type"], match["id"], match["version"])


def _local_part(text: str, base_url: str) -> str:
    """Return `text` without our own base, if it begins with it."""
    if "://" not in text:
        return text
    base = _origin(base_url)
    own = _origin(text)
    if base is None or own is None or base[:2] != own[:2]:
        return text
    prefix = base[2].rstrip("/") + "/"
    return own[2].removeprefix(prefix) if own[2].startswith(prefix) else text


@lru_cache(maxsize=4096)
def _origin(url: str) -> tuple[str, int | None, str] | None:
    """Return host, port and the rest of an http(s) URL; http and https are one server."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if parts.username is not None or parts.query or parts.fragment:
        return None
    named = None if port in DEFAULT_PORTS.values() else port
    return (parts.hostname or "", named, parts.path)
