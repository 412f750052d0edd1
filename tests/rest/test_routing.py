"""A path in a Bundle leads where it would lead as a request."""

from dataclasses import dataclass

import pytest

from fhirbridge.fhir.errors import MethodNotAllowed, NotFound
from fhirbridge.rest.exchange import FhirRequest
from fhirbridge.rest.routes import routes
from fhirbridge.rest.routing import Routing


@pytest.fixture(scope="module")
def routing(clinic):
    return Routing(routes(clinic.server.definitions))


@dataclass(frozen=True)
class Case:
    method: str
    path: str
    route: str
    told: tuple[str, str, str]


@pytest.mark.parametrize(
    "case",
    [
        Case("GET", "/Patient", "/Patient", ("Patient", "", "")),
        Case("HEAD", "/Patient/1", "/Patient/<id_>", ("Patient", "1", "")),
        Case("GET", "/Slot/1/_history/2", "/Slot/<id_>/_history/<version>", ("Slot", "1", "2")),
        Case("POST", "/Patient/_search", "/Patient/_search", ("Patient", "", "")),
        Case("GET", "/Patient/_history", "/Patient/_history", ("Patient", "", "")),
        Case("GET", "/Patient/1/$everything", "/Patient/<id_>/$everything", ("Patient", "1", "")),
        Case("GET", "", "", ("", "", "")),
        Case("GET", "/metadata", "/metadata", ("", "", "")),
    ],
)  # fmt: skip
def test_a_path_leads_to_its_route(routing, case):
    match = routing.find(case.method, case.path)
    assert match.route.path == case.route
    request = match.told(FhirRequest(case.method))
    assert (request.type_, request.id_, request.version) == case.told


@pytest.mark.parametrize("path", ["/Planet", "/Patient/1/2/3/4", "/Patient/", "//Patient", "/x"])
def test_an_unknown_path_is_not_found(routing, path):
    with pytest.raises(NotFound):
        routing.find("GET", path)


def test_a_method_that_a_path_does_not_take_is_refused(routing):
    with pytest.raises(MethodNotAllowed):
        routing.find("PUT", "/metadata")
