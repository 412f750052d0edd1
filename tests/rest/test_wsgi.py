from dataclasses import replace
from wsgiref.validate import validator

import pytest

from fhirbridge.rest.wsgi import Headers, fhir_request


def test_headers_are_the_environment_s_under_their_own_names():
    headers = Headers({"HTTP_IF_NONE_MATCH": "*", "CONTENT_TYPE": "text/x", "PATH_INFO": "/"})
    assert dict(headers) == {"content-type": "text/x", "if-none-match": "*"}
    assert len(headers) == 2
    assert headers.get("accept") is None
    assert headers.get("accept", "*/*") == "*/*"
    with pytest.raises(KeyError):
        headers["accept"]


def test_a_server_without_a_host_header_is_named_by_itself():
    environ = {
        "REQUEST_METHOD": "GET",
        "wsgi.url_scheme": "http",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SCRIPT_NAME": "/api",
    }
    request = fhir_request(environ)
    assert (request.origin, request.mount) == ("http://localhost:8000", "/api")


@pytest.mark.parametrize("path", ["/fhir/Patient/A", "/fhir/Patient", "/fhir/x", "/fhir/metadata"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("condition", [{}, {"if_none_match": "*"}])
def test_the_application_keeps_the_rules_of_wsgi(clinic, path, method, condition):
    checked = replace(clinic, app=validator(clinic.app))
    assert checked.ask(path, method, **condition).status < 500
