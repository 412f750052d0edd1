"""Finding the route of a path inside a Bundle, as the web framework finds that of a request."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from fhirbridge.fhir.errors import MethodNotAllowed, NotFound
from fhirbridge.rest.exchange import FhirRequest, FhirResponse
from fhirbridge.rest.server import Server

VARIABLE = "<"


class Routed(Protocol):
    """What is found: a method, a path with `<name>` for what varies, and what answers there."""

    @property
    def method(self) -> str:
        """The HTTP method."""

    @property
    def path(self) -> str:
        """The path below the base, from its slash on; "" is the base itself."""

    @property
    def type_(self) -> str:
        """The resource type; "" for the system."""

    @property
    def answer(self) -> Callable[[FhirRequest, Server], FhirResponse]:
        """The function behind the path, which asks first who the client is."""


class Match(NamedTuple):
    """A route, and what its path's variables are in the path that was asked."""

    route: Routed
    variables: Mapping[str, str]

    def told(self, request: FhirRequest) -> FhirRequest:
        """Return `request` with what its path says."""
        return request._replace(
            type_=self.route.type_,
            id_=self.variables.get("id_", ""),
            version=self.variables.get("version", ""),
        )


class Routing:
    """The routes of a server by path and method."""

    def __init__(self, routes: Iterable[Routed]) -> None:
        self._by_shape: dict[tuple[str, int], list[Routed]] = defaultdict(list)
        for route in routes:
            segments = route.path.split("/")
            self._by_shape[_shape(segments)].append(route)

    def find(self, method: str, path: str) -> Match:
        """Return the route of a path below the base, such as `/Patient/1`; HEAD is a GET.

        Raises NotFound or MethodNotAllowed.
        """
        segments = path.split("/")
        found = [
            (sum(name.startswith(VARIABLE) for name in route.path.split("/")), route)
            for route in self._by_shape.get(_shape(segments), ())
            if _fits(route.path.split("/"), segments)
        ]
        if not found:
            raise NotFound("There is no such path; types and interactions are in /metadata")
        # As in the framework: what is spelled out goes before what varies.
        closest = min(count for count, _ in found)
        wanted = "GET" if method == "HEAD" else method
        for count, route in found:
            if count == closest and route.method == wanted:
                return Match(route, _variables(route.path.split("/"), segments))
        raise MethodNotAllowed("This path does not take that method")


def _shape(segments: list[str]) -> tuple[str, int]:
    return (segments[1] if len(segments) > 1 else "", len(segments))


def _fits(pattern: list[str], segments: list[str]) -> bool:
    pairs = zip(pattern, segments, strict=True)
    return all(name == one or (name.startswith(VARIABLE) and one) for name, one in pairs)


def _variables(pattern: list[str], segments: list[str]) -> dict[str, str]:
    pairs = zip(pattern, segments, strict=True)
    return {name[1:-1]: one for name, one in pairs if name.startswith(VARIABLE)}
