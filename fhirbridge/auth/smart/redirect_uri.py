"""Redirect URIs that may be registered: https://www.rfc-editor.org/rfc/rfc9700#section-2.1.

They are compared as exact texts later, so nothing in them may be read in two ways.
"""

import re
from urllib.parse import urlsplit

SHAPE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[\x21-\x7e]+", re.ASCII)
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_redirect_uri(uri: str) -> bool:
    """Return whether an app may be sent codes at `uri`.

    https; http on this machine's own addresses; or an app's own scheme with a dot in its name
    (https://www.rfc-editor.org/rfc/rfc8252#section-7.1). No fragment, wildcard or user name.
    """
    if SHAPE.fullmatch(uri) is None or any(mark in uri for mark in '#*\\"<>'):
        return False
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme in {"http", "https"}:
        return (
            bool(host) and "@" not in parts.netloc and (parts.scheme == "https" or host in LOOPBACK)
        )
    return "." in parts.scheme


def origin(uri: str) -> str:
    """Return what a Content-Security-Policy calls the place where `uri` leads."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
