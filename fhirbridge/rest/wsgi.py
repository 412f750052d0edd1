"""Between WSGI and the plain request and answer: https://peps.python.org/pep-3333/."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from fhirbridge.rest.exchange import FhirRequest, FhirResponse

UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Headers(Mapping[str, str]):
    """The request headers in a WSGI environment, by lower-case name, without a copy."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[key_of(name)]
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """Return the header's value or `default`; the inherited way costs four times as much."""
        return self._environ.get(key_of(name), default)

    def __iter__(self) -> Iterator[str]:
        yield from (name for name, key in UNPREFIXED.items() if key in self._environ)
        for key in self._environ:
            if key.startswith("HTTP_"):
                yield key[5:].replace("_", "-").lower()

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def key_of(name: str) -> str:
    """Return the key under which WSGI keeps the header `name`."""
    return UNPREFIXED.get(name) or "HTTP_" + name.upper().replace("-", "_")


def fhir_request(
    environ: WSGIEnvironment,
    *,
    type_: str = "",
    id_: str = "",
    version: str = "",
    body: bytes = b"",
) -> FhirRequest:
    """Return the request in `environ`; the parts of its path are the router's to tell."""
    return FhirRequest(
        method=environ["REQUEST_METHOD"],
        type_=type_,
        id_=id_,
        version=version,
        query=environ.get("QUERY_STRING", ""),
        headers=Headers(environ),
        body=body,
        origin=origin(environ),
        mount=environ.get("SCRIPT_NAME", ""),
        address=environ.get("REMOTE_ADDR", ""),
    )


def origin(environ: WSGIEnvironment) -> str:
    """Return scheme and host as the client wrote them. X-Forwarded-* is not read."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}"


def send(response: FhirResponse, start_response: StartResponse) -> Iterable[bytes]:
    """Start the answer and return its body."""
    start_response(STATUS_LINES[response.status], list(response.headers))
    # A list: granian sends that as a whole, any other iterable piece by piece.
    return [response.body]
